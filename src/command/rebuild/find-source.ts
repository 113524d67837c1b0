import { resolve } from 'node:path'
import { pathToFileURL } from 'node:url'
import { REVISION, SOURCE } from '../../oci/annotation-keys.js'
import type { Annotations } from '../../oci/descriptor.js'
import { UserError } from '../../util/error.js'
import { nameInput } from '../../util/input-name.js'
import { parseUrl, quoteControlCharacters } from '../../util/text.js'
import { parseParameters } from '../shared/work-tree.js'

/** The source that an image was built from. */
export interface RebuildSource {
  readonly revision: string
  /** The reference of the flake at this commit. */
  readonly flake: string
}

interface SourceRequest {
  /** The name of the image, for errors. */
  readonly name: string
  /** The annotations of the index. */
  readonly annotations: Annotations
  /** Where the source is, instead of the address in the image. */
  readonly flake: string | undefined
  /** The parameters of the flake in its repository, as the recipe says. */
  readonly parameters: string | undefined
}

/** Finds the commit that an image names, and the reference of its flake. Throws a `UserError` if the image does not name them. */
export function findSource({ name, annotations, flake, parameters }: SourceRequest): RebuildSource {
  const { [REVISION]: revision, [SOURCE]: source } = annotations
  if (revision === undefined || !/^[0-9a-f]{40}([0-9a-f]{24})?$/.test(revision)) {
    throw new UserError(
      `${name} does not record the commit that it was built from, so it cannot be rebuilt`,
      {
        hint: 'A build with uncommitted changes records no commit. Commit the changes, and publish the image again.',
      },
    )
  }
  const place = flake ?? placeOf(source, name)
  return { revision, flake: addParameters(place, { ...readParameters(parameters), rev: revision }) }
}

function placeOf(source: string | undefined, name: string): string {
  const url = parseUrl(source ?? '')
  // As the URL was parsed: Git reads `https:/path` as a path on the SSH server `https`.
  if (url !== undefined && /^https?:$/.test(url.protocol) && url.hash === '') return `git+${url.href}`
  const why =
    source === undefined ? 'does not name its repository' : `names ${quoteControlCharacters(source)}`
  throw new UserError(`${name} ${why}, so its source cannot be fetched`, {
    hint: `Clone the repository, and set ${nameInput('flake')} to that folder.`,
  })
}

function readParameters(text: string | undefined): Readonly<Record<string, string>> {
  return Object.fromEntries(new URLSearchParams(parseParameters(text)))
}

/** Adds parameters to a flake reference. Its own ones win, except for the commit. A folder becomes a URL. */
function addParameters(place: string, parameters: Readonly<Record<string, string>>): string {
  const [base = '', query = ''] = place.split('?')
  const isFolder = /^[./]/.test(base)
  if (base.startsWith('path:')) {
    throw new UserError(`${place} is a copy of a folder, which has no commits`, {
      hint: `Set ${nameInput('flake')} to a folder with a Git repository, or to a URL such as git+https://….`,
    })
  }
  const url = isFolder ? `git+${pathToFileURL(resolve(base))}` : base
  // Otherwise some versions of Nix fetch the default branch only, and do not find a commit of another one.
  const refs = /^git\+(?!file:)/.test(url) ? { allRefs: '1' } : {}
  const all = {
    ...refs,
    ...parameters,
    ...Object.fromEntries(new URLSearchParams(query)),
    rev: parameters.rev ?? '',
  }
  return `${url}?${new URLSearchParams(all).toString().replaceAll('%2F', '/')}`
}
