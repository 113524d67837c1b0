import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { FOLDER, REPOSITORY, readInputs } from './machine.js'
import { section } from './report.js'
import { play, type Result } from './rounds.js'
import { SCENARIOS } from './scenarios.js'
import { surroundings } from './surroundings.js'
import { targets } from './targets.js'

const RESULTS = join(REPOSITORY, 'bench/RESULTS.md')
const INTRODUCTION = `# Results

Written by \`npm run bench\`; README.md explains what is measured and how. All values except the range are medians. The
ratio is the time divided by the time of the first row, which is ours in tables with peers: above 1.00 is slower than the first
row. In the targets and below the tables, ratios are ours divided by the peer's: lower is better.`

const SAMPLES = join(FOLDER, 'samples.json')

/** Adds the results of earlier runs for the other scenarios, in the order of all scenarios. */
function withEarlier(results: readonly Result[]): Result[] {
  const earlier = existsSync(SAMPLES) ? (JSON.parse(readFileSync(SAMPLES, 'utf8')) as Result[]) : []
  return SCENARIOS.flatMap(scenario => {
    const find = (among: readonly Result[]) => among.find(each => each.scenario.name === scenario.name)
    const found = find(results) ?? find(earlier)
    return found ? [{ scenario, samples: found.samples }] : []
  })
}

const say = (text: string): void => console.error(text)

const { values, positionals } = parseArgs({
  options: { runs: { type: 'string', default: '5' }, part: { type: 'boolean', default: false } },
  allowPositionals: true,
})
const runs = Number(values.runs)
const chosen = SCENARIOS.filter(
  ({ name }) => positionals.length === 0 || positionals.some(prefix => name.startsWith(prefix)),
)
if (!Number.isInteger(runs) || runs < 1 || chosen.length === 0) {
  say(`usage: run.sh [--runs N] [${SCENARIOS.map(({ name }) => name).join('|')}]…`)
  process.exit(2)
}

const inputs = readInputs()
const results: Result[] = []
for (const scenario of chosen) results.push(await play(scenario, inputs, runs, say))
const all = values.part ? withEarlier(results) : results
const text = [INTRODUCTION, ...targets(all), surroundings(inputs, all), ...all.map(section), ''].join('\n\n')
writeFileSync(SAMPLES, JSON.stringify(all, undefined, 1))
if (positionals.length === 0 || values.part) {
  writeFileSync(RESULTS, `${text.trimEnd()}\n`)
  say('bench/RESULTS.md is written')
} else console.log(text)
