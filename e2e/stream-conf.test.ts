import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from '@jest/globals'
import { createRandomStream, encodeRandomStream } from './support/random-store.js'
import { readScriptConfig } from './support/stream-script.js'

// Compares the images of descriptions of streams with those of a script, for random stores. `E2E_SEED` is the first seed and
// `E2E_STREAMS` the number of stores.

const FIRST = Number(process.env.E2E_SEED ?? 1)
const COUNT = Number(process.env.E2E_STREAMS ?? 30)

test('an image from a description has the bytes that a script with Python writes', async () => {
  for (let seed = FIRST; seed < FIRST + COUNT; seed++) {
    const folder = mkdtempSync(join(tmpdir(), 'stream-'))
    try {
      const stream = createRandomStream(folder, seed)
      const config = (await encodeRandomStream(stream)).toString()
      expect({ seed, config }).toEqual({ seed, config: await readScriptConfig(stream.conf, stream.root) })
    } finally {
      rmSync(folder, { recursive: true })
    }
  }
})
