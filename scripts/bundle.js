/**
 * Bundles the actions and the CLI, so that they run from a checkout without an installation. All entries share the scripts in
 * `dist/main`. `dist/<entry>/index.js` starts one of the entries. `dist/` can be moved as a whole.
 *
 *   node scripts/bundle.js           writes dist/
 *   node scripts/bundle.js --check   fails if dist/ differs from what the sources give, and prints the differences
 *
 * The same sources and locked dependencies give the same bytes, in any folder and with any supported Node.js.
 */
import { execFileSync } from 'node:child_process'
import { chmod, cp, mkdir, mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join, relative } from 'node:path'
import { fileURLToPath } from 'node:url'
import ncc from '@vercel/ncc'
import { minifyScript } from './minify.js'

/** The files that start an entry of `src/entry`. */
const STARTERS = [
  { name: 'plan' },
  { name: 'build' },
  { name: 'post' },
  { name: 'merge' },
  { name: 'publish' },
  { name: 'verify' },
  { name: 'prune' },
  { name: 'cli', executable: true },
]

const LICENSES = 'licenses.txt'

const root = fileURLToPath(new URL('..', import.meta.url))
const dist = join(root, 'dist')

// ncc names modules by their path from the working directory.
process.chdir(root)
try {
  await (process.argv.includes('--check') ? check() : bundle(dist))
} catch (error) {
  // Only the message: the stack of an error in ncc quotes a line of several megabytes.
  console.error(`dist/ cannot be bundled: ${error.message}`)
  process.exitCode = 1
}

async function bundle(target) {
  await compile()
  const { licenses, scripts } = await bundleMain()
  const files = [
    // Without this file, Node.js would look for the type of the scripts in a folder above.
    { path: 'package.json', content: '{\n  "type": "module"\n}\n' },
    { path: LICENSES, content: licenses },
    ...STARTERS.map(makeStarter),
    ...(await Promise.all(scripts.map(makeScript))).flat(),
  ]
  // Removed last, so that a failure keeps the old files.
  await rm(target, { recursive: true, force: true })
  for (const file of files) await writeTo(target, file)
  console.log(`${files.length} files, ${sizeOf(files)}, of which maps ${sizeOf(files.filter(isMap))}`)
}

async function compile() {
  // A deleted source must not be bundled.
  await rm(join(root, 'lib'), { recursive: true, force: true })
  const tsc = join(root, 'node_modules', '.bin', 'tsc')
  execFileSync(tsc, ['-p', 'tsconfig.build.json'], { stdio: 'inherit' })
  await copyWithoutSideEffects('@actions/core')
  await replaceDependency('tuf-js', 'make-fetch-happen')
}

/**
 * Copies a package to where the compiled sources find it first, and declares that importing it has no side effects. ncc then leaves
 * out its unused parts. In @actions/core 3.0.1, that is the OIDC client, which loads undici: 20 ms of each action's start.
 */
async function copyWithoutSideEffects(name) {
  const copy = join(root, 'lib', 'node_modules', name)
  await cp(join(root, 'node_modules', name), copy, { recursive: true })
  const manifest = JSON.parse(await readFile(join(copy, 'package.json'), 'utf8'))
  await writeFile(join(copy, 'package.json'), JSON.stringify({ ...manifest, sideEffects: false }))
}

/**
 * Copies a package to where the compiled sources find it first, next to an empty module in the place of one of its dependencies.
 * tuf-js 4.1.0 imports make-fetch-happen, 0.7 MB with its dependencies. `src/attestation/tuf-client.ts` never calls it: it passes
 * the HTTP client of this project.
 */
async function replaceDependency(name, dependency) {
  const modules = join(root, 'lib', 'node_modules')
  await cp(join(root, 'node_modules', name), join(modules, name), { recursive: true })
  // Without a name, it is not in the list of licenses.
  const manifest = { main: 'index.cjs' }
  await writeTo(join(modules, dependency), { path: 'package.json', content: JSON.stringify(manifest) })
  await writeTo(join(modules, dependency), { path: 'index.cjs', content: 'module.exports = undefined\n' })
}

