import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals'
import { PartFile, removeOpenParts } from '../../src/util/part-file.js'

describe('a part file', () => {
  let folder = ''
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'part-'))
  })
  afterEach(() => rm(folder, { recursive: true, force: true }))

  const partOf = async (text: string): Promise<PartFile> => {
    const part = await PartFile.create(join(folder, 'out'))
    await part.write(Buffer.from(text))
    return part
  }
  const names = (): Promise<string[]> => readdir(join(folder, 'out'))

  test('gets its name, or goes', async () => {
    const [kept, other] = await Promise.all([partOf('kept'), partOf('other')])
    expect(await names()).toEqual([
      expect.stringMatching(/^\.[-\w]+\.part$/),
      expect.stringMatching(/\.part$/),
    ])
    await kept.close()
    await kept.rename(join(folder, 'out', 'kept'))
    for (const part of [kept, other]) await part.discard()
    expect(await names()).toEqual(['kept'])
    expect(await readFile(join(folder, 'out', 'kept'), 'utf8')).toBe('kept')
  })

  test('is removed with all others when the process must leave, but not one that has its name', async () => {
    const [kept, open, closed] = await Promise.all([partOf('kept'), partOf('open'), partOf('closed')])
    await kept.rename(join(folder, 'out', 'kept'))
    await closed.close()
    removeOpenParts()
    expect(await names()).toEqual(['kept'])
    removeOpenParts()
    for (const part of [kept, open, closed]) await part.discard()
    expect(await names()).toEqual(['kept'])
  })
})
