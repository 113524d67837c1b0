import { mkdirSync, mkdtempSync, rmSync, truncateSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setImmediate as nextTurn } from 'node:timers/promises'
import { afterEach, beforeEach, expect, test } from '@jest/globals'
import { type StoreFile, walkStorePath } from '../../../src/image/store/store-files.js'
import { type StoreTarMember, StoreTarSource } from '../../../src/image/store/store-tar-source.js'
import { readSource } from '../../support/store-trees.js'

let folder: string
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'store-tar-'))
})
afterEach(() => rmSync(folder, { recursive: true }))

const HEADER = Buffer.alloc(512, 'h')

function addFile(name: string, content: string): void {
  mkdirSync(join(folder, 'path'), { recursive: true })
  writeFileSync(join(folder, 'path', name), content)
}

function listFiles(): StoreFile[] {
  return [...walkStorePath('/path', folder)].filter(({ kind }) => kind === 'file')
}

const toMember = (file: StoreFile): StoreTarMember => ({ header: HEADER, file })

test('files are padded to blocks of 512 bytes, and the tar ends with two blocks of zeros', async () => {
  for (const [name, size] of Object.entries({ a: 0, b: 1, c: 512, d: 513 })) addFile(name, name.repeat(size))
  const expected = [
    HEADER,
    HEADER,
    Buffer.from(`b${'\0'.repeat(511)}`),
    HEADER,
    Buffer.alloc(512, 'c'),
    HEADER,
    Buffer.from(`${'d'.repeat(513)}${'\0'.repeat(511)}`),
    Buffer.alloc(1024),
  ]
  const members = listFiles().map(toMember)
  expect(await readSource(new StoreTarSource(members))).toEqual(Buffer.concat(expected))
  const record = await readSource(new StoreTarSource(members, { recordBytes: 10_240 }))
  expect(record).toEqual(Buffer.concat([...expected, Buffer.alloc(10_240 - 10 * 512)]))
})

/** Returns how often timers could run while a function runs. */
async function countTurns(run: () => Promise<unknown>): Promise<number> {
  let turns = 0
  let isRunning = true
  const count = async (): Promise<void> => {
    for (; isRunning; turns++) await nextTurn()
  }
  const counting = count()
  await run()
  isRunning = false
  await counting
  return turns
}

test('timers run while small files are read', async () => {
  addFile('a', 'a')
  const source = new StoreTarSource(Array.from({ length: 100 }, () => listFiles().map(toMember)).flat())
  const turns = await countTurns(async () => {
    while ((await source.fill(Buffer.alloc(1024))) > 0);
  })
  expect(turns).toBeGreaterThan(100)
})

test('timers run while the members of one block are found slowly', async () => {
  function* members(): Generator<StoreTarMember> {
    for (let n = 0; n < 10; n++) {
      for (const end = performance.now() + 30; performance.now() < end; );
      // The header is not known yet.
      yield { header: Buffer.alloc(0) }
    }
    yield { header: HEADER }
  }
  const source = new StoreTarSource(members())
  const block = Buffer.alloc(1 << 16)
  expect(await countTurns(async () => source.fill(block))).toBeGreaterThanOrEqual(10)
  expect(block.subarray(0, 1024)).toEqual(Buffer.concat([HEADER, Buffer.alloc(512)]))
})

test.each([1000, 1_000_000])('a file of %d bytes that gets smaller is an error', async size => {
  addFile('a', 'a'.repeat(size))
  const source = new StoreTarSource(listFiles().map(toMember))
  truncateSync(join(folder, 'path/a'), size - 1)
  await expect(readSource(source)).rejects.toThrow(`/path/a changed while it was read: it had ${size} bytes`)
  await source.close()
})
