import type { LayerCompression } from '../../image/format/ordered-block-writer.js'
import { RECIPE } from '../../oci/annotation-keys.js'
import type { Annotations, Descriptor } from '../../oci/descriptor.js'
import { asArray, asCount, asObject, asOptionalString, asString, parseJson } from '../../util/json.js'
import { PROGRAM_VERSION } from '../../util/text.js'

/** What a rebuild of an image needs to make the same bytes again, besides the commit. */
export interface Recipe {
  /** The name of the container, and its full attribute in the flake. */
  readonly container: string
  readonly attribute: string
  /** The parameters of a flake reference to the repository: `dir=images`. Absent if the flake is at its top. */
  readonly flake?: string
  /** The version of this program that packed the layers. */
  readonly program: string
  readonly compression: LayerCompression
  /** The compression level. Absent for the default. */
  readonly level?: number
  /** The version of the zstd library in Node.js. gzip is compressed by this program itself. */
  readonly zstd?: string
  /** The positions of layers whose bytes are from an earlier image: another version may have compressed them. */
  readonly reused: readonly number[]
}

/** Describes how this program packs an image now. */
export function createRecipe(
  about: Pick<Recipe, 'container' | 'attribute' | 'compression'> & Partial<Recipe>,
): Recipe {
  const { container, attribute, flake, compression, level, reused = [] } = about
  const zstd = compression === 'zstd' ? process.versions.zstd : undefined
  return {
    container,
    attribute,
    ...(flake && { flake }),
    program: PROGRAM_VERSION,
    compression,
    ...(level !== undefined && { level }),
    ...(zstd !== undefined && { zstd }),
    reused,
  }
}

/** Returns the annotation of a descriptor from which `readRecipe` reads it. Returns `{}` without a recipe. */
export function recordRecipe(recipe: Recipe | undefined): Annotations {
  return recipe === undefined
    ? {}
    : { [RECIPE]: JSON.stringify({ ...recipe, reused: formatRanges(recipe.reused) }) }
}

/** Returns `undefined` if there is no recipe, or if it is damaged: only a rebuild needs it. */
export function readRecipe(annotations: Annotations | undefined): Recipe | undefined {
  const text = annotations?.[RECIPE]
  if (text === undefined) return undefined
  try {
    return parseRecipe(text)
  } catch {
    return undefined
  }
}

function parseRecipe(text: string): Recipe {
  const value = asObject(parseJson(text, 'the recipe'), 'the recipe')
  const compression = asString(value.compression, 'compression')
  if (compression !== 'gzip' && compression !== 'zstd') throw new Error(`${compression} is not a compression`)
  const [flake, zstd] = ['flake', 'zstd'].map(name => asOptionalString(value[name], name))
  const level = value.level === undefined ? undefined : asCount(value.level, 'level')
  return {
    container: asString(value.container, 'container'),
    attribute: asString(value.attribute, 'attribute'),
    ...(flake && { flake }),
    program: asString(value.program, 'program'),
    compression,
    ...(level !== undefined && { level }),
    ...(zstd && { zstd }),
    reused: parseRanges(value.reused),
  }
}

/** `[0, 1, 2, 5]` becomes `[[0, 3], [5, 6]]`: often all layers but the last are reused. */
function formatRanges(positions: readonly number[]): [start: number, end: number][] {
  const ranges: [number, number][] = []
  for (const position of [...new Set(positions)].sort((a, b) => a - b)) {
    const last = ranges.at(-1)
    if (last?.[1] === position) last[1]++
    else ranges.push([position, position + 1])
  }
  return ranges
}

/** More layers are in no image. */
const MAX_POSITION = 100_000

function parseRanges(value: unknown): number[] {
  return asArray(value, 'reused').flatMap(range => {
    const [start = 0, end = 0] = asArray(range, 'a range').map(each => asCount(each, 'a position'))
    if (end > MAX_POSITION || end < start) throw new Error(`${start} to ${end} are not positions of layers`)
    return Array.from({ length: end - start }, (_, n) => start + n)
  })
}

/** Adds the positions at which layers were replaced by layers with the same content and other bytes. */
export function addReused(
  recipe: Recipe | undefined,
  before: readonly Pick<Descriptor, 'digest'>[],
  after: readonly Pick<Descriptor, 'digest'>[],
): Recipe | undefined {
  const replaced = before.flatMap(({ digest }, n) => (after[n]?.digest === digest ? [] : [n]))
  if (recipe === undefined || replaced.length === 0) return recipe
  return { ...recipe, reused: [...new Set([...recipe.reused, ...replaced])].sort((a, b) => a - b) }
}
