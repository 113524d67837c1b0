import { endianness } from 'node:os'
import type { System } from '../oci/platform.js'
import { UserError } from '../util/error.js'
import { nameInput } from '../util/input-name.js'

/** A machine, as described by `process` and `os.endianness()`. */
interface Machine {
  readonly platform: string
  /** The processor, as Node.js names it: `x64`, `arm64`. */
  readonly arch: string
  /** Only for `arm`: the version of the instruction set, `7` or `6`. */
  readonly armVersion?: string | undefined
  readonly endianness?: 'BE' | 'LE'
}

const SYSTEMS: Readonly<Record<string, System>> = {
  x64: 'x86_64-linux',
  arm64: 'aarch64-linux',
  armv7: 'armv7l-linux',
  armv6: 'armv6l-linux',
  ia32: 'i686-linux',
  ppc64LE: 'powerpc64le-linux',
  s390x: 's390x-linux',
  riscv64: 'riscv64-linux',
}

/**
 * Returns the system of the images that a machine can run without emulation. Images are always for Linux, so a Mac with an
 * Apple processor gets `aarch64-linux`. Throws a `UserError` if no image can be built for the machine.
 */
export function systemOfMachine(machine: Machine): System {
  const system = SYSTEMS[processorOf(machine)]
  if (system !== undefined && ['linux', 'darwin'].includes(machine.platform)) return system
  throw new UserError(
    `Images cannot be built for the system of this machine (${machine.platform}, ${machine.arch})`,
    {
      hint: `Set ${nameInput('systems')} to one or more of ${Object.values(SYSTEMS).join(', ')}.`,
    },
  )
}

function processorOf({ arch, armVersion, endianness }: Machine): string {
  if (arch === 'arm') return `armv${armVersion ?? '7'}`
  return arch === 'ppc64' ? `ppc64${endianness ?? 'LE'}` : arch
}

/** Returns the system of this machine. Throws like `systemOfMachine`. */
export function detectSystem(): System {
  const variables = process.config.variables as Readonly<Record<string, unknown>>
  const { platform, arch } = process
  const armVersion = arch === 'arm' ? String(variables.arm_version) : undefined
  return systemOfMachine({ platform, arch, armVersion, endianness: endianness() })
}
