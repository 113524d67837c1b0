/**
 * Makes what is run from a checkout without any installation: `dist/<entry>/index.js` with all that it needs.
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
import ncc from '@vercel/ncc'

/** The bundles, each from `src/entry/<name>.ts`. */
const ENTRIES = [
  { name: 'plan' },
  { name: 'build' },
  { name: 'post' },
  { name: 'merge' },
  { name: 'cli', executable: true },
]

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
  const bundles = []
  // One after the other: ncc sets up one compiler at a time.
  for (const entry of ENTRIES) bundles.push(await bundleOf(entry))
  // Only now, so that a failure leaves what was there.
  await rm(target, { recursive: true, force: true })
  for (const one of bundles) await writeBundle(one, join(target, one.name))
}

async function compile() {
  // What is left of a source that is gone must not end in a bundle.
  await rm(join(root, 'lib'), { recursive: true, force: true })
  const tsc = join(root, 'node_modules', '.bin', 'tsc')
  execFileSync(tsc, ['-p', 'tsconfig.build.json'], { stdio: 'inherit' })
}

async function bundleOf({ name, executable = false }) {
  const { code, assets } = await ncc(join(root, 'lib', 'entry', `${name}.js`), {
    cache: false,
    quiet: true,
    license: 'licenses.txt',
    target: 'es2023',
  })
  const script = code.replace(/^#!.*\n/, '')
  const files = {
    'index.js': executable ? `#!/usr/bin/env node\n${script}` : script,
    // The bundle is a module wherever it is put.
    'package.json': '{\n  "type": "module"\n}\n',
    ...Object.fromEntries(Object.entries(assets).map(([path, { source }]) => [path, source])),
  }
  return { name, executable, files }
}

async function writeBundle({ name, executable, files }, folder) {
  for (const [path, content] of Object.entries(files)) {
    await mkdir(dirname(join(folder, path)), { recursive: true })
    await writeFile(join(folder, path), content)
  }
  if (executable) await chmod(join(folder, 'index.js'), 0o755)
  const size = Object.values(files).reduce((sum, content) => sum + Buffer.byteLength(content), 0)
  console.log(`${name}: ${Object.keys(files).length} files, ${Math.round(size / 1024)} KiB`)
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
