import { mkdir, readFile, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import { setTimeout as delay } from 'node:timers/promises'
import { afterEach, describe, expect, jest, test } from '@jest/globals'
import { scanTar } from '../../src/image/format/tar.js'
import { openLayout } from '../../src/image/layout.js'
import { writeArchive } from '../../src/image/write-archive.js'
import type { Blob } from '../../src/oci/descriptor.js'
import { OCI_LAYER_GZIP } from '../../src/oci/descriptor.js'
import { createBlob } from '../../src/oci/image.js'
import { UserError } from '../../src/util/error.js'
import { PartFile } from '../../src/util/files.js'
import { noise, seeded } from '../support/images.js'
import { listFolder, useFolder } from './fixture.js'

const folder = useFolder()
afterEach(() => {
  jest.restoreAllMocks()
})

const CHUNK = 100_000
const bytes = noise(seeded(71), 20 * CHUNK)

/** A blob of twenty chunks. `onChunk` is called before each. */
function slowBlob(onChunk: (n: number) => void = () => {}): Blob {
  async function* chunks(): AsyncGenerator<Buffer> {
    for (let n = 0; n < 20; n++) {
      onChunk(n)
      yield bytes.subarray(n * CHUNK, (n + 1) * CHUNK)
    }
  }
  return {
    ...createBlob(bytes, { mediaType: OCI_LAYER_GZIP }),
    open: () => Readable.from(chunks(), { objectMode: false }),
  }
}

async function failureOf(work: Promise<unknown>): Promise<unknown> {
  return work.then(
    () => undefined,
    (error: unknown) => error,
  )
}

function systemError(code: string): Error {
  return Object.assign(new Error(`${code}: no, write`), { code, syscall: 'write' })
}

describe('an abort', () => {
  test('in the middle of a blob throws its reason and leaves no file', async () => {
    const abort = new AbortController()
    const reason = new UserError('Stopped by SIGTERM')
    let seen = 0
    const blob = slowBlob(n => {
      seen = n
      if (n === 5) abort.abort(reason)
    })
    const path = join(folder.path, 'image.oci.tar')
    const work = writeArchive(path, { index: [], blobs: [blob] }, { signal: abort.signal })
    expect(await failureOf(work)).toBe(reason)
    expect(seen).toBeLessThan(15)
    expect(await listFolder(folder.path)).toEqual([])
  })

  test('before the start does not change the existing file', async () => {
    const path = await folder.write('image.oci.tar', 'before')
    const signal = AbortSignal.abort(new Error('enough'))
    await expect(writeArchive(path, { index: [], blobs: [] }, { signal })).rejects.toThrow('enough')
    expect(await listFolder(folder.path)).toEqual(['image.oci.tar'])
    expect(await readFile(path, 'utf8')).toBe('before')
  })
})

describe('an error of the system', () => {
  test.each([
    ['ENOSPC', /Free space/],
    ['EDQUOT', /Free space/],
    ['EACCES', /can write to/],
    ['EIO', undefined],
  ])('%s is reported with a hint', async (code, hint) => {
    let writes = 0
    jest.spyOn(PartFile.prototype, 'write').mockImplementation(async () => {
      if (++writes > 8) throw systemError(code)
    })
    const path = join(folder.path, 'image.oci.tar')
    const error = await failureOf(writeArchive(path, { index: [], blobs: [slowBlob()] }))
    expect(error).toBeInstanceOf(UserError)
    expect((error as UserError).message).toBe(`${path} could not be written: ${code}: no, write`)
    if (hint) expect((error as UserError).hint).toMatch(hint)
    else expect((error as UserError).hint).toBeUndefined()
    expect(await listFolder(folder.path)).toEqual([])
  })

  test('a programming error is thrown unchanged', async () => {
    const fault = new TypeError('undefined is not a function')
    jest.spyOn(PartFile.prototype, 'write').mockRejectedValue(fault)
    const path = join(folder.path, 'image.oci.tar')
    expect(await failureOf(writeArchive(path, { index: [], blobs: [] }))).toBe(fault)
  })

  test('a path below a file is reported', async () => {
    const path = join(await folder.write('file', ''), 'image.oci.tar')
    const error = (await failureOf(writeArchive(path, { index: [], blobs: [] }))) as UserError
    expect(error).toBeInstanceOf(UserError)
    expect(error.message).toContain(`${path} could not be written: `)
    expect(error.hint).toMatch(/is a file/)
  })

  test.each(['out', 'out/', 'other/'])('the folder %s is rejected before a blob is read', async name => {
    await mkdir(join(folder.path, 'out'))
    let opened = 0
    const work = writeArchive(`${folder.path}/${name}`, { index: [], blobs: [slowBlob(() => opened++)] })
    const error = (await failureOf(work)) as UserError
    expect(error.message).toBe(`${folder.path}/${name} is a folder, but an archive is a file`)
    expect(error.hint).toMatch(/image\.oci\.tar/)
    expect(opened).toBe(0)
    expect(await listFolder(folder.path)).toEqual(['out'])
  })
})

describe('a blob from another archive', () => {
  async function source(): Promise<{ path: string; blob: Blob }> {
    const path = join(folder.path, 'source.oci.tar')
    const blob = slowBlob()
    await writeArchive(path, { index: [], blobs: [blob] })
    return { path, blob: (await openLayout(path)).getBlob(blob) }
  }

  test('that was changed is reported with the path of that archive', async () => {
    const { path, blob } = await source()
    const whole = await readFile(path)
    const { offset } = (await scanTar(path)).find(entry => entry.kind === 'file' && entry.size > CHUNK) ?? {}
    whole.fill(1, offset, (offset ?? 0) + 10)
    await writeFile(path, whole)
    const work = writeArchive(join(folder.path, 'out', 'o.oci.tar'), { index: [], blobs: [blob] })
    const error = (await failureOf(work)) as UserError
    expect(error).toBeInstanceOf(UserError)
    expect(error.message).toContain(`${path}: the content of ${blob.digest} has the digest sha256:`)
    expect(error.message).not.toContain('o.oci.tar could not')
    expect(error.hint).toMatch(/changed or truncated/)
    expect(await listFolder(join(folder.path, 'out'))).toEqual([])
  })

  test('that is missing is reported with the path of that archive', async () => {
    const { path, blob } = await source()
    await rm(path)
    const work = writeArchive(join(folder.path, 'out', 'o.oci.tar'), { index: [], blobs: [blob] })
    const error = (await failureOf(work)) as UserError
    expect(error).toBeInstanceOf(UserError)
    expect(error.message).toMatch(/source\.oci\.tar: .*ENOENT/)
    await delay(10)
    expect(await listFolder(join(folder.path, 'out'))).toEqual([])
  })
})
