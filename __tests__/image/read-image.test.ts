import { stat } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, test } from '@jest/globals'
import { hasZstd } from '../../src/image/format/decompress.js'
import { UserError } from '../../src/util/error.js'
import { dockerArchive, dockerMembers } from '../support/docker-archive.js'
import { randomImage, seeded, tarOf } from '../support/images.js'
import { listFolder, packPath, useFolder } from './fixture.js'

const folder = useFolder()

describe('packImage', () => {
  const random = seeded(5)

  test('returns the same bytes for the same image', async () => {
    const image = randomImage(random, { layers: 3, size: 3_000_000 })
    const path = await folder.write('image', dockerArchive(image))
    const once = await packPath(path, folder.layers)
    const again = await packPath(path, join(folder.path, 'again'))
    expect(again.layers.map(layer => layer.digest)).toEqual(once.layers.map(layer => layer.digest))
  })

  test('reports progress in bytes of the source', async () => {
    const path = await folder.write('image', dockerArchive(randomImage(random, { size: 2_000_000 })))
    const seen: number[] = []
    await packPath(path, folder.layers, { onProgress: bytes => seen.push(bytes) })
    expect(seen).toEqual([...seen].sort((a, b) => a - b))
    expect(seen.at(-1)).toBe((await stat(path)).size)
  })

  test('throws the reason of an abort and leaves no files', async () => {
    const path = await folder.write(
      'image',
      dockerArchive(randomImage(random, { layers: 4, size: 2_000_000 })),
    )
    const controller = new AbortController()
    const reason = new Error('enough')
    const work = packPath(path, folder.layers, {
      signal: controller.signal,
      onProgress: () => controller.abort(reason),
    })
    await expect(work).rejects.toBe(reason)
    expect(await listFolder(folder.layers)).toEqual([])
  })

  test('does not remove the files of other images if one image fails', async () => {
    const image = randomImage(random, { layers: 2 })
    await packPath(await folder.write('good', dockerArchive(image)), folder.layers)
    const before = await listFolder(folder.layers)
    const bad = await folder.write('bad', tarOf(dockerMembers(image).slice(1)))
    await expect(packPath(bad, folder.layers)).rejects.toThrow(/not in the archive/)
    expect(await listFolder(folder.layers)).toEqual(before)
  })

  test.each(['ENOSPC', 'EDQUOT'])(
    '%s: the hint contains a folder of the disk that still exists',
    async code => {
      const path = await folder.write('image', dockerArchive(randomImage(random)))
      const onProgress = () => {
        throw Object.assign(new Error(`${code}: no room`), { code })
      }
      const directory = join(folder.path, 'private', 'image')
      const error = await packPath(path, directory, { onProgress }).catch(failure => failure)
      expect(error).toBeInstanceOf(UserError)
      expect(error.message).toBe(`${path}: ${code}: no room`)
      expect(error.hint).toMatch(`Free space on the disk of ${folder.path}, or set TMPDIR`)
    },
  )

  test('reports a folder that is not writable', async () => {
    const path = await folder.write('image', dockerArchive(randomImage(random)))
    const file = await folder.write('file', '')
    await expect(packPath(path, join(file, 'under'))).rejects.toThrow(/ENOTDIR/)
  })

  test('packs layers as zstd if this Node.js supports it', async () => {
    const image = randomImage(random, { layers: 3, size: 3_000_000 })
    const path = await folder.write('image', dockerArchive(image))
    const work = packPath(path, folder.layers, { encoding: 'zstd' })
    if (!hasZstd()) return expect(work).rejects.toThrow(/cannot write zstd/)
    const { layers } = await work
    expect(layers.map(layer => layer.mediaType)).toEqual(
      Array(3).fill('application/vnd.oci.image.layer.v1.tar+zstd'),
    )
    return undefined
  })
})
