import { join } from 'node:path'
import type { Host } from '../../host/host.js'
import type { MergeInputs } from '../../input/inputs.js'
import { formatReference, parseReference, type Reference } from '../../oci/reference.js'
import type { GitRef } from '../../tags/subject.js'
import { UsageError, UserError } from '../../util/error.js'
import { MERGED_ENDING } from './archives.js'
import type { ContainerImages } from './platform-image.js'
import { checkCredential, forReading, type RegistryInputs } from './registry-client.js'

interface DestinationTemplates {
  readonly image: readonly string[]
  readonly archive: string | undefined
}

/** Where the images of a run go, before it is known which images there are. */
export interface Destinations extends DestinationTemplates {
  /** The registries among the destinations. */
  readonly registries: readonly Pick<Reference, 'registry'>[]
  /** How to speak to them. */
  readonly access: RegistryInputs
  /** The multi-arch archives are artifacts of the run. */
  readonly asArtifacts: boolean
  /** Nobody asked for archives; they are there for people to try. */
  readonly trial: boolean
}

type DestinationInputs = DestinationTemplates & RegistryInputs & Pick<MergeInputs, 'push' | 'tags'>

/**
 * Decides where images go. A pull request pushes nothing, and leaves archives instead where there are artifacts. Refuses a run that
 * would leave nothing behind, or whose templates or credentials are wrong, before any work is done.
 */
export function resolveDestinations(inputs: DestinationInputs, host: Host, ref: GitRef): Destinations {
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
export function mayPush(
  { push }: Pick<MergeInputs, 'push'>,
  { isFromFork }: Host,
  { kind }: GitRef,
): boolean {
  return push === 'auto' ? kind !== 'pull-request' && !isFromFork : push === 'true'
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
  { image, archive, tags }: DestinationTemplates & Pick<MergeInputs, 'tags'>,
  owner: string | undefined,
): readonly string[] {
  if (image.length > 0) return image
  const named = tags.kind === 'list' ? tags.tags.flatMap(({ name }) => name ?? []) : []
  if (named.length > 0) return [...new Set(named)]
  return archive !== undefined || owner === undefined ? [] : ['ghcr.io/{owner}/{image}']
}

/** Where one container's index goes. */
export interface Destination {
  readonly whole: ContainerImages
  readonly repositories: readonly Reference[]
  /** The path of the multi-arch archive to write. */
  readonly archive: string | undefined
}

/** Fills the templates for each container, and refuses two containers with one place before anything is written. */
export function destinations(
  wholes: readonly ContainerImages[],
  { image, archive, trial }: Pick<Destinations, 'image' | 'archive' | 'trial'>,
  owner: string | undefined,
): Destination[] {
  const all = wholes.map(whole => ({
    whole,
    repositories: repositoriesOf(whole, image, owner),
    // What is in a registry can be tried from there.
    archive:
      archive === undefined || (trial && whole.unchanged)
        ? undefined
        : fill(archive, namesOf(whole, owner), 'archive'),
  }))
  refuseShared(all)
  return all
}

/** The repositories that one container's index goes to. */
export function repositoriesOf(
  of: Pick<ContainerImages, 'container' | 'imageName'>,
  templates: readonly string[],
  owner: string | undefined,
): Reference[] {
  return templates.map(template => repositoryOf(fill(template, namesOf(of, owner), 'image')))
}

function namesOf(
  { container, imageName }: Pick<ContainerImages, 'container' | 'imageName'>,
  owner: string | undefined,
) {
  return { name: container, image: ownName(imageName), owner }
}

/** An image may be named with the registry that it was meant for, which is not a part of its name elsewhere. */
function ownName(imageName: string): string {
  const [first = '', ...path] = imageName.split('/')
  return path.length > 0 && /[.:]|^localhost$/.test(first) ? (path.at(-1) ?? imageName) : imageName
}

function refuseShared(all: readonly Destination[]): void {
  const taken = new Map<string, string>()
  for (const { whole, repositories, archive } of all) {
    for (const place of new Set([
      ...repositories.map(formatReference),
      ...(archive === undefined ? [] : [archive]),
    ])) {
      const other = taken.get(place)
      if (other !== undefined) throw shared(place, other, whole.container)
      taken.set(place, whole.container)
    }
  }
}

function shared(place: string, one: string, other: string): UserError {
  return new UserError(`${one} and ${other} would both go to ${place}`, {
    hint: 'Put {name} or {image} into `image` and `archive`, or name one container.',
  })
}

/** What a template's placeholders stand for; an absent one cannot be used. */
interface Names {
  /** The container's name in the flake. */
  readonly name: string
  /** The image's own name, as dockerTools has it. */
  readonly image: string
  /** The owner of the repository on GitHub. */
  readonly owner?: string | undefined
}

/** Fills `{name}`, `{image}` and `{owner}` in. Throws a `UserError` for a placeholder that is unknown or has no value here. */
function fill(template: string, names: Names, input: string): string {
  return template.replace(/\{([^{}]*)\}/g, (whole, key: string) => {
    const value = new Map(Object.entries(names)).get(key)
    if (value !== undefined) return value
    throw new UserError(
      `\`${input}\` holds ${whole}, which ${key === 'owner' ? 'is known on GitHub only' : 'is no placeholder'}`,
      {
        hint: 'The placeholders are {name}, {image} and, on GitHub, {owner}.',
      },
    )
  })
}

/** Where a filled template leads. Throws a `UsageError` for one with a tag or a digest. */
function repositoryOf(text: string): Reference {
  const reference = parseReference(text)
  if (reference.tag === undefined && reference.digest === undefined) return reference
  throw new UsageError(`\`image\` names a tag or a digest: ${text}`, { hint: 'Give tags with `tags`.' })
}
