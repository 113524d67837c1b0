import type { Host } from '../host/host.js'
import { type Nix, openNix } from '../nix/nix.js'
import { exec } from '../util/exec.js'
import { type CacheRequest, type Offered, offeredCaches, writeUserConf } from './caches.js'
import { type InstallRequest, provideNix } from './provide-nix.js'

export type NixRequest = CacheRequest & InstallRequest

/** A Nix that is set up with what the inputs say. */
export interface ReadyNix {
  readonly nix: Nix
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
export function readyForBuild(inputs: NixRequest, host: Host, signal: AbortSignal): Promise<ReadyNix> {
  const install = host.kind === 'github'
  return readyNix(inputs, host, signal, { install, folder: install ? host.kept.path : host.temp })
}

/** Finds Nix or installs it, and sets it up with the caches that the inputs name. */
export async function readyNix(
  inputs: NixRequest,
  host: Host,
  signal: AbortSignal,
  { install, folder }: ReadyOptions,
): Promise<ReadyNix> {
  const around = { exec, env: host.env, uid: process.getuid?.() }
  const provided = await provideNix(inputs, install, host, signal)
  const offered = await offeredCaches(inputs, host, signal, await netrcFileOf(inputs, around))
  const files = await writeUserConf(folder, offered, inputs, host, provided.conf)
  host.exportVariable('NIX_USER_CONF_FILES', files)
  return {
    nix: await openNix(around),
    offered,
    paths: provided.paths,
    variables: { ...provided.variables, NIX_USER_CONF_FILES: files },
  }
}

/** Asked for only where it matters, since it takes a call of Nix. */
async function netrcFileOf(
  { cachix, extraSubstituters, netrc }: CacheRequest,
  around: Parameters<typeof openNix>[0],
): Promise<string> {
  const matters = cachix.length + extraSubstituters.length > 0 || netrc !== undefined
  return matters ? (await openNix(around)).settings.netrcFile : ''
}
