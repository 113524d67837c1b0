import type { Host } from '../../host/host.js'
import { type Nix, type NixSurroundings, openNix } from '../../nix/nix.js'
import { exec } from '../../util/exec.js'
import { type CacheRequest, type Offered, offeredCaches, writeUserConf } from './caches.js'
import { type InstallRequest, provideNix } from './provide-nix.js'

export type NixRequest = CacheRequest & InstallRequest

/** A Nix that is set up with what the inputs say. */
export interface ReadyNix extends SetUpNix {
  readonly nix: Nix
}

/** The same, which need not have been called yet. */
export interface SetUpNix {
  /** Of a Nix that was installed just now, and whose daemon has answered. */
  readonly running: string | undefined
  readonly offered: Offered
  /** What was put first in PATH. */
  readonly paths: readonly string[]
  /** What was exported for later steps. */
  readonly variables: Readonly<Record<string, string>>
}

export interface ReadyOptions {
  /** Whether Nix may be installed where there is none. */
  readonly install: boolean
  /** Where the settings lie; they hold secrets. */
  readonly folder: string
}

/** On GitHub all is for the rest of the job, else for this command alone; a person's machine gets no Nix unasked. */
export async function readyForBuild(inputs: NixRequest, host: Host, signal: AbortSignal): Promise<ReadyNix> {
  const install = host.kind === 'github'
  const folder = install ? host.kept.path : host.temp
  const setUp = await setUpNix(inputs, host, signal, { install, folder })
  return { ...setUp, nix: await openNix(around(host)) }
}

/** Finds Nix or installs it, and sets it up with the caches that the inputs name. */
export async function setUpNix(
  inputs: NixRequest,
  host: Host,
  signal: AbortSignal,
  { install, folder }: ReadyOptions,
): Promise<SetUpNix> {
  const provided = await provideNix(inputs, install, host, signal)
  const offered = await offeredCaches(inputs, host, signal, await netrcFileOf(inputs, host))
  const files = await writeUserConf(folder, offered, inputs, host, provided.conf)
  host.exportVariable('NIX_USER_CONF_FILES', files)
  return {
    running: provided.running,
    offered,
    paths: provided.paths,
    variables: { ...provided.variables, NIX_USER_CONF_FILES: files },
  }
}

/** Asked for only where it matters, since it takes a call of Nix. */
async function netrcFileOf({ cachix, extraSubstituters, netrc }: CacheRequest, host: Host): Promise<string> {
  const matters = cachix.length + extraSubstituters.length > 0 || netrc !== undefined
  return matters ? (await openNix(around(host))).settings.netrcFile : ''
}

/** What stands around the Nix of a host. */
export function around({ env }: Host): NixSurroundings {
  return { exec, env, uid: process.getuid?.() }
}
