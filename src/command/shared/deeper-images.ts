import { attributeTextFor } from '../../nix/attribute-template.js'
import type { FindOptions } from '../../nix/check-flake-ref.js'
import { findDeeperImages } from '../../nix/flake.js'
import type { Nix } from '../../nix/nix.js'
import { systemOfWord } from '../../oci/platform.js'
import { UserError } from '../../util/error.js'
import { nameInput } from '../../util/input-name.js'

/** More sets are not searched, because each is evaluated. */
const MAX_SETS = 50

/**
 * Describes images that are one level deeper than the attribute, `packages.x86_64-linux.native.docker`, and the attribute that
 * selects them. Returns `undefined` if there are none.
 */
export async function describeDeeperImages(
  nix: Nix,
  options: FindOptions,
  sets: readonly string[],
): Promise<UserError | undefined> {
  const found = await findDeeperImages(nix, options, sets.slice(0, MAX_SETS))
  if (found.length === 0) return undefined
  const { flake, system, attribute } = options
  const list = found.map(
    ({ set, images }) => `${set}.${images.length === 1 ? images[0] : `{${images.join(',')}}`}`,
  )
  const text = attributeTextFor(attribute, system) ?? ''
  const hasOneLine = attribute.lines.length === 1
  const template = hasOneLine ? (attribute.lines[0]?.text ?? '') : `${system}=${text}`
  const names = found.map(({ set }) => set)
  // A set that is named like a platform is for that platform alone.
  const lines = names
    .filter(set => systemOfWord(set) !== undefined)
    .map(set => `${systemOfWord(set)}=${text.replace('{name}', `${set}.{name}`)}`)
  const templates = names
    .filter(set => systemOfWord(set) === undefined)
    .map(set => template.replace('{name}', `${set}.{name}`))
  const hint =
    templates.length === 0
      ? `Set ${nameInput('attribute')} to a line for each system: ${lines.join(', ')}.`
      : `Set ${nameInput('attribute')} to ${templates.join(' or ')}.`
  const more =
    lines.length > 0 && templates.length > 0 ? ` For one platform, add a line: ${lines.join(', ')}.` : ''
  return new UserError(
    `The flake ${flake} has no images for ${system} at ${text}, but one level deeper: ${list.join(', ')}`,
    { hint: `${hint}${more}` },
  )
}
