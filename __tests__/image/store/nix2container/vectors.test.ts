import { mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from '@jest/globals'
import { createTreeLayer } from '../../../../src/image/store/nix2container.js'
import { parseNix2containerDocument } from '../../../../src/image/store/nix2container-document.js'
import { digestOf } from '../../../../src/oci/digest.js'
import { hashSource, makeWritable, type TreeEntry, writeTree } from '../../../support/store-trees.js'

/**
 * The digests in `vectors.json` and the config in `config-expected.json` were computed with the code of nix2container itself, commit
 * 20d33959 of March 2026: `TarPathsSum` and `GetConfigBlob`. Each vector has the trees of its store paths.
 */
interface Vector {
  readonly name: string
  readonly trees: Readonly<Record<string, readonly TreeEntry[]>>
  /** `{root}` stands for the folder of the store paths. */
  readonly paths: readonly object[]
  readonly digest: string
  readonly size: number
}

/** Where the store paths were when the digests were computed: some names in the layers contain it. */
const ROOT = '/tmp/fid/vec'

const VECTORS = JSON.parse(readFileSync(join(import.meta.dirname, 'vectors.json'), 'utf8')) as Vector[]

let folder: string
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'vectors-'))
})
afterEach(() => {
  makeWritable(folder)
  rmSync(folder, { recursive: true })
})

test.each(VECTORS)('a layer has the digest that nix2container gives it: $name', async vector => {
  const { trees, digest, size } = vector
  for (const [name, entries] of Object.entries(trees)) {
    mkdirSync(join(folder, ROOT), { recursive: true })
    writeTree(join(folder, ROOT, name), entries)
  }
  const layer = { digest, size, diff_ids: digest, paths: vector.paths, mediatype: '', History: {} }
  const document = { version: 1, 'image-config': {}, layers: [layer], arch: 'amd64', created: null }
  const { layers } = parseNix2containerDocument(
    Buffer.from(JSON.stringify(document).replaceAll('{root}', ROOT)),
  )
  const opened = await createTreeLayer(layers[0] as (typeof layers)[0], folder)
  expect(await hashSource(opened.open())).toEqual({ digest, size })
  // The tar is made anew each time.
  expect(await hashSource(opened.open())).toEqual({ digest, size })
})

test('the config has the bytes that nix2container gives it', async () => {
  const bytes = readFileSync(join(import.meta.dirname, 'config-image.json'))
  const expected = readFileSync(join(import.meta.dirname, 'config-expected.json'))
  const image = parseNix2containerDocument(bytes)
  const config = image.encodeConfig(image.layers.map(({ diffId }) => diffId))
  expect(config.toString()).toBe(expected.toString().trimEnd())
  expect(digestOf(config)).toBe('sha256:13e247d7b91d08712a633673f76a2f527048f4e57d2815cb2d2421016e8506fc')
})
