import type { GitRef } from './subject.js'
import { parseVersion } from './version.js'

/**
 * The version that a run is about: what the input says, else what the image says of itself when that is a version, else the Git
 * tag when it is one. What the image says otherwise comes last, so that it may be no semver.
 */
export function versionOf(
  input: string | undefined,
  image: string | undefined,
  ref: GitRef,
): string | undefined {
  const own = parseVersion(image ?? '') && image
  const tagged = ref.kind === 'tag' ? parseVersion(ref.name ?? '')?.text : undefined
  return input || own || tagged || image || undefined
}
