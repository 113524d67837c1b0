/**
 * Compares versions as `builtins.compareVersions` of Nix does: `2.3pre1` is before `2.3`, and `2.3` before `2.3a` and `2.3.1`.
 * Returns a negative number if `a` is before `b`, and 0 if they are equal.
 */
export function compareNixVersions(a: string, b: string): number {
  const [partsA, partsB] = [splitVersion(a), splitVersion(b)]
  for (let n = 0; n < Math.max(partsA.length, partsB.length); n++) {
    const [partA, partB] = [partsA[n] ?? '', partsB[n] ?? '']
    if (isBefore(partA, partB)) return -1
    if (isBefore(partB, partA)) return 1
  }
  return 0
}

/** `1.2pre3` gives `1`, `2`, `pre` and `3`. */
function splitVersion(version: string): readonly string[] {
  return version.match(/\d+|[^\d.-]+/g) ?? []
}

/** The rules of Nix, in its order. A missing part is empty. */
function isBefore(a: string, b: string): boolean {
  // A date with a time has more digits than a number keeps.
  if (isNumber(a) && isNumber(b)) return BigInt(a) < BigInt(b)
  if (a === '' && isNumber(b)) return true
  if (a === 'pre' || b === 'pre') return a !== b && a === 'pre'
  if (isNumber(a) || isNumber(b)) return isNumber(b)
  return a < b
}

function isNumber(part: string): boolean {
  return /^\d+$/.test(part)
}
