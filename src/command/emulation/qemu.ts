import type { Host, Log } from '../../host/host.js'
import { OTHER_SYSTEM_HINT } from '../../nix/describe-error.js'
import { detectSystem } from '../../nix/system.js'
import type { System } from '../../oci/platform.js'
import { isSystemError, UserError } from '../../util/error.js'
import { exec } from '../../util/exec.js'
import { formatSeconds } from '../../util/text.js'
import { createAnonymousClient } from '../shared/registry-client.js'
import { fetchImageQemu, findSavedImageQemu, type QemuImageContext } from './qemu-image.js'
import { fetchPackageQemu, findSavedPackageQemu, type QemuPackageContext } from './qemu-package.js'

export interface QemuContext extends QemuPackageContext, QemuImageContext {
  readonly log: Pick<Log, 'info' | 'debug'>
}

/** About four seconds without a network: the build may well be there already, and need no QEMU. */
const ATTEMPTS = 4

/**
 * The sources of a run, for this machine.
 *
 * @param image a reference by digest
 */
export function createQemuContext(host: Host, image: string): QemuContext {
  const { tools, temp, env, log } = host
  const client = () => createAnonymousClient(host, ATTEMPTS)
  return { tools, temp, env, log, image, signal: host.signal, exec, machine: detectSystem(), client }
}

interface Way {
  readonly name: (of: QemuContext) => string
  readonly kept: (system: System, of: QemuContext) => Promise<string | undefined>
  readonly take: (system: System, of: QemuContext) => Promise<string>
}

/** In the order in which they are tried. */
const WAYS: readonly Way[] = [
  { name: () => 'the package of this system', kept: findSavedPackageQemu, take: fetchPackageQemu },
  { name: of => of.image, kept: findSavedImageQemu, take: fetchImageQemu },
]

/**
 * Gets a static QEMU that runs a system's programs on this machine, and gives its path: one that is kept from an earlier run,
 * else out of the distribution's package, else out of an image in a registry. Throws a `UserError` with all reasons when
 * there is none.
 */
export async function provideQemu(system: System, of: QemuContext): Promise<string> {
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
  of: QemuContext,
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
