/**
 * Compiles src/image/format/native/*.c to WebAssembly. Needs clang and wasm-ld of the version in `CLANG_VERSION`: other versions
 * give other bytes.
 *
 *   node scripts/wasm.js           writes src/image/format/*-wasm.ts. Run it after each change of the C sources
 *   node scripts/wasm.js --check   fails if these files differ from what the C sources give, and prints their names
 */
import { execFileSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, relative } from 'node:path'
import { fileURLToPath } from 'node:url'

/** `clang-14` and `lld-14` of Debian 12. e2e/lib/clang.sha256 contains the hashes of the packages. */
const CLANG_VERSION = '14.0.6'

/** The additional compiler flags of each module. */
const MODULES = {
  inflate: ['-msimd128'],
  // Without SIMD, which not every processor has. With shared memory.
  deflate: ['-matomics', '-Wl,--shared-memory,--max-memory=4194304'],
}

const FLAGS = [
  '--target=wasm32',
  '-O2',
  '-mbulk-memory',
  '-nostdlib',
  '-ffreestanding',
  '-Wall',
  '-Wextra',
  '-Werror',
  '-Wl,--no-entry,--strip-all,-z,stack-size=16384',
]

const root = fileURLToPath(new URL('..', import.meta.url))
const format = join(root, 'src', 'image', 'format')

try {
  checkClang()
  const modules = Object.keys(MODULES).map(name => ({
    file: join(format, `${name}-wasm.ts`),
    text: compile(name),
  }))
  if (process.argv.includes('--check')) check(modules)
  else for (const { file, text } of modules) writeFileSync(file, text)
} catch (error) {
  // Only the message: clang has printed what is wrong in a C file.
  console.error(error.message)
  process.exitCode = 1
}

function checkClang() {
  const version = versionOfClang()
  if (version === CLANG_VERSION) return
  const found = version === undefined ? 'clang is not installed' : `the installed clang is ${version}`
  throw new Error(
    `${found}. The WebAssembly needs clang and lld ${CLANG_VERSION}: see src/image/format/native/README.md`,
  )
}

/** Undefined if clang is missing. */
function versionOfClang() {
  try {
    const text = execFileSync('clang', ['--version'], {
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'ignore'],
    })
    return /clang version (\S+)/.exec(text)?.[1] ?? text.split('\n')[0]
  } catch {
    return undefined
  }
}

/** Returns the content of the TypeScript file. */
function compile(name) {
  const folder = mkdtempSync(join(tmpdir(), 'nix-multiarch-wasm-'))
  try {
    const source = join(format, 'native', `${name}.c`)
    const compiled = join(folder, `${name}.wasm`)
    execFileSync('clang', [...FLAGS, ...MODULES[name], '-o', compiled, source], { stdio: 'inherit' })
    const sum = createHash('sha256').update(readFileSync(source)).digest('hex')
    return moduleOf(name, sum, readFileSync(compiled).toString('base64'))
  } finally {
    rmSync(folder, { recursive: true })
  }
}

function check(modules) {
  const different = modules.filter(({ file, text }) => readFileSync(file, 'utf8') !== text)
  if (different.length === 0) return console.log('The WebAssembly matches the C sources')
  for (const { file } of different)
    console.error(`${relative(root, file)} differs from what its C source gives`)
  throw new Error('Run `node scripts/wasm.js` and commit src/image/format.')
}

function moduleOf(name, sum, text) {
  return `// Written by scripts/wasm.js from src/image/format/native/${name}.c, whose SHA-256 is
// ${sum}.

/** WebAssembly, in base64. */
export const ${name.toUpperCase()}_WASM =
  '${text}'
`
}
