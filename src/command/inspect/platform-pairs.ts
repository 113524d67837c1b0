import type { PlatformTree } from './tree-platform.js'

/** One platform in two images. */
export interface Pair {
  readonly a?: PlatformTree
  readonly b?: PlatformTree
}

/** The platforms of both; where an index has one twice, the first goes with the first. */
export function pairPlatforms(a: readonly PlatformTree[], b: readonly PlatformTree[]): Pair[] {
  const [left, right] = [numbered(a), numbered(b)]
  const keys = [...new Set([...left.keys(), ...right.keys()])]
  return keys.map(key => {
    const [one, other] = [left.get(key), right.get(key)]
    return { ...(one && { a: one }), ...(other && { b: other }) }
  })
}

function numbered(platforms: readonly PlatformTree[]): Map<string, PlatformTree> {
  const count = new Map<string, number>()
  return new Map(
    platforms.map(each => {
      const n = (count.get(each.platform) ?? 0) + 1
      count.set(each.platform, n)
      return [`${each.platform} ${n}`, each]
    }),
  )
}
