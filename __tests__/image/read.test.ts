import { stat } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, test } from '@jest/globals'
import { hasZstd } from '../../src/image/format/decode.js'
import { UserError } from '../../src/util/error.js'
import { dockerArchive, dockerMembers } from '../support/docker-archive.js'
import { randomImage, seeded, tarOf } from '../support/images.js'
import { listing, stagePath, useFolder } from './fixture.js'

const folder = useFolder()

describe('how it is done', () => {
  const random = seeded(5)

  test('the same image gives the same bytes', async () => {
    const image = randomImage(random, { layers: 3, size: 3_000_000 })
    const path = await folder.write('image', dockerArchive(image))
    const once = await stagePath(path, folder.staged)
    const again = await stagePath(path, join(folder.path, 'again'))
    expect(again.layers.map(layer => layer.digest)).toEqual(once.layers.map(layer => layer.digest))
  })

  test('progress counts the bytes of the source', async () => {
    const path = await folder.write('image', dockerArchive(randomImage(random, { size: 2_000_000 })))
    const seen: number[] = []
    await stagePath(path, folder.staged, { onProgress: bytes => seen.push(bytes) })
    expect(seen).toEqual([...seen].sort((a, b) => a - b))
    expect(seen.at(-1)).toBe((await stat(path)).size)
  })

  test('an abort stops it with its reason and leaves nothing', async () => {
    const path = await folder.write(
      'image',
      dockerArchive(randomImage(random, { layers: 4, size: 2_000_000 })),
    )
    const controller = new AbortController()
    const reason = new Error('enough')
    const work = stagePath(path, folder.staged, {
      signal: controller.signal,
      onProgress: () => controller.abort(reason),
    })
    await expect(work).rejects.toBe(reason)
    expect(await listing(folder.staged)).toEqual([])
  })

  test('what other images have in the same folder stays when one fails', async () => {
    const image = randomImage(random, { layers: 2 })
    await stagePath(await folder.write('good', dockerArchive(image)), folder.staged)
    const before = await listing(folder.staged)
    const bad = await folder.write('bad', tarOf(dockerMembers(image).slice(1)))
    await expect(stagePath(bad, folder.staged)).rejects.toThrow(/not in the archive/)
    expect(await listing(folder.staged)).toEqual(before)
  })

  test.each(['ENOSPC', 'EDQUOT'])(
    '%s: the hint names the disk, by a folder that is still there',
    async code => {
      const path = await folder.write('image', dockerArchive(randomImage(random)))
      const onProgress = () => {
        throw Object.assign(new Error(`${code}: no room`), { code })
      }
      const directory = join(folder.path, 'private', 'image')
      const error = await stagePath(path, directory, { onProgress }).catch(failure => failure)
      expect(error).toBeInstanceOf(UserError)
      expect(error.message).toBe(`${path}: ${code}: no room`)
      expect(error.hint).toMatch(`Make room on the disk of ${folder.path}, or set TMPDIR`)
    },
  )

  test('a folder that cannot be written to is the failure that is told', async () => {
    const path = await folder.write('image', dockerArchive(randomImage(random)))
    const file = await folder.write('file', '')
    await expect(stagePath(path, join(file, 'under'))).rejects.toThrow(/ENOTDIR/)
  })

  test('zstd, where this Node.js has it', async () => {
    const image = randomImage(random, { layers: 3, size: 3_000_000 })
    const path = await folder.write('image', dockerArchive(image))
    const work = stagePath(path, folder.staged, { encoding: 'zstd' })
    if (!hasZstd()) return expect(work).rejects.toThrow(/cannot write zstd/)
    const { layers } = await work
    expect(layers.map(layer => layer.mediaType)).toEqual(
      Array(3).fill('application/vnd.oci.image.layer.v1.tar+zstd'),
    )
    return undefined
  })
})
