import type { Host } from '../../host/host.js'
import type { SetupInputs } from '../../input/input-table.js'
import { openNix } from '../../nix/nix.js'
import { prepareSystems } from '../emulation/emulation.js'
import { nixContextOf } from './nix-context.js'
import { finish } from './post-job.js'
import { setUpNix } from './ready-nix.js'

type SetupRequest = Omit<SetupInputs, 'json' | 'quiet' | 'verbose'>

/** What a shell needs so that its commands use Nix with these settings. Printed by `setup --json`. */
interface Setup {
  /** The version of Nix. */
  readonly version: string
  /** Folders to prepend to PATH. */
  readonly paths: readonly string[]
  readonly variables: Readonly<Record<string, string>>
  /** The systems of the input, and how each is built on this machine. */
  readonly systems: Readonly<Record<string, string>>
}

/**
 * The command `setup`: prepares a machine until it is shut down, or until `stop`. Throws a `UserError` if the machine cannot
 * build for one of the systems; then the changes of this first call are undone.
 */
export async function setup(inputs: SetupRequest, host: Host): Promise<Setup> {
  const isFirst = host.stateFolder.existing === undefined
  try {
    return await setUpMachine(inputs, host)
  } catch (error) {
    if (isFirst && !host.signal.aborted) await finish(host)
    throw error
  }
}

async function setUpMachine(inputs: SetupRequest, host: Host): Promise<Setup> {
  const options = { install: true, folder: host.stateFolder.path }
  const { runningVersion, paths, variables } = await setUpNix(inputs, host, options)
  // The installation has just called the daemon. Nix is only called again to prepare systems, or to check the lines of
  // `nix-conf`.
  if (runningVersion !== undefined && inputs.systems.length + inputs.nixConf.length === 0)
    return { version: runningVersion, paths, variables, systems: {} }
  const nix = await openNix(nixContextOf(host))
  const prepared = await prepareSystems(nix, inputs.systems, inputs, host)
  for (const each of prepared.values()) if (each.how === 'none') throw each.problem
  const systems = Object.fromEntries([...prepared].map(([system, { note }]) => [system, note]))
  return { version: nix.version.text, paths, variables, systems }
}

/** Formats a setup as commands for `eval` in a POSIX shell. */
export function formatShellLines({ paths, variables }: Setup): string {
  const exports = Object.entries(variables).map(([name, value]) => `export ${name}=${quoteForShell(value)}`)
  return [...paths.map(folder => `export PATH=${quoteForShell(folder)}:"$PATH"`), ...exports].join('\n')
}

function quoteForShell(text: string): string {
  return `'${text.replaceAll("'", "'\\''")}'`
}
