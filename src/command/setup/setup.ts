import type { Host } from '../../host/host.js'
import type { SetupInputs } from '../../input/inputs.js'
import { openNix } from '../../nix/nix.js'
import { prepareSystems } from '../emulation/emulation.js'
import { nixContextOf, setUpNix } from './ready-nix.js'

type SetupRequest = Omit<SetupInputs, 'json' | 'verbose'>

/** What a shell must know, so that its commands find Nix as it was set up. */
interface Setup {
  /** Of Nix. */
  readonly version: string
  /** To stand first in PATH. */
  readonly paths: readonly string[]
  readonly variables: Readonly<Record<string, string>>
  /** The systems that were asked for, and how each is built here. */
  readonly systems: Readonly<Record<string, string>>
}

/** Makes a machine ready, for as long as it runs or until `stop`. Throws a `UserError` where a system cannot be built for. */
export async function setup(inputs: SetupRequest, host: Host): Promise<Setup> {
  const options = { install: true, folder: host.stateFolder.path }
  const { running, paths, variables } = await setUpNix(inputs, host, options)
  // What was said to a daemon just now need not be said to it again, unless there are settings of which Nix knows more than we.
  if (running !== undefined && inputs.systems.length + inputs.nixConf.length === 0)
    return { version: running, paths, variables, systems: {} }
  const nix = await openNix(nixContextOf(host))
  const machines = await prepareSystems(nix, inputs.systems, inputs, host)
  for (const prepared of machines.values()) if (prepared.how === 'none') throw prepared.problem
  const systems = [...machines].map(([system, { note }]) => [system, note])
  return { version: nix.version.text, paths, variables, systems: Object.fromEntries(systems) }
}

/** Lines for `eval` in a shell of the Bourne family. */
export function formatShellLines({ paths, variables }: Setup): string {
  const set = Object.entries(variables).map(([name, value]) => `export ${name}=${quoted(value)}`)
  return [...paths.map(folder => `export PATH=${quoted(folder)}:"$PATH"`), ...set].join('\n')
}

function quoted(text: string): string {
  return `'${text.replaceAll("'", "'\\''")}'`
}
