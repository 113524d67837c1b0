import { describe, expect, test } from '@jest/globals'
import { computeContentDigest } from '../../../src/command/merge/annotate-index-and-manifests.js'
import {
  addReused,
  createRecipe,
  type Recipe,
  readRecipe,
  recordRecipe,
} from '../../../src/command/shared/recipe.js'
import { RECIPE } from '../../../src/oci/annotation-keys.js'
import { OCI_LAYER_GZIP, OCI_MANIFEST } from '../../../src/oci/descriptor.js'
import { createBlob, makeImage } from '../../../src/oci/image.js'
import { PROGRAM_VERSION } from '../../../src/util/text.js'

const ABOUT = { container: 'fd', attribute: 'packages.x86_64-linux.fd', compression: 'gzip' } as const
const layersOf = (...texts: string[]) =>
  texts.map(text => createBlob(Buffer.from(text), { mediaType: OCI_LAYER_GZIP }))

describe('the recipe of an image', () => {
  test('is read as it was written', () => {
    const recipe = createRecipe({ ...ABOUT, flake: 'dir=images', level: 9, reused: [0, 1, 2, 7, 40] })
    expect(readRecipe(recordRecipe(recipe))).toEqual({ ...recipe, program: PROGRAM_VERSION })
    expect(recordRecipe(recipe)[RECIPE]).toContain('"reused":[[0,3],[7,8],[40,41]]')
  })

  test('does not depend on the Node.js that compresses gzip', () => {
    expect(Object.keys(createRecipe(ABOUT))).toEqual([
      'container',
      'attribute',
      'program',
      'compression',
      'reused',
    ])
  })

  test.each([
    '{}',
    'not JSON',
    JSON.stringify({ ...ABOUT, program: '1.0.0', reused: [[0, 1e9]] }),
    JSON.stringify({ ...ABOUT, program: '1.0.0', reused: [[4, 2]] }),
    JSON.stringify({ ...ABOUT, program: '1.0.0', reused: [], compression: 'xz' }),
  ])('is ignored if it is damaged: %s', text => {
    expect(readRecipe({ [RECIPE]: text })).toBeUndefined()
  })

  test('names the layers whose bytes were replaced', () => {
    const recipe = createRecipe({ ...ABOUT, reused: [2] })
    const replaced = addReused(recipe, layersOf('a', 'b', 'c'), layersOf('x', 'b', 'y'))
    expect(replaced?.reused).toEqual([0, 2])
    expect(addReused(recipe, layersOf('a'), layersOf('a'))).toBe(recipe)
    expect(addReused(undefined, layersOf('a'), layersOf('b'))).toBeUndefined()
  })

  test('is not content: another version of this program gives the same content digest', () => {
    const contentWith = (recipe: Recipe | undefined) => {
      const image = makeImage({
        platform: { os: 'linux', architecture: 'amd64' },
        config: Buffer.from(JSON.stringify({ os: 'linux', architecture: 'amd64', config: {} })),
        layers: layersOf('a'),
      })
      const annotations = recordRecipe(recipe)
      const manifest = { ...image.manifest, mediaType: OCI_MANIFEST, annotations }
      const config = Buffer.from(JSON.stringify({ os: 'linux', architecture: 'amd64', config: {} }))
      return computeContentDigest([{ image: { ...image, manifest }, config, annotations: {} }], {})
    }
    const recipe = createRecipe(ABOUT)
    expect(contentWith({ ...recipe, program: '9.9.9', reused: [0] })).toBe(contentWith(recipe))
    expect(contentWith(undefined)).toBe(contentWith(recipe))
  })
})
