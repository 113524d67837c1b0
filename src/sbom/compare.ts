import { compareNixVersions } from './compare-versions.js'
import type { Component } from './contents.js'

/** What of a component is compared. */
export type ComparedComponent = Pick<Component, 'name' | 'version' | 'package'>

/** A difference between the packages of two images. A version is empty if the package has none. */
export type PackageChange =
  | { readonly kind: 'added'; readonly name: string; readonly after: string }
  | { readonly kind: 'removed'; readonly name: string; readonly before: string }
  | {
      readonly kind: 'upgraded' | 'downgraded'
      readonly name: string
      readonly before: string
      readonly after: string
    }
  | {
      /** A patch resolves vulnerabilities that no patch of this package resolved before. */
      readonly kind: 'patched'
      readonly name: string
      readonly after: string
      readonly resolves: readonly string[]
    }

/**
 * Compares the packages of two images by name and version. A package that was only built again is not a change. The result is
 * sorted by name.
 */
export function comparePackages(
  before: readonly ComparedComponent[],
  after: readonly ComparedComponent[],
): PackageChange[] {
  const [packagesBefore, packagesAfter] = [groupByName(before), groupByName(after)]
  const names = [...new Set([...packagesBefore.keys(), ...packagesAfter.keys()])].sort()
  return names.flatMap(name => comparePackage(name, packagesBefore.get(name), packagesAfter.get(name)))
}

/** All components of one name. */
interface Package {
  readonly versions: Set<string>
  readonly resolved: Set<string>
}

const NO_PACKAGE: Package = { versions: new Set(), resolved: new Set() }

function groupByName(components: readonly ComparedComponent[]): Map<string, Package> {
  const packages = new Map<string, Package>()
  for (const { name, version, package: facts } of components) {
    const found = packages.get(name) ?? { versions: new Set(), resolved: new Set() }
    packages.set(name, found)
    found.versions.add(version)
    for (const vulnerability of facts?.patches.flatMap(({ resolves }) => resolves) ?? [])
      found.resolved.add(vulnerability)
  }
  return packages
}

/** Pairs the versions that only one image has, from the highest to the lowest. */
function comparePackage(name: string, before = NO_PACKAGE, after = NO_PACKAGE): PackageChange[] {
  const gone = listMissing(before.versions, after.versions)
  const come = listMissing(after.versions, before.versions)
  const changes = Array.from({ length: Math.max(gone.length, come.length) }, (_, n) =>
    describeChange(name, gone[n], come[n]),
  )
  const resolves = [...after.resolved].filter(each => !before.resolved.has(each)).sort()
  // A new package is not patched: nothing was vulnerable before.
  if (resolves.length === 0 || before === NO_PACKAGE) return changes
  const [highest = ''] = [...after.versions].sort(compareNixVersions).reverse()
  return [...changes, { kind: 'patched', name, after: highest, resolves }]
}

/** Returns the versions of `versions` that `others` does not have, highest first. */
function listMissing(versions: ReadonlySet<string>, others: ReadonlySet<string>): string[] {
  return [...versions].filter(each => !others.has(each)).sort((a, b) => compareNixVersions(b, a))
}

function describeChange(name: string, before: string | undefined, after: string | undefined): PackageChange {
  if (before === undefined) return { kind: 'added', name, after: after ?? '' }
  if (after === undefined) return { kind: 'removed', name, before }
  const isUpgrade = compareNixVersions(before, after) <= 0
  return { kind: isUpgrade ? 'upgraded' : 'downgraded', name, before, after }
}
