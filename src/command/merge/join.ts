import { basename } from 'node:path'
import { SYSTEMS, type System } from '../../oci/system.js'
import type { PlanDocument, PlannedContainer } from '../shared/plan-document.js'
import type { Piece, Whole } from '../shared/platform-image.js'

/** Why one container cannot be joined. */
export interface Problem {
  readonly container: string
  readonly message: string
}

/**
 * Groups pieces by container and checks that each container has every expected system once: those that are named, or that a plan
 * has for it, or that any of them has. Containers come sorted by name, their archives in the systems' order, whatever order the
 * archives came in.
 */
export function groupPieces(
  archives: readonly Piece[],
  expected: readonly System[] | 'any',
  plan?: PlanDocument,
): { wholes: Whole[]; problems: Problem[] } {
  const named = expected === 'any' ? [] : expected.length > 0 ? expected : systemsOf(archives)
  const wholes: Whole[] = []
  const problems: Problem[] = []
  for (const [container, own] of byContainer(archives)) {
    const planned = plan?.containers.find(({ name }) => name === container)
    const systems = expected.length === 0 && planned ? planned.systems.map(({ system }) => system) : named
    const sorted = own.toSorted((a, b) => SYSTEMS.indexOf(a.system) - SYSTEMS.indexOf(b.system))
    const faults = [
      ...doubles(sorted),
      ...strangers(sorted, systems, expected),
      ...missing(sorted, systems),
      ...names(sorted),
      ...others(sorted, planned),
    ]
    if (faults.length === 0)
      wholes.push({ container, imageName: own[0]?.imageName ?? container, pieces: sorted, unchanged: false })
    else problems.push({ container, message: `${container}: ${faults.join('; ')}` })
  }
  return { wholes, problems }
}

function byContainer(archives: readonly Piece[]): [string, Piece[]][] {
  const groups = new Map<string, Piece[]>()
  for (const archive of archives) {
    const group = groups.get(archive.container)
    if (group) group.push(archive)
    else groups.set(archive.container, [archive])
  }
  return [...groups].sort(([a], [b]) => (a < b ? -1 : 1))
}

function systemsOf(archives: readonly Piece[]): readonly System[] {
  const present = new Set(archives.map(archive => archive.system))
  return SYSTEMS.filter(system => present.has(system))
}

function doubles(archives: readonly Piece[]): string[] {
  return archives.flatMap((archive, n) => {
    const first = archives.findIndex(other => other.system === archive.system)
    const other = archives[first]
    return other && first < n
      ? [`${archive.system} is there twice, in ${basename(other.path)} and ${basename(archive.path)}`]
      : []
  })
}

function strangers(archives: readonly Piece[], systems: readonly System[], expected: unknown): string[] {
  if (expected === 'any') return []
  return archives
    .filter(archive => !systems.includes(archive.system))
    .map(archive => `${basename(archive.path)} is for ${archive.system}, which is not expected`)
}

function missing(archives: readonly Piece[], systems: readonly System[]): string[] {
  return systems
    .filter(system => !archives.some(archive => archive.system === system))
    .map(
      system => `${system} is missing (only ${archives.map(archive => basename(archive.path)).join(', ')})`,
    )
}

function names(archives: readonly Piece[]): string[] {
  const distinct = new Set(archives.map(archive => archive.imageName))
  if (distinct.size < 2) return []
  return [
    `its archives disagree about the image's name: ${archives.map(a => `${a.imageName} in ${basename(a.path)}`).join(', ')}`,
  ]
}

/** Two parts of one workflow run may build containers of one name. */
function others(archives: readonly Piece[], planned: PlannedContainer | undefined): string[] {
  return archives
    .filter(({ system, derivation }) => {
      const meant = planned?.systems.find(each => each.system === system)?.derivation
      return meant !== undefined && meant !== derivation
    })
    .map(
      ({ path }) =>
        `${basename(path)} is of another derivation than the plan's: something else has this name in the workflow run, or the flake has changed since`,
    )
}
