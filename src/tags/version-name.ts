import type { GitRef } from './subject.js'
import { compareVersions, parseLooseVersion, type Version } from './version.js'

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
  for (const { index } of name.matchAll(/[/@_-](?=v?\d)/gi)) {
    const version = parseLooseVersion(name.slice(index + 1))
    if (version) return withPackage(name.slice(0, index), version)
  }
  return undefined
}

function withPackage(prefix: string, version: Version): NamedVersion {
  return VERSION_WORDS.test(prefix) ? { version } : { version, packageName: prefix }
}

/**
 * Finds the package that a Git tag begins with, also if no version of two numbers follows: `fd` of `fd/v1` and
 * `fd@2024-05-01`. Returns `undefined` if the Git tag is for all containers.
 */
export function packageOf(name: string): string | undefined {
  const named = parseVersionName(name)
  if (named) return named.packageName
  const [, prefix = ''] = /^(.+?)(?:[/@](?=v?\d)|[_-](?=v\d|\d+\.\d))/i.exec(name) ?? []
  const isPackage = prefix !== '' && !VERSION_WORDS.test(prefix) && !/^v?\d+(\.|$)/i.test(prefix)
  return isPackage ? prefix : undefined
}

/** Tells if a Git tag is for a container, or for all containers. `names` are the names of the container and of its image. */
export function isGitTagOf(name: string, names: readonly string[]): boolean {
  return isPackageOf(packageOf(name), names)
}

/**
 * Tells if a version is that of a container: its name has no package, or that of the container.
 *
 * @param names the names of the container and of its image
 */
export function isVersionOf({ packageName }: NamedVersion, names: readonly string[]): boolean {
  return isPackageOf(packageName, names)
}

function isPackageOf(packageName: string | undefined, names: readonly string[]): boolean {
  if (packageName === undefined) return true
  return names.some(name => name === packageName || lastPartOf(name) === lastPartOf(packageName))
}

function lastPartOf(name: string): string {
  return name.slice(name.lastIndexOf('/') + 1)
}

/** Chooses the highest stable version, otherwise the highest prerelease, otherwise the first tag. */
export function chooseGitTag(tags: readonly string[]): string {
  const versions = tags.flatMap(tag => {
    const named = parseVersionName(tag)
    return named ? [{ tag, version: named.version }] : []
  })
  const stable = versions.filter(({ version }) => version.stable)
  const [highest] = (stable.length > 0 ? stable : versions).toSorted((a, b) =>
    compareVersions(b.version, a.version),
  )
  return highest?.tag ?? tags[0] ?? ''
}

/**
 * Returns the ref of one container: if a commit has several Git tags, some may be for other containers.
 *
 * @param names the names of the container and of its image
 */
export function selectRefOf(ref: GitRef, names: readonly string[]): GitRef {
  const own = (ref.tags ?? []).filter(tag => isGitTagOf(tag, names))
  return own.length === 0 ? ref : { ...ref, name: chooseGitTag(own) }
}
