import type { Host, Log } from '../../host/host.js'
import { OTHER_SYSTEM_HINT } from '../../nix/describe-error.js'
import { detectSystem } from '../../nix/system.js'
import type { System } from '../../oci/platform.js'
import { isSystemError, UserError } from '../../util/error.js'
import { exec } from '../../util/exec.js'
import { formatSeconds } from '../../util/text.js'
import { anonymousClient } from '../shared/registry-client.js'
import { keptFromImage, type QemuImageSource, takeFromImage } from './qemu-image.js'
import { keptFromPackage, type QemuPackageSource, takeFromPackage } from './qemu-package.js'

export interface QemuSources extends QemuPackageSource, QemuImageSource {
  readonly log: Pick<Log, 'info' | 'debug'>
}

/** About four seconds without a network: the build may well be there already, and need no QEMU. */
const ATTEMPTS = 4

/**
 * The sources of a run, for this machine.
 *
 * @param image a reference by digest
 */
export function qemuSources(host: Host, image: string): QemuSources {
  const { tools, temp, env, log } = host
  const client = () => anonymousClient(host, ATTEMPTS)
  return { tools, temp, env, log, image, signal: host.signal, exec, machine: detectSystem(), client }
}

interface Way {
  readonly name: (of: QemuSources) => string
  readonly kept: (system: System, of: QemuSources) => Promise<string | undefined>
  readonly take: (system: System, of: QemuSources) => Promise<string>
}

/** In the order in which they are tried. */
const WAYS: readonly Way[] = [
  { name: () => 'the package of this system', kept: keptFromPackage, take: takeFromPackage },
  { name: of => of.image, kept: keptFromImage, take: takeFromImage },
]

/**
 * Gets a static QEMU that runs a system's programs on this machine, and gives its path: one that is kept from an earlier run,
 * else out of the distribution's package, else out of an image in a registry. Throws a `UserError` with all reasons when
 * there is none.
 */
export async function provideQemu(system: System, of: QemuSources): Promise<string> {
  for (const way of WAYS) {
    const kept = await way.kept(system, of)
    if (kept !== undefined) return kept
  }
  const reasons: string[] = []
  for (const way of WAYS) {
    const path = await attempt(way, system, of, reasons)
    if (path !== undefined) return path
  }
  throw new UserError(`There is no QEMU for ${system} to be had here: ${reasons.join('; ')}`, {
    hint: `To build for ${system}: ${OTHER_SYSTEM_HINT}.`,
  })
}

async function attempt(
  way: Way,
  system: System,
  of: QemuSources,
  reasons: string[],
): Promise<string | undefined> {
  const began = Date.now()
  const from = `from ${way.name(of)}`
  try {
    const path = await way.take(system, of)
    of.log.info(`QEMU for ${system}: taken ${from} in ${formatSeconds(Date.now() - began)}`)
    return path
  } catch (error) {
    of.signal?.throwIfAborted()
    if (!(error instanceof UserError || isSystemError(error))) throw error
    of.log.debug(`QEMU for ${system}: not ${from}: ${error.message}`)
    reasons.push(`${from}: ${error.message}`)
    return undefined
  }
}
