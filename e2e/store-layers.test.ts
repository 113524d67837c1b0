import { spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from '@jest/globals'
import { below, seeded } from '../__tests__/support/images.js'
import { hashSource } from '../__tests__/support/store-trees.js'
import { createTreeLayer } from '../src/image/store/nix2container.js'
import { parseNix2containerDocument } from '../src/image/store/nix2container-document.js'
import { TOOLS } from './support/machine.js'
import { type DescribedPath, writeRandomStore } from './support/random-layers.js'

// Compares layers with those of a program in Go: see lib/store-layer. `STORE_LAYERS` sets the number of random stores,
// `STORE_LAYERS_SEED` the first of them.

const COUNT = Number(process.env.STORE_LAYERS ?? 100)
const FIRST = Number(process.env.STORE_LAYERS_SEED ?? 1)

/** How many stores are on the disk at once. */
const AT_ONCE = 50

const DIGEST = `sha256:${'0'.repeat(64)}`

interface Result {
  readonly digest?: string
  readonly size?: number
  readonly error?: string
}

/** Runs the program in Go, with a line for each layer. */
function hashWithGo(layers: readonly (readonly DescribedPath[])[]): Result[] {
  const input = layers.map(paths => `${JSON.stringify(paths)}\n`).join('')
  const { status, stdout, stderr } = spawnSync(join(TOOLS, 'go-tools/store-layer'), {
    input,
    maxBuffer: 1 << 28,
  })
  if (status !== 0) throw new Error(`store-layer failed: ${stderr}`)
  return stdout
    .toString()
    .trimEnd()
    .split('\n')
    .map(line => JSON.parse(line) as Result)
}

async function hashLayer(paths: readonly DescribedPath[]): Promise<Result> {
  const layers = [{ digest: DIGEST, size: 0, diff_ids: DIGEST, paths, mediatype: '', History: {} }]
  const description = { version: 1, 'image-config': {}, layers, arch: 'amd64' }
  try {
    const [layer] = parseNix2containerDocument(Buffer.from(JSON.stringify(description))).layers
    if (layer === undefined) throw new TypeError('there is no layer')
    return await hashSource((await createTreeLayer(layer, '')).open())
  } catch (error) {
    return { error: String(error) }
  }
}

test(`the layers of ${COUNT} random stores have the same bytes as in Go`, async () => {
  const count = { same: 0, refused: 0 }
  for (let seed = FIRST; seed < FIRST + COUNT; seed += AT_ONCE) {
    const folder = mkdtempSync(join(tmpdir(), 'store-layers-'))
    try {
      const seeds = Array.from({ length: Math.min(AT_ONCE, FIRST + COUNT - seed) }, (_, n) => seed + n)
      const layers = seeds.map(each => {
        const random = seeded(each)
        return writeRandomStore(limit => below(random, limit), join(folder, String(each)))
      })
      const expected = hashWithGo(layers)
      for (const [n, paths] of layers.entries()) {
        const actual = await hashLayer(paths)
        const { error, ...sum } = expected[n] as Result
        const label = { seed: seeds[n], paths }
        // The words of errors differ.
        if (error === undefined) expect({ ...label, ...actual }).toEqual({ ...label, ...sum })
        else
          expect({ ...label, error, isRefused: actual.error !== undefined }).toMatchObject({
            isRefused: true,
          })
        count[error === undefined ? 'same' : 'refused']++
      }
    } finally {
      rmSync(folder, { recursive: true })
    }
  }
  console.info(`${count.same} layers are the same, ${count.refused} are refused by both`)
  expect(count.same).toBeGreaterThan(COUNT / 2)
  expect(count.refused).toBeGreaterThan(0)
}, 3_600_000)
