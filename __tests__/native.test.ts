import { createHash } from 'node:crypto'
import { readdirSync, readFileSync } from 'node:fs'
import { expect, test } from '@jest/globals'

const at = (path: string): Buffer => readFileSync(new URL(`../${path}`, import.meta.url))

test.each(readdirSync(new URL('../native', import.meta.url)))('what runs was made of %s as it is', file => {
  const sum = createHash('sha256')
    .update(at(`native/${file}`))
    .digest('hex')
  expect(at(`src/image/${file.replace(/\.c$/, '')}-wasm.ts`).toString()).toContain(sum)
})
