import { type Reference, referenceName } from '../../oci/reference.js'
import type { Repository } from '../../registry/repository.js'
import type { Wanted } from '../../tags/wanted.js'
import { differenceOf } from './derivations.js'
import type { PlannedContainer, PlannedSystem } from './plan-document.js'
import { type Holding, holdingOf } from './published.js'
import type { Base } from './registry-layers.js'

/** What a repository has of a container. */
export type Look =
  | {
      readonly kind: 'unchanged'
      readonly why: string
      readonly standing: Standing
      readonly refused: Refused
      readonly bases: readonly Base[]
    }
  | {
      readonly kind: 'new' | 'changed'
      readonly why: string
      readonly refused: Refused
      /** What repositories hold of it, one each at most. */
      readonly bases: readonly Base[]
    }

type Standing = NonNullable<PlannedContainer['standing']>

/** An exact version that names something else already, as a full reference. */
type Refused = string | undefined

/** Looks under one tag after the other until one holds an index of just these derivations. */
export async function lookFor(
  repository: Repository,
  tags: readonly Wanted[],
  systems: readonly PlannedSystem[],
): Promise<Look> {
  const { reference } = repository
  const name = referenceName(reference)
  let why: string | undefined
  let refused: Refused
  let base: Base | undefined
  for (const { tag, kind } of tags) {
    const found = await repository.findManifest(tag)
    if (found === 'no repository') break
    if (found === 'no manifest') continue
    const holding = holdingOf(found)
    const { manifests } = holding
    if (manifests.length > 0) base ??= { repository, manifests }
    const difference = differenceOf(manifests, systems)
    if (difference === undefined)
      return { ...unchanged(reference, tag, holding, refused), bases: [{ repository, manifests }] }
    why ??= difference
    if (kind === 'exact') refused = `${name}:${tag}`
  }
  const bases = base ? [base] : []
  if (why !== undefined) return { kind: 'changed', why, refused, bases }
  return { kind: 'new', why: `new: ${name} has no image of it yet`, refused, bases }
}

function unchanged(
  { registry, repository }: Reference,
  tag: string,
  { digest, version = tag, descriptor }: Holding,
  refused: Refused,
) {
  const image = referenceName({ registry, repository, digest: descriptor.digest })
  return {
    kind: 'unchanged' as const,
    why: `unchanged since ${version} (${digest.slice(0, 19)}…)`,
    standing: { image, digest: descriptor.digest },
    refused,
  }
}

/** Looks in every repository that a container goes to, of which there is one at least: it is unchanged only where all have it. */
export async function lookEverywhere(
  repositories: readonly Repository[],
  tags: readonly Wanted[],
  systems: readonly PlannedSystem[],
): Promise<Look> {
  const looks = await Promise.all(repositories.map(repository => lookFor(repository, tags, systems)))
  const look = looks.find(({ kind }) => kind !== 'unchanged') ?? (looks[0] as Look)
  const refused = looks.find(each => each.refused !== undefined)?.refused
  return { ...look, refused, bases: looks.flatMap(({ bases }) => bases) }
}
