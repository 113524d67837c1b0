/**
 * Compiles src/image/format/native/*.c to WebAssembly and writes src/image/format/*-wasm.ts. Run it after each change of the C
 * sources. Needs clang and wasm-ld (LLVM 14 or newer).
 *
 *   node scripts/wasm.js
 */
import { execFileSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

const format = fileURLToPath(new URL('../src/image/format', import.meta.url))

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

const folder = mkdtempSync(join(tmpdir(), 'nix-multiarch-wasm-'))
try {
  for (const [name, flags] of Object.entries(MODULES)) {
    const source = join(format, 'native', `${name}.c`)
    const compiled = join(folder, `${name}.wasm`)
    execFileSync('clang', [...FLAGS, ...flags, '-o', compiled, source], { stdio: 'inherit' })
    const sum = createHash('sha256').update(readFileSync(source)).digest('hex')
    const text = readFileSync(compiled).toString('base64')
    writeFileSync(join(format, `${name}-wasm.ts`), moduleOf(name, sum, text))
  }
} finally {
  rmSync(folder, { recursive: true })
}

function moduleOf(name, sum, text) {
  return `// Written by scripts/wasm.js from src/image/format/native/${name}.c, whose SHA-256 is
// ${sum}.

/** WebAssembly, in base64. */
export const ${name.toUpperCase()}_WASM =
  '${text}'
`
}
