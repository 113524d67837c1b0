import { userInfo } from 'node:os'
import { delimiter, dirname } from 'node:path'
import type { Host } from '../../host/host.js'
import type { Values } from '../../input/input.js'
import type { installationInputs } from '../../input/nix-inputs.js'
import { isConfigured } from '../../install/configure.js'
import { isDaemonStopped } from '../../install/daemon.js'
import { type InstalledNix, installNix } from '../../install/install.js'
import { DEFAULT_NIX_VERSION } from '../../install/releases.js'
import { findUnpackedNix } from '../../install/unpack.js'
import { findNix, type Nix, type NixContext, openNix } from '../../nix/nix.js'
import { exec } from '../../util/exec.js'
import { formatSeconds } from '../../util/text.js'
import { type AvailableCaches, findAvailableCaches, type SubstituterInputs, writeUserConf } from './caches.js'
import { addPostJobWork } from './finish.js'

type NixRequest = SubstituterInputs & InstallRequest

/** A Nix that is set up with what the inputs say. */
export interface ReadyNix extends ConfiguredNix {
  readonly nix: Nix
}

/** The same, which need not have been called yet. */
interface ConfiguredNix {
  /** Of a Nix that was installed just now, and whose daemon has answered. */
  readonly running: string | undefined
  readonly caches: AvailableCaches
  /** What was put first in PATH. */
  readonly paths: readonly string[]
  /** What was exported for later steps. */
  readonly variables: Readonly<Record<string, string>>
}

interface ReadyOptions {
  /** Whether Nix may be installed where there is none. */
  readonly install: boolean
  /** Where the settings lie; they hold secrets. */
  readonly folder: string
}

/** On GitHub all is for the rest of the job, else for this command alone; a person's machine gets no Nix unasked. */
export async function prepareNix(inputs: NixRequest, host: Host): Promise<ReadyNix> {
  const install = host.kind === 'github'
  const folder = install ? host.stateFolder.path : host.temp
  const setUp = await setUpNix(inputs, host, { install, folder })
  return { ...setUp, nix: await openNix(nixContextOf(host)) }
}

/** Finds Nix or installs it, and sets it up with the caches that the inputs name. */
export async function setUpNix(
  inputs: NixRequest,
  host: Host,
  { install, folder }: ReadyOptions,
): Promise<ConfiguredNix> {
  const provided = await provideNix(inputs, install, host)
  const offered = await findAvailableCaches(inputs, host, await netrcFileOf(inputs, host))
  const files = await writeUserConf(folder, offered, inputs, host, provided.conf)
  host.exportVariable('NIX_USER_CONF_FILES', files)
  return {
    running: provided.running,
    caches,
    paths: provided.paths,
    variables: { ...provided.variables, NIX_USER_CONF_FILES: files },
  }
}

/** Asked for only where it matters, since it takes a call of Nix. */
async function netrcFileOf(
  { cachix, extraSubstituters, netrc }: SubstituterInputs,
  host: Host,
): Promise<string> {
  const matters = cachix.length + extraSubstituters.length > 0 || netrc !== undefined
  return matters ? (await openNix(nixContextOf(host))).settings.netrcFile : ''
}

/** What stands around the Nix of a host. */
export function nixContextOf({ env }: Host): NixContext {
  return { exec, env, uid: process.getuid?.() }
}

const NIX = '/nix'

type InstallRequest = Partial<Values<typeof installationInputs>>

/** A Nix that later programs find, once they have these. */
interface Provided {
  /** Folders that were put first in PATH. */
  readonly paths: readonly string[]
  readonly variables: Readonly<Record<string, string>>
  /** Lines for the user's own nix.conf. */
  readonly conf: readonly string[]
  /** Of a Nix that was installed just now, and whose daemon has answered. */
  readonly running?: string | undefined
}

/** Finds Nix, or installs it where that is allowed, and makes it known to this process and to later steps. */
async function provideNix(wanted: InstallRequest, install: boolean, host: Host): Promise<Provided> {
  const found = await findNix(host.env)
  if (!install || (found !== undefined && !(await isUnready(found, host)))) return known(found, host)
  const { bin, variables, conf, daemon, version } = await installed(wanted, host)
  host.addPath(bin)
  for (const [name, value] of Object.entries(variables)) host.exportVariable(name, value)
  return { paths: [bin], variables, conf, running: daemon && version }
}

/** What we installed may wait for its daemon, or be new to this job, which then lacks its settings. */
async function isUnready(found: string, { env }: Host): Promise<boolean> {
  if (await isDaemonStopped()) return true
  return !isOnPath(found, env) && !(await isConfigured()) && (await findUnpackedNix(NIX)) !== undefined
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

async function installed(wanted: InstallRequest, host: Host): Promise<InstalledNix> {
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
    signal: host.signal,
    // A machine that is thrown away may be open; a person's is theirs to open.
    openKvm: kind === 'github',
  })
  if (nix.daemon) await addPostJobWork(host.stateFolder, { daemon: nix.daemon })
  log.info(`${describe(nix)}, in ${formatSeconds(Date.now() - began)}`)
  return nix
}

function describe({ version, how, mode, sandbox }: InstalledNix): string {
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
