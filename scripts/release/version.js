/** Parses a version such as `1.2.3` or `1.2.3-rc.1`; `undefined` for any other text. */
export function readVersion(text) {
  const [, major, minor, patch, prerelease] = /^(\d+)\.(\d+)\.(\d+)(?:-([\w.-]+))?$/.exec(text ?? '') ?? []
  if (major === undefined) return undefined
  return {
    text,
    tag: `v${text}`,
    major: Number(major),
    minor: Number(minor),
    patch: Number(patch),
    prerelease,
  }
}

/** Does not compare prereleases. */
function newestFirst(a, b) {
  return b.major - a.major || b.minor - a.minor || b.patch - a.patch
}

/** The stable versions of the tags, newest first. */
export function stableVersions(tags) {
  const versions = [...tags.keys()].map(tag => (tag.startsWith('v') ? readVersion(tag.slice(1)) : undefined))
  return versions.filter(version => version && !version.prerelease).sort(newestFirst)
}

/** Whether it is a stable version and no tag has a newer stable version. */
export function isNewest(version, tags) {
  return !version.prerelease && stableVersions(tags).every(other => newestFirst(version, other) <= 0)
}
