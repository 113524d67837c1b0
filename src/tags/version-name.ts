import { parseLooseVersion, type Version } from './version.js'

/** The version in the name of a Git tag or of an image's tag. */
export interface NamedVersion {
  readonly version: Version
  /** The package that the name begins with: `fd` of `fd/v1.2.3`, `fd@1.2.3` and `fd-1.2.3`. */
  readonly packageName?: string
}

/** Words before a version that are not the name of a package. */
const VERSION_WORDS = /^(v|ver|version|versions|rel|release|releases|stable|tag|tags)$/i

/**
 * Finds the version in a name: `1.2.3`, `v2024.05.1`, `release-1.2.3`, `fd/v1.2.3`. The name is judged as it is, before
 * characters are replaced for a tag. Returns `undefined` if it contains no version of at least two numbers.
 */
export function parseVersionName(name: string): NamedVersion | undefined {
  const whole = parseLooseVersion(name)
  if (whole) return { version: whole }
  for (const { index } of name.matchAll(/[/@_-](?=v?\d)/g)) {
    const version = parseLooseVersion(name.slice(index + 1))
    if (version) return withPackage(name.slice(0, index), version)
  }
  return undefined
}

function withPackage(prefix: string, version: Version): NamedVersion {
  return VERSION_WORDS.test(prefix) ? { version } : { version, packageName: prefix }
}

/**
 * Tells if a version is that of a container: its name has no package, or that of the container.
 *
 * @param names the names of the container and of its image
 */
export function isVersionOf({ packageName }: NamedVersion, names: readonly string[]): boolean {
  if (packageName === undefined) return true
  const last = packageName.slice(packageName.lastIndexOf('/') + 1)
  return names.some(name => name === packageName || name === last)
}
