import { createHash } from 'node:crypto'
import { readdirSync, readFileSync } from 'node:fs'
import { expect, test } from '@jest/globals'

const FORMAT = new URL('../src/image/format/', import.meta.url)
const at = (path: string): Buffer => readFileSync(new URL(path, FORMAT))

test.each(readdirSync(new URL('native', FORMAT)).filter(name => name.endsWith('.c')))(
  'the WebAssembly module was compiled from the current %s',
  file => {
    const sum = createHash('sha256')
      .update(at(`native/${file}`))
      .digest('hex')
    expect(at(`${file.replace(/\.c$/, '')}-wasm.ts`).toString()).toContain(sum)
  },
)
