import type { Host } from '../../host/host.js'
import type { FindOptions } from '../../nix/find-options.js'
import { type Found, findContainers } from '../../nix/flake.js'
import type { Nix } from '../../nix/nix.js'
import { UserError } from '../../util/error.js'

/** What a flake has for one system. */
interface Evaluated extends Found {
  readonly options: FindOptions
}

/**
 * Leaves out with a warning what does not evaluate, since it need not be an image. Throws a `UserError` with Nix's words where a
 * container would lose a platform that way, or nothing would be left.
 */
export async function passOver(nix: Nix, all: readonly Evaluated[], { log }: Host): Promise<void> {
  const found = all.flatMap(({ containers }) => containers)
  for (const { options, skipped } of all) {
    const lost = found.find(({ name }) => skipped.includes(name))
    if (lost !== undefined) throw await lostPlatform(nix, options, lost)
    const [first] = skipped
    if (first !== undefined && found.length === 0) throw await nothingLeft(nix, options, first)
  }
  for (const { options, skipped } of all)
    for (const name of skipped)
      log.warning(`${name} for ${options.system} does not evaluate, so it is left out`)
}

async function lostPlatform(
  nix: Nix,
  options: FindOptions,
  { name, system }: { readonly name: string; readonly system: string },
): Promise<UserError> {
  const why = await failureOf(nix, options, name)
  return new UserError(
    `${name} would lose ${options.system}, where it does not evaluate, though it does for ${system}${told(why)}`,
    {
      hint: `Repair it, or let the flake not have it for ${options.system} at all.`,
      at: why?.at,
      cause: why,
    },
  )
}

async function nothingLeft(nix: Nix, options: FindOptions, name: string): Promise<UserError> {
  const why = await failureOf(nix, options, name)
  return new UserError(`No image of the flake ${options.flake} evaluates${told(why)}`, {
    hint: why?.hint ?? 'If this is not about an image, name the containers that you want.',
    at: why?.at,
    cause: why,
  })
}

function told(why: UserError | undefined): string {
  return why === undefined ? '' : `. ${why.message}`
}

/** In a listing, Nix does not say why something fails; alone, it does. */
async function failureOf(nix: Nix, options: FindOptions, name: string): Promise<UserError | undefined> {
  try {
    await findContainers(nix, { ...options, names: [name], readOnly: true })
    return undefined
  } catch (error) {
    if (error instanceof UserError) return error
    throw error
  }
}
