/** `1.2.3` or `1.2.3-rc.1`, as its parts; `undefined` for anything else. */
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

/** Prereleases are not told apart. */
function newestFirst(a, b) {
  return b.major - a.major || b.minor - a.minor || b.patch - a.patch
}

/** The versions that tags name, newest first. */
export function stableVersions(tags) {
  const versions = [...tags.keys()].map(tag => (tag.startsWith('v') ? readVersion(tag.slice(1)) : undefined))
  return versions.filter(version => version && !version.prerelease).sort(newestFirst)
}

/** Whether no tag names a newer stable version. */
export function isNewest(version, tags) {
  return !version.prerelease && stableVersions(tags).every(other => newestFirst(version, other) <= 0)
}
