import { basename } from 'node:path'
import { DERIVATION, DESCRIPTION, LICENSES, SOURCE, SYSTEM, TITLE, URL, VERSION } from '../oci/annotation.js'
import type { Annotations } from '../oci/descriptor.js'
import { type Index, makeIndex } from '../oci/image-index.js'
import { SYSTEMS, type System } from '../oci/system.js'
import type { Archived } from './archived.js'

/** All that one container has: an image for each system. */
export interface Whole {
  readonly container: string
  readonly imageName: string
  readonly archives: readonly Archived[]
}

/** Why one container cannot be joined. */
export interface Problem {
  readonly container: string
  readonly message: string
}

/**
 * Groups archives by container and checks that each container has every expected system once. Containers come sorted by
 * name, their archives in the systems' order, whatever order the archives came in.
 */
export function groupArchives(
  archives: readonly Archived[],
  expected: readonly System[] | 'any',
): { wholes: Whole[]; problems: Problem[] } {
  const systems = expected === 'any' ? [] : expected.length > 0 ? expected : systemsOf(archives)
  const wholes: Whole[] = []
  const problems: Problem[] = []
  for (const [container, own] of byContainer(archives)) {
    const sorted = own.toSorted((a, b) => SYSTEMS.indexOf(a.system) - SYSTEMS.indexOf(b.system))
    const faults = [
      ...doubles(sorted),
      ...strangers(sorted, systems, expected),
      ...missing(sorted, systems),
      ...names(sorted),
    ]
    if (faults.length === 0)
      wholes.push({ container, imageName: own[0]?.imageName ?? container, archives: sorted })
    else problems.push({ container, message: `${container}: ${faults.join('; ')}` })
  }
  return { wholes, problems }
}

/** Joins a container's images. Everything about the index follows from the archives and `extra`, so it is the same each time. */
export function joinIndex(whole: Whole, extra: Annotations = {}): Index {
  const images = whole.archives.map(({ image, system, derivation }) => {
    const annotations = { [SYSTEM]: system, ...(derivation && { [DERIVATION]: derivation }) }
    return { ...image, manifest: { ...image.manifest, annotations } }
  })
  return makeIndex(images, { ...sharedFacts(whole.archives), ...extra })
}

const SHARED = [TITLE, DESCRIPTION, LICENSES, VERSION, SOURCE, URL]

/** The facts on which all archives agree: an index speaks for all its platforms. */
function sharedFacts(archives: readonly Archived[]): Annotations {
  const agreed = SHARED.flatMap(key => {
    const [value, ...others] = new Set(archives.map(archive => archive.facts[key]))
    return value !== undefined && others.length === 0 ? [[key, value] as const] : []
  })
  return Object.fromEntries(agreed)
}

function byContainer(archives: readonly Archived[]): [string, Archived[]][] {
  const groups = new Map<string, Archived[]>()
  for (const archive of archives) {
    const group = groups.get(archive.container)
    if (group) group.push(archive)
    else groups.set(archive.container, [archive])
  }
  return [...groups].sort(([a], [b]) => (a < b ? -1 : 1))
}

function systemsOf(archives: readonly Archived[]): readonly System[] {
  const present = new Set(archives.map(archive => archive.system))
  return SYSTEMS.filter(system => present.has(system))
}

function doubles(archives: readonly Archived[]): string[] {
  return archives.flatMap((archive, n) => {
    const first = archives.findIndex(other => other.system === archive.system)
    const other = archives[first]
    return other && first < n
      ? [`${archive.system} is there twice, in ${basename(other.path)} and ${basename(archive.path)}`]
      : []
  })
}

function strangers(archives: readonly Archived[], systems: readonly System[], expected: unknown): string[] {
  if (expected === 'any') return []
  return archives
    .filter(archive => !systems.includes(archive.system))
    .map(archive => `${basename(archive.path)} is for ${archive.system}, which is not expected`)
}

function missing(archives: readonly Archived[], systems: readonly System[]): string[] {
  return systems
    .filter(system => !archives.some(archive => archive.system === system))
    .map(
      system => `${system} is missing (only ${archives.map(archive => basename(archive.path)).join(', ')})`,
    )
}

function names(archives: readonly Archived[]): string[] {
  const distinct = new Set(archives.map(archive => archive.imageName))
  if (distinct.size < 2) return []
  return [
    `its archives disagree about the image's name: ${archives.map(a => `${a.imageName} in ${basename(a.path)}`).join(', ')}`,
  ]
}
