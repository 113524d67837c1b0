import { parseReference, type Reference, referenceName } from '../oci/reference.js'
import { UsageError, UserError } from '../util/error.js'
import type { Whole } from './join.js'
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
    const names = { name: whole.container, image: whole.imageName, owner }
    return {
      whole,
      repositories: inputs.image.map(template => repositoryOf(fill(template, names, 'image'))),
      archive: inputs.archive === undefined ? undefined : fill(inputs.archive, names, 'archive'),
    }
  })
  refuseShared(all)
  return all
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

/** The `image` templates to use: the given ones, or ghcr.io on GitHub when no archive is asked for instead. */
export function imageTemplates(inputs: DestinationInputs, owner: string | undefined): readonly string[] {
  if (inputs.image.length > 0 || inputs.archive !== undefined || owner === undefined) return inputs.image
  return ['ghcr.io/{owner}/{image}']
}
