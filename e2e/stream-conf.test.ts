import { execFile } from 'node:child_process'
import { createHash } from 'node:crypto'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { expect, test } from '@jest/globals'
import { scanTar } from '../src/image/format/tar.js'
import { ROOT } from './support/machine.js'
import { createRandomStream, encodeRandomStream } from './support/random-store.js'

// Compares the images of descriptions of streams with those of a script, for random stores. `E2E_SEED` is the first seed and
// `E2E_STREAMS` the number of stores.

const FIRST = Number(process.env.E2E_SEED ?? 1)
const COUNT = Number(process.env.E2E_STREAMS ?? 30)

const run = promisify(execFile)

const SCRIPT = join(ROOT, 'e2e/fixtures/stream/stream.py')

test('an image from a description has the bytes that a script with Python writes', async () => {
  for (let seed = FIRST; seed < FIRST + COUNT; seed++) {
    const folder = mkdtempSync(join(tmpdir(), 'stream-'))
    try {
      const stream = createRandomStream(folder, seed)
      const args = [SCRIPT, '--root', stream.root, stream.conf]
      const { stdout } = await run('/usr/bin/python3', args, { encoding: 'buffer', maxBuffer: 2 ** 30 })
      const archive = join(folder, 'archive.tar')
      writeFileSync(archive, stdout)
      const config = (await encodeRandomStream(stream)).toString()
      expect({ seed, config }).toEqual({ seed, config: await readConfig(archive, stdout) })
    } finally {
      rmSync(folder, { recursive: true })
    }
  }
})

/** Also checks that the digest of the config is its name. */
async function readConfig(archive: string, bytes: Buffer): Promise<string> {
  const member = (await scanTar(archive)).find(
    ({ name }) => name !== 'manifest.json' && name.endsWith('.json'),
  )
  if (member?.kind !== 'file') throw new Error('the archive has no config')
  const config = bytes.subarray(member.offset, member.offset + member.size)
  expect(member.name).toBe(`${createHash('sha256').update(config).digest('hex')}.json`)
  return config.toString()
}
