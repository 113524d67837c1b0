/**
 * Makes what is run from a checkout without any installation: in `dist/main` one set of chunks that all entries share, and in
 * `dist/<entry>/index.js` a door that starts one of them. `dist/` works wherever it is put, as a whole.
 *
 *   node scripts/bundle.js           writes dist/
 *   node scripts/bundle.js --check   fails, and says where, when dist/ is not what the sources give
 *
 * The same sources and locked dependencies give the same bytes, in any folder and on any Node.js that is supported.
 */
import { execFileSync } from 'node:child_process'
import { chmod, mkdir, mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join, relative } from 'node:path'
import { fileURLToPath } from 'node:url'
import remapping from '@jridgewell/remapping'
import { decode } from '@jridgewell/sourcemap-codec'
import ncc from '@vercel/ncc'
import { minify } from 'terser'

/** The doors, each for `src/entry/<name>.ts`. */
const DOORS = [
  { name: 'plan' },
  { name: 'build' },
  { name: 'post' },
  { name: 'merge' },
  { name: 'cli', executable: true },
]

const LICENSES = 'licenses.txt'
const MARK = '$_$'

const root = fileURLToPath(new URL('..', import.meta.url))
const dist = join(root, 'dist')

// ncc names modules by their way from the working directory.
process.chdir(root)
try {
  await (process.argv.includes('--check') ? check() : bundle(dist))
} catch (error) {
  // The whole error would quote a line of ncc, which is megabytes.
  console.error(`no bundles: ${error.message}`)
  process.exitCode = 1
}

async function bundle(target) {
  await compile()
  const { licenses, scripts } = await bundleMain()
  const files = [
    // What lies below is a module wherever it is put.
    { path: 'package.json', content: '{\n  "type": "module"\n}\n' },
    { path: LICENSES, content: licenses },
    ...DOORS.map(makeDoor),
    ...(await Promise.all(scripts.map(minifyScript))).flat(),
  ]
  // Only now, so that a failure leaves what was there.
  await rm(target, { recursive: true, force: true })
  for (const file of files) await writeTo(target, file)
  console.log(`${files.length} files, ${sizeOf(files)}, of which maps ${sizeOf(files.filter(isMap))}`)
}

async function compile() {
  // What is left of a source that is gone must not end in a bundle.
  await rm(join(root, 'lib'), { recursive: true, force: true })
  const tsc = join(root, 'node_modules', '.bin', 'tsc')
  execFileSync(tsc, ['-p', 'tsconfig.build.json'], { stdio: 'inherit' })
}

/** One compilation for all entries, so that what they share stands once. */
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
  return {
    licenses: texts.get(LICENSES),
    scripts: names.map(name => ({ name, code: texts.get(name), map: JSON.parse(texts.get(`${name}.map`)) })),
  }
}

function makeDoor({ name, executable = false }) {
  const code = `import { start } from '../main/index.js'\n\nawait start('${name}')\n`
  return { path: `${name}/index.js`, content: executable ? `#!/usr/bin/env node\n${code}` : code, executable }
}

/** ncc's own way covers its first file only. Nothing is rewritten but names and spaces, and no name that a stack trace shows. */
async function minifyScript({ name, code, map }) {
  const minified = await minify(markModules(code), {
    module: true,
    ecma: 2020,
    compress: false,
    keep_classnames: true,
    keep_fnames: true,
    mangle: { reserved: arrowNames(code) },
    // Node.js shows the line of an exception that nobody catches.
    format: { comments: false, max_line_len: 500 },
    sourceMap: { content: map, asObject: true },
  })
  return [
    { path: `main/${name}`, content: `${unmarkModules(minified.code)}\n//# sourceMappingURL=${name}.map\n` },
    { path: `main/${name}.map`, content: await mapToSources(minified.map) },
  ]
}

/**
 * webpack writes the function of a module in parentheses, which lets V8 compile it at once; else it is read twice, at the latest when
 * the module is loaded. A minifier would take them away, unless they belong to a call.
 */
function markModules(code) {
  if (code.includes(MARK)) throw new Error(`${MARK} is a name in use`)
  return code.replace(/^(\/\*{3}\/ )(?=\((?:\([^()]*\) =>|function\())/gm, `$1${MARK}`)
}

/** As long as before, since a source map counts columns. */
function unmarkModules(code) {
  return code.replaceAll(MARK, ' '.repeat(MARK.length))
}

/** A function without a name of its own is called by the variable that it is given to. */
function arrowNames(code) {
  const names = code.matchAll(/\b(?:const|let|var) ([\w$]+) = (?:async )?(?:\([^()]*\)|[\w$]+) =>/g)
  return [...names].map(([, name]) => name)
}

/** Leads a map on from `lib` to `src`. The sources themselves are left out: whoever reads a map has a checkout. */
async function mapToSources(map) {
  const compiled = new Map()
  for (const source of map.sources.filter(isCompiled)) {
    compiled.set(source, await readLineMap(join(root, `${source}.map`)))
  }
  const whole = remapping(withoutNames(map), source => compiled.get(source), { excludeContent: true })
  whole.sources = whole.sources.map(source => join('../..', source))
  return whole.toString()
}

function isCompiled(source) {
  return source.startsWith('./lib/src/') && source.endsWith('.js')
}

/** Node.js would show them in place of the names that the code itself has kept. */
function withoutNames(map) {
  const lines = decode(map.mappings)
  return {
    ...map,
    names: [],
    mappings: lines.map(segments => segments.map(segment => segment.slice(0, 4))),
  }
}

/** ncc's maps know lines only, as if all of a line began at its first column: so must this one. */
async function readLineMap(file) {
  const map = JSON.parse(await readFile(file, 'utf8'))
  const lines = decode(map.mappings)
  return { ...map, mappings: lines.map(([first]) => (first ? [[0, ...first.slice(1)]] : [])) }
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
    if (differences.length === 0) return console.log('dist/ is what the sources give')
    console.error('run `npm run build` and commit dist/')
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
  if (!after) return `${path} is of no use any more`
  const line = firstDifferentLine(before.text, after.text)
  if (line) return `${path} differs from line ${line} on`
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

/** Latin-1 keeps every byte apart. */
async function content(path) {
  try {
    const { mode } = await stat(path)
    return { text: await readFile(path, 'latin1'), executable: (mode & 0o100) !== 0 }
  } catch (error) {
    if (error.code === 'ENOENT') return undefined
    throw error
  }
}
