import type { Host } from '../../host/host.js'
import type { Nix } from '../../nix/nix.js'
import type { System } from '../../oci/system.js'
import { exec } from '../../util/exec.js'
import { type Prepared, prepareSystem } from './emulation.js'

export interface MachineInputs {
  readonly emulation: 'auto' | 'off'
  readonly qemuImage: string
}

/** Makes the machine ready for each system that something is to be built on. */
export async function prepareAll(
  nix: Nix,
  builders: readonly string[],
  { emulation, qemuImage }: MachineInputs,
  host: Host,
  signal: AbortSignal,
): Promise<Map<string, Prepared>> {
  const { platform } = process
  const uid = process.getuid?.()
  const { env, log } = host
  const machines = new Map<string, Prepared>()
  for (const builder of new Set(builders)) {
    const prepared = await prepareSystem(nix, builder, {
      emulation,
      exec,
      env,
      platform,
      uid,
      provideQemu: system => qemuFor(system, qemuImage, host, signal),
    })
    log.debug(prepared.note)
    machines.set(builder, prepared)
  }
  return machines
}

/** Loaded only where it is needed: it brings what talks to registries. */
async function qemuFor(system: System, image: string, host: Host, signal: AbortSignal): Promise<string> {
  const { provideQemu, qemuSources } = await import('./qemu.js')
  return provideQemu(system, qemuSources(host, image, signal))
}
