import { join } from 'node:path'
import type { Host } from '../../host/host.js'
import type { MergeInputs } from '../../input/inputs.js'
import type { Reference } from '../../oci/reference.js'
import type { GitRef } from '../../tags/subject.js'
import { UsageError } from '../../util/error.js'
import { MERGED_ENDING } from './archives.js'
import { checkCredential, forReading, type RegistryInputs } from './registry-client.js'
import { repositoryOf } from './repository-of.js'
import { fill } from './template.js'

export interface OutletTemplates {
  readonly image: readonly string[]
  readonly archive: string | undefined
}

/** Where the images of a run go, before it is known which images there are. */
export interface Outlets extends OutletTemplates {
  /** The registries among the destinations. */
  readonly registries: readonly Pick<Reference, 'registry'>[]
  /** How to speak to them. */
  readonly access: RegistryInputs
  /** The multi-arch archives are artifacts of the run. */
  readonly asArtifacts: boolean
  /** Nobody asked for archives; they are there for people to try. */
  readonly trial: boolean
}

type OutletInputs = OutletTemplates & RegistryInputs & Pick<MergeInputs, 'push' | 'tags'>

/**
 * Decides where images go. A pull request pushes nothing, and leaves archives instead where there are artifacts. Refuses a run that
 * would leave nothing behind, or whose templates or credentials are wrong, before any work is done.
 */
export function outlets(inputs: OutletInputs, host: Host, ref: GitRef): Outlets {
  const owner = ownerOf(host)
  const pushes = mayPush(inputs, host, ref)
  const asArtifacts = !pushes && host.artifacts !== undefined
  const templates = imageTemplates(inputs, owner)
  const image = pushes ? templates : []
  const archive = inputs.archive ?? (asArtifacts ? join(host.temp, `{name}${MERGED_ENDING}`) : undefined)
  if (archive === undefined && image.length === 0) {
    throw new UsageError('There is nowhere to put the image', {
      hint: 'Name a file with `archive`, a registry with `image`, or both.',
    })
  }
  const sample = { name: 'name', image: 'image', owner }
  if (archive !== undefined) fill(archive, sample, 'archive')
  // What a plan found unchanged is read from there also where nothing is pushed.
  const registries = templates.map(template => repositoryOf(fill(template, sample, 'image')))
  const access = pushes ? inputs : forReading(inputs)
  checkCredential(access, registries)
  return {
    image,
    archive,
    registries,
    access,
    asArtifacts,
    trial: asArtifacts && inputs.archive === undefined,
  }
}

/** What comes from outside, or is not agreed on yet, is not to be published. */
export function mayPush({ push }: Pick<MergeInputs, 'push'>, { fromFork }: Host, { kind }: GitRef): boolean {
  return push === 'auto' ? kind !== 'pull-request' && !fromFork : push === 'true'
}

/** Whose repository this is, on GitHub. */
export function ownerOf(host: Host): string | undefined {
  return host.kind === 'github' ? host.env.GITHUB_REPOSITORY_OWNER : undefined
}

/**
 * The `image` templates to use: the given ones, or those that stand before the tags, or ghcr.io on GitHub when no archive is asked
 * for instead.
 */
export function imageTemplates(
  { image, archive, tags }: OutletTemplates & Pick<MergeInputs, 'tags'>,
  owner: string | undefined,
): readonly string[] {
  if (image.length > 0) return image
  const named = tags.kind === 'list' ? tags.tags.flatMap(({ name }) => name ?? []) : []
  if (named.length > 0) return [...new Set(named)]
  return archive !== undefined || owner === undefined ? [] : ['ghcr.io/{owner}/{image}']
}
