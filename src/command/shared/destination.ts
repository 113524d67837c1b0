import { type Reference, referenceName } from '../../oci/reference.js'
import { UserError } from '../../util/error.js'
import type { Outlets } from './destinations.js'
import type { Whole } from './platform-image.js'
import { repositoryOf } from './repository-of.js'
import { fill } from './template.js'

/** Where one container's index goes. */
export interface Destination {
  readonly whole: Whole
  readonly repositories: readonly Reference[]
  /** The path of the multi-arch archive to write. */
  readonly archive: string | undefined
}

/** Fills the templates for each container, and refuses two containers with one place before anything is written. */
export function destinations(
  wholes: readonly Whole[],
  { image, archive, trial }: Pick<Outlets, 'image' | 'archive' | 'trial'>,
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
  of: Pick<Whole, 'container' | 'imageName'>,
  templates: readonly string[],
  owner: string | undefined,
): Reference[] {
  return templates.map(template => repositoryOf(fill(template, namesOf(of, owner), 'image')))
}

function namesOf(
  { container, imageName }: Pick<Whole, 'container' | 'imageName'>,
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
