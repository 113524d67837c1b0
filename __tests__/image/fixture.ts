import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Readable } from 'node:stream'
import { gunzipSync } from 'node:zlib'
import { afterEach, beforeEach, expect } from '@jest/globals'
import { type PackedImage, type PackImageOptions, packImage } from '../../src/image/read-image.js'
import { openSource } from '../../src/image/source.js'
import { digestOf } from '../../src/oci/digest.js'
import { UserError } from '../../src/util/error.js'
import type { TestImage } from '../support/images.js'

export interface Folder {
  /** A temporary folder, removed after the test. */
  path: string
  /** The folder for the layers, inside `path`. */
  layers: string
  write(name: string, bytes: Buffer | string, mode?: number): Promise<string>
}

/** Creates a new folder for each test. */
export function useFolder(): Folder {
  const folder: Folder = {
    path: '',
    layers: '',
    async write(name, bytes, mode = 0o644) {
      await writeFile(join(folder.path, name), bytes, { mode })
      return join(folder.path, name)
    },
  }
  beforeEach(async () => {
    folder.path = await mkdtemp(join(tmpdir(), 'image-'))
    folder.layers = join(folder.path, 'layers')
  })
  afterEach(() => rm(folder.path, { recursive: true, force: true }))
  return folder
}

export async function packPath(
  path: string,
  directory: string,
  more: Partial<PackImageOptions> = {},
): Promise<PackedImage> {
  return packImage(await openSource(path), { encoding: 'gzip', directory, ...more })
}

export async function bytesOf(stream: Readable): Promise<Buffer> {
  const chunks: Buffer[] = []
  for await (const chunk of stream) chunks.push(chunk)
  return Buffer.concat(chunks)
}

/** Expects that the packed image has the same config and layers as `image`, and that each layer has its digest. */
export async function expectImage(packedImage: PackedImage, image: TestImage): Promise<void> {
  expect(packedImage.config.equals(image.config)).toBe(true)
  expect(packedImage.layers).toHaveLength(image.layers.length)
  for (const [n, layer] of packedImage.layers.entries()) {
    const bytes = await bytesOf(layer.open())
    expect({ digest: digestOf(bytes), size: bytes.length }).toEqual({
      digest: layer.digest,
      size: layer.size,
    })
    expect(layer.mediaType).toBe('application/vnd.oci.image.layer.v1.tar+gzip')
    expect(digestOf(gunzipSync(bytes))).toBe(image.layers[n]?.diffId)
  }
}

/** Lists the names in a folder. Returns an empty list if it does not exist. */
export async function listFolder(path: string): Promise<string[]> {
  return readdir(path).catch(() => [])
}

/** Expects a `UserError` whose message matches, and an empty folder for the layers. */
export async function expectUserError(
  work: Promise<unknown>,
  folder: Folder,
  words: string | RegExp,
): Promise<UserError> {
  const error = await work.then(
    () => undefined,
    (failure: unknown) => failure,
  )
  expect(error).toBeInstanceOf(UserError)
  expect((error as UserError).message).toMatch(words)
  expect(await listFolder(folder.layers)).toEqual([])
  return error as UserError
}
