import type { Host } from '../host/host.js'
import { parseReference, type Reference, referenceName } from '../oci/reference.js'
import { UsageError, UserError } from '../util/error.js'
import type { Whole } from './join.js'
import { checkCredential, type RegistryInputs } from './registry-client.js'
import { fill } from './template.js'

/** Where one container's index goes. */
export interface Destination {
  readonly whole: Whole
  readonly repositories: readonly Reference[]
  /** The path of the multi-arch archive to write. */
  readonly archive: string | undefined
}

export interface DestinationInputs {
  readonly image: readonly string[]
  readonly archive: string | undefined
}

/** Fills the templates for each container, and refuses two containers with one place before anything is written. */
export function destinations(
  wholes: readonly Whole[],
  inputs: DestinationInputs,
  owner: string | undefined,
): Destination[] {
  const all = wholes.map(whole => {
    const names = { name: whole.container, image: ownName(whole.imageName), owner }
    return {
      whole,
      repositories: inputs.image.map(template => repositoryOf(fill(template, names, 'image'))),
      archive: inputs.archive === undefined ? undefined : fill(inputs.archive, names, 'archive'),
    }
  })
  refuseShared(all)
  return all
}

/** An image may be named with the registry that it was meant for, which is not a part of its name elsewhere. */
function ownName(imageName: string): string {
  const [first = '', ...path] = imageName.split('/')
  return path.length > 0 && /[.:]|^localhost$/.test(first) ? (path.at(-1) ?? imageName) : imageName
}

function repositoryOf(text: string): Reference {
  const reference = parseReference(text)
  if (reference.tag === undefined && reference.digest === undefined) return reference
  throw new UsageError(`\`image\` names a tag or a digest: ${text}`, { hint: 'Give tags with `tags`.' })
}

function refuseShared(all: readonly Destination[]): void {
  const taken = new Map<string, string>()
  for (const { whole, repositories, archive } of all) {
    for (const place of new Set([
      ...repositories.map(referenceName),
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

/** Refuses a run that would leave nothing behind, or whose templates or credentials are wrong, before any work is done. */
export function checkDestination(inputs: DestinationInputs & RegistryInputs, host: Host): void {
  const owner = ownerOf(host)
  const templates = imageTemplates(inputs, owner)
  if (inputs.archive === undefined && templates.length === 0) {
    throw new UsageError('There is nowhere to put the image', {
      hint: 'Name a file with `archive`, a registry with `image`, or both.',
    })
  }
  const sample = { name: 'name', image: 'image', owner }
  if (inputs.archive !== undefined) fill(inputs.archive, sample, 'archive')
  checkCredential(
    inputs,
    templates.map(template => repositoryOf(fill(template, sample, 'image'))),
  )
}

/** Whose repository this is, on GitHub. */
export function ownerOf(host: Host): string | undefined {
  return host.kind === 'github' ? host.env.GITHUB_REPOSITORY_OWNER : undefined
}

/** The `image` templates to use: the given ones, or ghcr.io on GitHub when no archive is asked for instead. */
export function imageTemplates(inputs: DestinationInputs, owner: string | undefined): readonly string[] {
  if (inputs.image.length > 0 || inputs.archive !== undefined || owner === undefined) return inputs.image
  return ['ghcr.io/{owner}/{image}']
}
