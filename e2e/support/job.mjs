/**
 * Runs the steps of a job on this machine, one after another, like a GitHub runner. Prints the results as JSON.
 * Standard input is JSON: `temp` is RUNNER_TEMP; each of the `steps` has `command`, `cwd`, `env` and, for a post step, `stateOf`,
 * the number of the step whose state it gets.
 */
import { spawn } from 'node:child_process'
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { buffer, text } from 'node:stream/consumers'

const FILES = ['OUTPUT', 'ENV', 'PATH', 'STATE', 'STEP_SUMMARY']

const { temp, steps } = JSON.parse(await text(process.stdin))
const folder = join(temp, '_runner_file_commands')
mkdirSync(folder, { recursive: true })
const env = { ...process.env }
const results = []
for (const step of steps) results.push(await runStep(step, results.length))
process.stdout.write(JSON.stringify(results))

async function runStep(step, number) {
  const files = Object.fromEntries(FILES.map(name => [`GITHUB_${name}`, join(folder, `${number}_${name}`)]))
  for (const file of Object.values(files)) writeFileSync(file, '')
  const state = results[step.stateOf]?.state ?? {}
  const states = Object.entries(state).map(([name, value]) => [`STATE_${name}`, value])
  const began = Date.now()
  const result = await run(step, { ...env, ...step.env, ...Object.fromEntries(states), ...files })
  const seconds = (Date.now() - began) / 1000
  Object.assign(env, pairsIn(files.GITHUB_ENV))
  const paths = read(files.GITHUB_PATH).split('\n').filter(Boolean)
  env.PATH = [...paths.reverse(), env.PATH].join(':')
  const written = { outputs: pairsIn(files.GITHUB_OUTPUT), state: pairsIn(files.GITHUB_STATE) }
  return { ...result, ...written, seconds, summary: read(files.GITHUB_STEP_SUMMARY) }
}

async function run({ command: [program, ...args], cwd }, environment) {
  const child = spawn(program, args, { cwd, env: environment, stdio: ['ignore', 'pipe', 'pipe'] })
  const ended = new Promise(resolve => child.once('exit', code => resolve(code ?? 128)))
  const [code, stdout, stderr] = await Promise.all([ended, buffer(child.stdout), buffer(child.stderr)])
  return { code, stdout: stdout.toString(), stderr: stderr.toString() }
}

/** Parses the runner's format: `name<<delimiter`, the lines of the value, `delimiter`. */
function pairsIn(file) {
  const found = [...read(file).matchAll(/^(\S+?)<<(\S+)\n([\s\S]*?)\n?\2$/gm)]
  return Object.fromEntries(found.map(([, name, , value]) => [name, value]))
}

/** A step may have deleted all files in RUNNER_TEMP. */
function read(file) {
  return existsSync(file) ? readFileSync(file, 'utf8') : ''
}
