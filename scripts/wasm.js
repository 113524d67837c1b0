/**
 * Compiles native/inflate.c to WebAssembly and writes it as src/image/inflate-wasm.ts. It needs clang and wasm-ld (LLVM 14 or
 * newer); only who changes the C needs them.
 *
 *   node scripts/wasm.js
 */
import { execFileSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

const root = fileURLToPath(new URL('..', import.meta.url))
const source = join(root, 'native', 'inflate.c')

const FLAGS = [
  '--target=wasm32',
  '-O2',
  '-msimd128',
  '-mbulk-memory',
  '-nostdlib',
  '-ffreestanding',
  '-Wall',
  '-Wextra',
  '-Werror',
  '-Wl,--no-entry,--strip-all,-z,stack-size=16384',
]

const folder = mkdtempSync(join(tmpdir(), 'nix-multiarch-wasm-'))
try {
  const compiled = join(folder, 'inflate.wasm')
  execFileSync('clang', [...FLAGS, '-o', compiled, source], { stdio: 'inherit' })
  const sum = createHash('sha256').update(readFileSync(source)).digest('hex')
  const text = readFileSync(compiled).toString('base64')
  writeFileSync(join(root, 'src', 'image', 'inflate-wasm.ts'), moduleOf(sum, text))
} finally {
  rmSync(folder, { recursive: true })
}

function moduleOf(sum, text) {
  return `// Written by scripts/wasm.js from native/inflate.c, whose SHA-256 is
// ${sum}.

/** WebAssembly, in base64. */
export const INFLATE_WASM =
  '${text}'
`
}
