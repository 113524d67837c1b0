import { userInfo } from 'node:os'
import { delimiter, dirname } from 'node:path'
import type { Host } from '../../host/host.js'
import type { Values } from '../../input/input.js'
import type { installation } from '../../input/nix-inputs.js'
import { isSetUp } from '../../install/configure.js'
import { type Installed, installNix } from '../../install/install.js'
import { waitsForDaemon } from '../../install/left-over.js'
import { DEFAULT_NIX_VERSION } from '../../install/releases.js'
import { placedBefore } from '../../install/unpack.js'
import { findNix } from '../../nix/nix.js'
import { exec } from '../../util/exec.js'
import { formatSeconds } from '../../util/text.js'
import { leaveUnfinished } from './unfinished.js'

const NIX = '/nix'

export type InstallRequest = Partial<Values<typeof installation>>

/** A Nix that later programs find, once they have these. */
export interface Provided {
  /** Folders that were put first in PATH. */
  readonly paths: readonly string[]
  readonly variables: Readonly<Record<string, string>>
  /** Lines for the user's own nix.conf. */
  readonly conf: readonly string[]
  /** Of a Nix that was installed just now, and whose daemon has answered. */
  readonly running?: string | undefined
}

/** Finds Nix, or installs it where that is allowed, and makes it known to this process and to later steps. */
export async function provideNix(
  wanted: InstallRequest,
  install: boolean,
  host: Host,
  signal: AbortSignal,
): Promise<Provided> {
  const found = await findNix(host.env)
  if (!install || (found !== undefined && !(await isUnready(found, host)))) return known(found, host)
  const { bin, variables, conf, daemon, version } = await installed(wanted, host, signal)
  host.addPath(bin)
  for (const [name, value] of Object.entries(variables)) host.exportVariable(name, value)
  return { paths: [bin], variables, conf, running: daemon && version }
}

/** What we installed may wait for its daemon, or be new to this job, which then lacks its settings. */
async function isUnready(found: string, { env }: Host): Promise<boolean> {
  if (await waitsForDaemon()) return true
  return !isOnPath(found, env) && !(await isSetUp()) && (await placedBefore(NIX)) !== undefined
}

/** It may have been found where a shell does not look. */
function known(found: string | undefined, host: Host): Provided {
  const hidden = found === undefined || isOnPath(found, host.env) ? [] : [dirname(found)]
  for (const folder of hidden) host.addPath(folder)
  return { paths: hidden, variables: {}, conf: [] }
}

function isOnPath(program: string, { PATH = '' }: Host['env']): boolean {
  return PATH.split(delimiter).includes(dirname(program))
}

async function installed(wanted: InstallRequest, host: Host, signal: AbortSignal): Promise<Installed> {
  const began = Date.now()
  const { env, log, tools, kind } = host
  const { platform, arch } = process
  const nix = await installNix({
    version: wanted.nixVersion ?? DEFAULT_NIX_VERSION,
    url: wanted.nixUrl,
    sha256: wanted.nixSha256,
    tools,
    temp: host.temp,
    exec,
    env,
    platform,
    arch,
    uid: process.getuid?.(),
    user: userName(env),
    log,
    signal,
    // A machine that is thrown away may be open; a person's is theirs to open.
    openKvm: kind === 'github',
  })
  if (nix.daemon) await leaveUnfinished(host.kept, { daemon: nix.daemon })
  log.info(`${describe(nix)}, in ${formatSeconds(Date.now() - began)}`)
  return nix
}

function describe({ version, how, mode, sandbox }: Installed): string {
  const from = how === 'package' ? ' from the package of this system' : ''
  const who = mode === 'daemon' ? 'with a daemon' : 'for this user alone'
  return `Nix ${version} is installed${from}: ${who}, with${sandbox ? '' : 'out'} a sandbox`
}

/** Some containers run under a number that has no name. */
function userName(env: Host['env']): string {
  try {
    return userInfo().username
  } catch {
    return env.USER ?? String(process.getuid?.())
  }
}
