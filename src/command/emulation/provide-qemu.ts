import type { Host, Log } from '../../host/host.js'
import { ONLY_IF_SLOW } from '../../host/progress.js'
import { detectSystem } from '../../nix/detect-system.js'
import { OTHER_SYSTEM_HINT } from '../../nix/find-failure-hint.js'
import type { System } from '../../oci/platform.js'
import { isSystemError, UserError } from '../../util/error.js'
import { exec } from '../../util/exec.js'
import { formatPartOfBytes, formatSeconds } from '../../util/text.js'
import { createAnonymousClient } from '../shared/registry-client.js'
import { fetchImageQemu, findSavedImageQemu, type QemuImageContext } from './qemu-from-image.js'
import { fetchPackageQemu, findSavedPackageQemu, type QemuPackageContext } from './qemu-from-package.js'

export interface QemuContext extends QemuPackageContext, QemuImageContext {
  readonly log: Pick<Log, 'info' | 'debug' | 'warning' | 'showProgress'>
}

/** About four seconds without a network. QEMU may not be needed at all, if the image is already built. */
const MAX_ATTEMPTS = 4

/** @param image a reference with a digest */
export function createQemuContext(host: Host, image: string): QemuContext {
  const { tools, temp, env, log } = host
  const openClient = () => createAnonymousClient(host, MAX_ATTEMPTS)
  const machine = detectSystem()
  const { arch } = process
  return { tools, temp, arch, env, log, image, signal: host.signal, exec, machine, openClient }
}

interface QemuSource {
  readonly nameOf: (context: QemuContext) => string
  /** Finds the QEMU that an earlier run fetched from this source, or a prefilled one. */
  readonly findSaved: (system: System, context: QemuContext) => Promise<string | undefined>
  readonly fetch: (system: System, context: QemuContext) => Promise<string>
}

/** In the order in which they are tried. An image is only for machines without a package, so it is the last one. */
const QEMU_SOURCES: readonly QemuSource[] = [
  {
    nameOf: () => 'the package of this system',
    findSaved: findSavedPackageQemu,
    fetch: fetchPackageQemu,
  },
  { nameOf: ({ image }) => image, findSaved: findSavedImageQemu, fetch: fetchImageQemu },
]

/**
 * Returns the path of a static QEMU that runs programs of a system on this machine: from the tool cache, or from the
 * distribution's package, or from an image in a registry. Throws a `UserError` with all reasons if there is none.
 */
export async function provideQemu(system: System, context: QemuContext): Promise<string> {
  for (const source of QEMU_SOURCES) {
    const saved = await source.findSaved(system, context)
    if (saved !== undefined) return saved
  }
  const reasons: string[] = []
  for (const source of QEMU_SOURCES) {
    const path = await tryFetch(source, system, context, reasons)
    if (path !== undefined) return path
  }
  throw new UserError(`QEMU for ${system} cannot be downloaded: ${reasons.join('; ')}`, {
    hint: `To build for ${system}: ${OTHER_SYSTEM_HINT}.`,
  })
}

/** On failure, returns `undefined` and adds the reason to `reasons`. */
async function tryFetch(
  source: QemuSource,
  system: System,
  context: QemuContext,
  reasons: string[],
): Promise<string | undefined> {
  const { log, signal } = context
  const began = Date.now()
  const from = `from ${source.nameOf(context)}`
  try {
    const path = await log.showProgress(
      `QEMU for ${system}`,
      report => {
        const show = (amount?: string): void => report({ activity: 'downloading', amount })
        show()
        const onProgress = (received: number, size: number): void => show(formatPartOfBytes(received, size))
        return source.fetch(system, { ...context, onProgress })
      },
      ONLY_IF_SLOW,
    )
    log.info(`QEMU for ${system}: downloaded ${from} in ${formatSeconds(Date.now() - began)}`)
    return path
  } catch (error) {
    signal?.throwIfAborted()
    if (!(error instanceof UserError || isSystemError(error))) throw error
    log.debug(`QEMU for ${system}: download ${from} failed: ${error.message}`)
    reasons.push(`${from}: ${error.message}`)
    return undefined
  }
}
