import { limitList, pluralize } from '../../util/text.js'
import type { ComparedPath, PlatformComparison, Rebuild, RebuildVerdict } from './rebuild.js'

const MAX_PATHS = 20

/** Formats the result of a rebuild. What is wrong comes after the verdict. */
export function formatRebuild(rebuild: Rebuild): string[] {
  const { verdict, flake, digest, platforms, annotations, copied } = rebuild
  return [
    `rebuilt from ${flake}: ${describeVerdict(verdict, digest)}`,
    ...platforms.flatMap(each => formatComparison(each, rebuild)),
    ...(annotations.length === 0 ? [] : [`  different annotations: ${annotations.join(', ')}`]),
    ...(copied.length === 0 ? [] : [`  copied from the image and not checked: ${copied.join(', ')}`]),
  ]
}

function describeVerdict(verdict: RebuildVerdict, digest: string): string {
  switch (verdict) {
    case 'identical':
      return `identical, ${digest}`
    case 'same content':
      return 'same content, other digest'
    case 'different':
      return 'different'
  }
}

function formatComparison(comparison: PlatformComparison, { recompressed }: Rebuild): string[] {
  const { platform, isSame, how, recipe, derivation, layers, isConfigChanged, paths } = comparison
  const own = recompressed.filter(each => each.platform === platform && !layers.includes(each.layer))
  const reused = recipe?.reused.length ?? 0
  const origin = {
    built: 'built here',
    emulated: 'built here, under QEMU',
    fetched: 'downloaded from a binary cache, not built here',
    present: 'it was in the Nix store of this machine, not built now',
    cached: 'from a cache',
  }[how]
  const isOtherDerivation = derivation.published !== undefined && derivation.published !== derivation.rebuilt
  return [
    `  ${platform}  ${isSame ? 'same content' : 'different'}  ${origin}`,
    ...(isOtherDerivation
      ? [`    the image records ${derivation.published}, but the source gives ${derivation.rebuilt}`]
      : []),
    ...(layers.length === 0 ? [] : [`    different layers: ${limitList(layers.map(String))}`]),
    ...(isConfigChanged ? ['    the config differs, and the layers do not'] : []),
    ...paths.slice(0, MAX_PATHS).map(each => `    ${formatPath(each)}`),
    ...(paths.length > MAX_PATHS ? [`    and ${paths.length - MAX_PATHS} more store paths`] : []),
    ...(isSame && reused > 0
      ? [`    ${pluralize(reused, 'layer')} reused from earlier images: the bytes are from the image`]
      : []),
    ...(own.length === 0 ? [] : [`    other compression: ${formatRecompressed(own.length, comparison)}`]),
  ]
}

function formatPath({ path, kind, file, derivation }: ComparedPath): string {
  const details = [
    ...(file === undefined ? [] : [`first in ${file}`]),
    ...(derivation ? [`made by ${derivation}`] : []),
  ]
  return [`${kind}: ${path}`, ...details].join(', ')
}

/** The reasons that layers with the same content can have other bytes. */
function formatRecompressed(count: number, { recipe }: PlatformComparison): string {
  if (recipe === undefined) return `${pluralize(count, 'layer')}; the image does not record how it was packed`
  const level = recipe.level === undefined ? 'the default level' : `level ${recipe.level}`
  const zstd = recipe.zstd === undefined ? '' : ` and zstd ${recipe.zstd}`
  return `${pluralize(count, 'layer')}, packed by version ${recipe.program} with ${recipe.compression}, ${level}${zstd}`
}
