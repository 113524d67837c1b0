import { userInfo } from 'node:os'
import type { Host } from '../host/host.js'
import type { Values } from '../input/input.js'
import type { installation } from '../input/nix-inputs.js'
import { type Installed, installNix } from '../install/install.js'
import { waitsForDaemon } from '../install/left-over.js'
import { DEFAULT_NIX_VERSION } from '../install/releases.js'
import { findNix } from '../nix/nix.js'
import { exec } from '../util/exec.js'
import { formatSeconds } from '../util/format.js'
import { leaveUnfinished } from './unfinished.js'

export type InstallRequest = Partial<Values<typeof installation>>

/** Installs Nix where there is none, and makes it known to this process and to later steps; `undefined` when one is there. */
export async function provideNix(
  wanted: InstallRequest,
  host: Host,
  signal: AbortSignal,
): Promise<Installed | undefined> {
  if ((await findNix(host.env)) !== undefined && !(await waitsForDaemon())) return undefined
  const began = Date.now()
  const { env, log, tools, kind } = host
  const { platform, arch } = process
  const installed = await installNix({
    version: wanted.nixVersion ?? DEFAULT_NIX_VERSION,
    url: wanted.nixUrl,
    sha256: wanted.nixSha256,
    tools,
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
  if (installed.daemon) await leaveUnfinished(host.kept, { daemon: installed.daemon })
  host.addPath(installed.bin)
  for (const [name, value] of Object.entries(installed.variables)) host.exportVariable(name, value)
  log.info(`${describe(installed)}, in ${formatSeconds(Date.now() - began)}`)
  return installed
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