/** Bundles all entries together, so that shared code is written once. */
async function bundleMain() {
  const { code, map, assets } = await ncc(join(root, 'lib', 'src', 'entry', 'main.js'), {
    cache: false,
    quiet: true,
    license: LICENSES,
    target: 'es2023',
    sourceMap: true,
    sourceMapRegister: false,
    sourceMapBasePrefix: '',
  })
  const texts = new Map(Object.entries(assets).map(([name, { source }]) => [name, source.toString()]))
  texts.set('index.js', code).set('index.js.map', map)
  const names = [...texts.keys()].filter(name => name.endsWith('.js')).sort()
  const scripts = names.map(name => ({
    name,
    code: texts.get(name),
    map: JSON.parse(texts.get(`${name}.map`)),
  }))
  return { licenses: texts.get(LICENSES), scripts: mergeEqualChunks(scripts) }
}

/**
 * If several imports first load the same modules, ncc 0.45.0 writes a chunk for each of them, and loads another one each time. Each
 * chunk names the chunks that it includes, so two that name each other are equal. Only the one with the lowest number stays.
 */
function mergeEqualChunks(scripts) {
  const included = new Map()
  for (const { code } of scripts) {
    const [, list] = /^export const ids ?= ?\[([\d, ]+)\]/m.exec(code) ?? []
    const [own, ...others] = list?.split(',').map(Number) ?? []
    if (own !== undefined) included.set(own, others)
  }
  const numbers = new Map()
  for (const [own, others] of included) {
    const equal = others.filter(other => included.get(other)?.includes(own))
    numbers.set(own, Math.min(own, ...equal))
  }
  const isNeeded = ({ name }) => {
    const number = Number.parseInt(name, 10)
    return (numbers.get(number) ?? number) === number || Number.isNaN(number)
  }
  const load = /(__nccwpck_require__\.e\((?:\/\*.*?\*\/ ?)?)(\d+)(?=\))/g
  const replace = (_, before, number) => before + (numbers.get(Number(number)) ?? number)
  return scripts.filter(isNeeded).map(script => ({ ...script, code: script.code.replace(load, replace) }))
}

function makeStarter({ name, executable = false }) {
  const code = `import { start } from '../main/index.js'\n\nawait start('${name}')\n`
  return { path: `${name}/index.js`, content: executable ? `#!/usr/bin/env node\n${code}` : code, executable }
}

async function makeScript(script) {
  const { code, map } = await minifyScript(script, { root, depth: '../..' })
  return [
    { path: `main/${script.name}`, content: code },
    { path: `main/${script.name}.map`, content: map },
  ]
}

async function writeTo(target, { path, content, executable }) {
  const file = join(target, path)
  await mkdir(dirname(file), { recursive: true })
  await writeFile(file, content)
  if (executable) await chmod(file, 0o755)
}

function isMap({ path }) {
  return path.endsWith('.map')
}

function sizeOf(files) {
  return `${Math.round(files.reduce((sum, { content }) => sum + Buffer.byteLength(content), 0) / 1024)} KiB`
}

async function check() {
  const fresh = await mkdtemp(join(tmpdir(), 'nix-multiarch-dist-'))
  try {
    await bundle(fresh)
    const differences = await compare(dist, fresh)
    for (const difference of differences) console.error(`dist/${difference}`)
    if (differences.length === 0) return console.log('dist/ matches the sources')
    console.error('Run `npm run build` and commit dist/.')
    process.exitCode = 1
  } finally {
    await rm(fresh, { recursive: true })
  }
}

async function compare(old, fresh) {
  const paths = new Set([...(await filesIn(old)), ...(await filesIn(fresh))])
  const differences = await Promise.all([...paths].sort().map(path => difference(old, fresh, path)))
  return differences.filter(text => text !== undefined)
}

async function difference(old, fresh, path) {
  const [before, after] = await Promise.all([content(join(old, path)), content(join(fresh, path))])
  if (!before) return `${path} is missing`
  if (!after) return `${path} is not needed`
  const line = firstDifferentLine(before.text, after.text)
  if (line) return `${path} differs from line ${line}`
  if (before.executable !== after.executable)
    return `${path} must${after.executable ? '' : ' not'} be executable`
  return undefined
}

function firstDifferentLine(before, after) {
  if (before === after) return undefined
  const lines = after.split('\n')
  return before.split('\n').findIndex((line, index) => line !== lines[index]) + 1 || lines.length
}

async function filesIn(folder) {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true }).catch(() => [])
  return entries
    .filter(entry => entry.isFile())
    .map(entry => relative(folder, join(entry.parentPath, entry.name)))
}

/** Latin-1 decodes each byte to one character. */
async function content(path) {
  try {
    const { mode } = await stat(path)
    return { text: await readFile(path, 'latin1'), executable: (mode & 0o100) !== 0 }
  } catch (error) {
    if (error.code === 'ENOENT') return undefined
    throw error
  }
}
