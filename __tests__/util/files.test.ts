import { chmod, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals'
import { UserError } from '../../src/util/error.js'
import {
  checkFolderIsWritable,
  describeWriteError,
  findWritableFolder,
  isExecutable,
  isFileName,
  PartFile,
  pathWithin,
  removeOpenPartFiles,
} from '../../src/util/files.js'

describe('isFileName', () => {
  test.each(['a', 'hello-stream', 'a.b', 'libstdc++', '_1', '+', 'x'.repeat(128)])('%j is valid', name => {
    expect(isFileName(name)).toBe(true)
  })

  test.each([
    ...['', '.', '..', '.hidden', '-rf', 'a/b', 'a\\b', '../a', 'a b', 'a\n', '\na', 'a\0', 'ä', 'a:b'],
    ...['a%b', 'a\u202eb', '`a`', '$a', 'x'.repeat(129)],
  ])('%j is invalid', name => {
    expect(isFileName(name)).toBe(false)
  })
})

test('isExecutable accepts only files that this user can execute', async () => {
  const directory = await mkdtemp(join(tmpdir(), 'executable-'))
  try {
    const file = join(directory, 'file')
    await writeFile(file, '', { mode: 0o644 })
    expect(await isExecutable(file)).toBe(false)
    await chmod(file, 0o755)
    expect(await isExecutable(file)).toBe(true)
    expect(await isExecutable(directory)).toBe(false)
    expect(await isExecutable(join(file, 'none'))).toBe(false)
  } finally {
    await rm(directory, { recursive: true })
  }
})

describe('PartFile', () => {
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

  test('is renamed or removed', async () => {
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

  test('is removed with all others by removeOpenPartFiles, unless it was renamed', async () => {
    const [kept, open, closed] = await Promise.all([partOf('kept'), partOf('open'), partOf('closed')])
    await kept.rename(join(folder, 'out', 'kept'))
    await closed.close()
    removeOpenPartFiles()
    expect(await names()).toEqual(['kept'])
    removeOpenPartFiles()
    for (const part of [kept, open, closed]) await part.discard()
    expect(await names()).toEqual(['kept'])
  })
})

describe('pathWithin', () => {
  test.each([
    ['/w', '/w/a/flake.nix', 'a/flake.nix'],
    ['/w/', '/w/..a', '..a'],
    ['/w', '/w', undefined],
    ['/w', '/wide/a', undefined],
    ['/w/a', '/w/b', undefined],
  ])('%s %s', (folder, file, path) => expect(pathWithin(folder, file)).toBe(path))
})

describe('findWritableFolder and describeWriteError', () => {
  let folder: string
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'writable-test-'))
  })
  afterEach(() => rm(folder, { recursive: true, force: true }))

  test('returns the first folder that can be created', async () => {
    await writeFile(join(folder, 'file'), '')
    const [closed, first, second] = ['file/below', 'a/b', 'c'].map(name => join(folder, name)) as [
      string,
      string,
      string,
    ]
    expect(await findWritableFolder(closed, first, second)).toBe(first)
    expect(await findWritableFolder(closed, closed)).toBe(closed)
    expect((await readdir(folder)).sort()).toEqual(['a', 'file'])
  })

  test('skips an existing folder that is not writable', async () => {
    expect(await findWritableFolder('/proc/self', folder)).toBe(folder)
  })

  test('describes a full disk and returns other errors unchanged', () => {
    const full = Object.assign(new Error('ENOSPC: no space left on device'), { code: 'ENOSPC' })
    expect(describeWriteError('Nix', '/tools', full)).toEqual(
      new UserError('The disk has no space for Nix in /tools: ENOSPC: no space left on device'),
    )
    const other = new Error('other')
    expect(describeWriteError('Nix', '/tools', other)).toBe(other)
  })
})

describe('checkFolderIsWritable', () => {
  let folder: string
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'writable-test-'))
  })
  afterEach(() => rm(folder, { recursive: true, force: true }))

  test('a folder that can be created is accepted, and is not created by the check', async () => {
    await checkFolderIsWritable(join(folder, 'a/b'))
    expect(await readdir(folder)).toEqual([])
  })

  test.each(['file', 'file/below', 'file/far/below'])('a path through a file is refused: %s', async path => {
    await writeFile(join(folder, 'file'), '')
    await expect(checkFolderIsWritable(join(folder, path))).rejects.toMatchObject({
      name: 'UserError',
      message: `${join(folder, path)} cannot be used as a folder: ${join(folder, 'file')} is a file`,
      hint: 'Choose another folder.',
    })
  })

  test('a folder on a read-only file system is refused', () =>
    expect(checkFolderIsWritable('/proc/self/out')).rejects.toMatchObject({
      name: 'UserError',
      message: expect.stringMatching(/^\/proc\/self\/out could not be written: /),
      hint: 'Choose a folder that you can write to.',
    }))
})
