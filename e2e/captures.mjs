/**
 * Captures what a user sees, for a reader to judge:
 *
 *   E2E_DIR=… node e2e/captures.mjs FOLDER [scenario…]
 *
 * For each scenario it runs `dist/` on a terminal of 80 and of 60 columns, with CI=true and in a pipe. FOLDER gets the raw output
 * (`NAME.raw`), and what was on the screen whenever it differed after a second (`NAME.txt`).
 */
import { execFileSync, spawn } from 'node:child_process'
import { cpSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { join, resolve } from 'node:path'

const ROOT = resolve(import.meta.dirname, '..')
const TOOLS = process.env.E2E_DIR ?? join(ROOT, '.e2e')
const CLI = join(ROOT, 'dist/cli/index.js')
const [folderName = 'captures', ...wanted] = process.argv.slice(2)
const target = resolve(folderName)

const ON = ['--systems', 'x86_64-linux']
const CONTAINERS = (...names) => ['--containers', names.join(' ')]

/** The arguments of the run to capture, and of a run before it. */
const SCENARIOS = {
  'two-builds': { args: ['build', ...ON, ...CONTAINERS('slow-one', 'slow-two')] },
  'push-300-MB': { args: ['publish', ...ON, ...CONTAINERS('large'), '--image', 'REGISTRY/owner/{name}'] },
  'fifty-unchanged': {
    before: ['publish', ...ON, '--attribute', 'fifty.{system}.{name}', '--image', 'REGISTRY/owner/{name}'],
    args: ['publish', ...ON, '--attribute', 'fifty.{system}.{name}', '--image', 'REGISTRY/owner/{name}'],
  },
  failure: { args: ['build', ...ON, ...CONTAINERS('slow-one', 'broken', 'slow-two')] },
}

const MODES = {
  'terminal-80': { columns: 80 },
  'terminal-60': { columns: 60 },
  ci: { env: { CI: 'true' } },
  pipe: {},
}

function quote(word) {
  return `'${word.replaceAll("'", "'\\''")}'`
}

/** Returns the output in pieces, each with its time in milliseconds. */
async function capture(command, { columns, env = {} }) {
  const line = command.map(quote).join(' ')
  const run =
    columns === undefined
      ? ['bash', ['-c', `${line} 2>&1 | cat`]]
      : ['script', ['-qfec', `stty cols ${columns} rows 24; ${line}`, '/dev/null']]
  const variables = { ...process.env, TERM: 'xterm', CI: undefined, NODE_OPTIONS: undefined, ...env }
  const child = spawn(...run, { env: variables, stdio: ['ignore', 'pipe', 'inherit'] })
  const began = Date.now()
  const pieces = []
  child.stdout.on('data', data => pieces.push({ time: Date.now() - began, text: data.toString() }))
  await new Promise(done => child.on('close', done))
  return pieces
}

/** Draws on a screen as a terminal does: CR, LF, "cursor up" and "erase line" only. */
function createScreen(columns = Number.POSITIVE_INFINITY) {
  const rows = ['']
  let row = 0
  let column = 0
  const put = character => {
    if (column === columns) {
      row++
      column = 0
    }
    const text = (rows[row] ?? '').padEnd(column)
    rows[row] = text.slice(0, column) + character + text.slice(column + 1)
    column++
  }
  const control = ([sequence, count, action]) => {
    if (sequence === '\r') column = 0
    else if (sequence === '\n') row++
    else if (action === 'A') row = Math.max(0, row - Number(count || 1))
    else if (action === 'K') rows[row] = ''
  }
  return {
    write(text) {
      for (const match of text.matchAll(/\u001b\[(\d*)([A-Za-z])|\r|\n|[^\r\n\u001b]/gu)) {
        if (match[2] === undefined && match[0] >= ' ') put(match[0])
        else control(match)
      }
      while (rows.length <= row) rows.push('')
    },
    read: () =>
      rows
        .map(text => text.trimEnd())
        .join('\n')
        .trimEnd(),
  }
}

function formatScreens(pieces, columns) {
  const screen = createScreen(columns)
  const shown = []
  let last = -1000
  for (const [n, { time, text }] of pieces.entries()) {
    screen.write(columns === undefined ? text.replaceAll('\n', '\r\n') : text)
    const isLast = n === pieces.length - 1
    if (!isLast && time - last < 1000) continue
    last = time
    shown.push(`--- ${(time / 1000).toFixed(1)} s\n${screen.read()}`)
  }
  return shown.join('\n')
}

const folder = mkdtempSync(join(TOOLS, 'captures-'))
const flake = join(folder, 'flake')
cpSync(join(ROOT, 'e2e/fixtures/captures'), flake, { recursive: true })
mkdirSync(join(flake, 'bin'))
cpSync(join(TOOLS, 'static/x86_64-linux/busybox'), join(flake, 'bin/busybox'), { dereference: true })
mkdirSync(target, { recursive: true })

function withRegistry(task) {
  const data = join(folder, 'registry')
  const registry = verb => [join(ROOT, 'e2e/lib/registry.sh'), verb, data]
  const address = execFileSync('bash', registry('start'), { encoding: 'utf8' }).trim()
  return task(address).finally(() => {
    execFileSync('bash', registry('stop'))
    rmSync(data, { recursive: true, force: true })
  })
}

/** A new machine, so that everything is built again. */
function commandOn(machine, args, address) {
  mkdirSync(machine, { recursive: true })
  const lib = ['bash', join(ROOT, 'e2e/lib/machine.sh'), machine]
  const words = [...args, '--flake', `path:${flake}`].map(word => word.replace('REGISTRY', address))
  return [...lib, process.execPath, CLI, ...words]
}

async function runScenario(name, mode, address) {
  const { before, args } = SCENARIOS[name]
  const machine = join(folder, `machine-${name}-${mode}`)
  if (before) execFileSync('bash', commandOn(machine, before, address).slice(1), { stdio: 'ignore' })
  const { columns, env } = MODES[mode]
  const pieces = await capture(commandOn(machine, args, address), { columns, env })
  const file = join(target, `${name}-${mode}`)
  writeFileSync(`${file}.raw`, pieces.map(({ text }) => text).join(''))
  writeFileSync(`${file}.txt`, `${formatScreens(pieces, columns)}\n`)
  rmSync(machine, { recursive: true, force: true })
}

process.chdir(folder)
try {
  for (const name of Object.keys(SCENARIOS).filter(each => wanted.length === 0 || wanted.includes(each)))
    for (const mode of Object.keys(MODES)) await withRegistry(address => runScenario(name, mode, address))
} finally {
  process.chdir(ROOT)
  rmSync(folder, { recursive: true, force: true })
}
