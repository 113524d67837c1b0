import { realpath } from 'node:fs/promises'
import { userInfo } from 'node:os'
import { delimiter, dirname } from 'node:path'
import type { Host } from '../../host/host.js'
import { ONLY_IF_SLOW } from '../../host/progress.js'
import type { installationInputs, postStepInputs } from '../../input/inputs-for-nix.js'
import type { Values } from '../../input/read-inputs.js'
import { type InstalledNix, installNix } from '../../install/install.js'
import type { InstallOptions } from '../../install/options.js'
import { DEFAULT_NIX_VERSION } from '../../install/releases.js'
import { findGoodNix, type Nix, openNix } from '../../nix/nix.js'
import { exec, findProgram } from '../../util/exec.js'
import { canUseRoot } from '../../util/run-as-root.js'
import { formatSeconds } from '../../util/text.js'
import { createRecorder } from '../shared/create-recorder.js'
import { type AvailableCaches, findAvailableCaches, type SubstituterInputs, writeUserConf } from './caches.js'
import { findUsableNix } from './find-usable-nix.js'
import { nixContextOf } from './nix-context.js'
import { addPostJobWork } from './post-job.js'

type InstallRequest = Partial<Values<typeof installationInputs & typeof postStepInputs>>
type NixRequest = SubstituterInputs & InstallRequest

/** An open Nix with the settings of the inputs. */
export interface ReadyNix extends ConfiguredNix {
  readonly nix: Nix
}

/** A Nix with the settings of the inputs. */
interface ConfiguredNix {
  /** The version, if Nix was installed by this run and its daemon has answered. */
  readonly runningVersion: string | undefined
  readonly caches: AvailableCaches
  /** The folders that were prepended to PATH. */
  readonly paths: readonly string[]
  /** The variables that were exported for later steps. */
  readonly variables: Readonly<Record<string, string>>
}

/**
 * Finds Nix and configures it. On GitHub, Nix is installed if it is missing, and the settings apply to the rest of the job. On a
 * local machine, nothing is installed, and the settings apply to this command only.
 */
export async function prepareNix(inputs: NixRequest, host: Host): Promise<ReadyNix> {
  const install = host.kind === 'github'
  const folder = install ? host.stateFolder.path : host.temp
  const configured = await setUpNix(inputs, host, { install, folder })
  return { ...configured, nix: await openNix(nixContextOf(host)) }
}

interface NixSetupOptions {
  /** Install Nix if it is missing. */
  readonly install: boolean
  /** The folder for the settings, which contain secrets. */
  readonly folder: string
}

/** Finds or installs Nix, and writes its settings with the caches of the inputs. */
export async function setUpNix(
  inputs: NixRequest,
  host: Host,
  { install, folder }: NixSetupOptions,
): Promise<ConfiguredNix> {
  if (install && inputs.persist !== undefined && inputs.persist.length > 0)
    await addPostJobWork(host.stateFolder, { persist: inputs.persist })
  const { runningVersion, paths, variables, conf } = await provideNix(inputs, install, host)
  const caches = await findAvailableCaches(inputs, host, await readNetrcPath(inputs, host))
  const files = await writeUserConf(folder, { substituters: caches, inputs, lines: conf }, host)
  host.exportVariable('NIX_USER_CONF_FILES', files)
  return { runningVersion, caches, paths, variables: { ...variables, NIX_USER_CONF_FILES: files } }
}

/** Returns the path of Nix's netrc file, or '' if no input needs it. Reading the path requires a call of Nix. */
async function readNetrcPath(
  { cachix, extraSubstituters, netrc }: SubstituterInputs,
  host: Host,
): Promise<string> {
  const isNeeded = cachix.length + extraSubstituters.length > 0 || netrc !== undefined
  return isNeeded ? (await openNix(nixContextOf(host))).settings.netrcFile : ''
}

/** What other programs need to find Nix. */
interface ProvidedNix {
  /** The folders that were prepended to PATH. */
  readonly paths: readonly string[]
  readonly variables: Readonly<Record<string, string>>
  /** Lines for the user's nix.conf. */
  readonly conf: readonly string[]
  /** The version, if Nix was installed by this run and its daemon has answered. */
  readonly runningVersion: string | undefined
}

/** Finds Nix, or installs it if that is allowed, and sets PATH and variables for this process and later steps. */
async function provideNix(inputs: InstallRequest, install: boolean, host: Host): Promise<ProvidedNix> {
  if (!install) return addToPath(await findGoodNix(host.env, exec), host)
  const recorder = createRecorder(host)
  const found = await findUsableNix(recorder, host)
  if (found?.state === 'ready') return addToPath(found.program, host)
  if (found?.state === 'stopped') return startExistingDaemon(found.program, inputs, host)
  const { bin, variables, conf, daemon, version } = await installForHost(inputs, host, { recorder })
  host.addPath(bin)
  for (const [name, value] of Object.entries(variables)) host.exportVariable(name, value)
  return { paths: [bin], variables, conf, runningVersion: daemon && version }
}

/** Starts the daemon of a Nix that this program did not install. Without root, the Nix is used as it is. */
async function startExistingDaemon(
  program: string,
  inputs: InstallRequest,
  host: Host,
): Promise<ProvidedNix> {
  const provided = await addToPath(program, host)
  const existing = await findDaemonFolder(program)
  const canStart = process.platform === 'linux' && (await canUseRoot({ exec, uid: process.getuid?.() }))
  if (existing === undefined || !canStart) {
    const reason = existing === undefined ? 'has no program nix-daemon' : 'cannot be started by this user'
    host.log.warning(
      `The daemon of ${program} does not answer, and it ${reason}. Start the service nix-daemon`,
    )
    return provided
  }
  const { variables } = await installForHost(inputs, host, { recorder: createRecorder(host), existing })
  for (const [name, value] of Object.entries(variables)) host.exportVariable(name, value)
  return { ...provided, variables }
}

/** Returns the folder of the program `nix-daemon` of a Nix. */
async function findDaemonFolder(program: string): Promise<string | undefined> {
  const folders = [dirname(program), dirname(await realpath(program))]
  const daemon = await findProgram(folders.join(delimiter), 'nix-daemon')
  return daemon && dirname(daemon)
}

/** Adds the folder of Nix to PATH, because `findGoodNix` also searches other folders. */
async function addToPath(found: string | undefined, host: Host): Promise<ProvidedNix> {
  const first = await findProgram(host.env.PATH ?? '', 'nix')
  const paths = found === undefined || found === first ? [] : [dirname(found)]
  for (const folder of paths) host.addPath(folder)
  return { paths, variables: {}, conf: [], runningVersion: undefined }
}

async function installForHost(
  inputs: InstallRequest,
  host: Host,
  parts: Pick<InstallOptions, 'recorder' | 'existing'>,
): Promise<InstalledNix> {
  const began = Date.now()
  const { env, log, tools, kind } = host
  const { platform, arch } = process
  const version = inputs.nixVersion ?? DEFAULT_NIX_VERSION
  const options: InstallOptions = {
    version,
    url: inputs.nixUrl,
    sha256: inputs.nixSha256,
    tools,
    temp: host.temp,
    exec,
    env,
    platform,
    arch,
    uid: process.getuid?.(),
    user: readUserName(env),
    log,
    signal: host.signal,
    // Change permissions of /dev/kvm only for jobs, not on a user's machine.
    openKvm: kind === 'github',
    ...parts,
  }
  const title = parts.existing === undefined ? `Nix ${version}` : 'Nix'
  const nix = await log.showProgress(title, report => installNix({ ...options, report }), ONLY_IF_SLOW)
  if (nix.daemon && parts.recorder === undefined)
    await addPostJobWork(host.stateFolder, { daemon: nix.daemon })
  log.info(`${describeInstallation(nix)}, in ${formatSeconds(Date.now() - began)}`)
  return nix
}

function describeInstallation({ version, how, mode, sandbox }: InstalledNix): string {
  if (how === 'existing') return `Started the daemon of the existing Nix ${version}`
  const from = how === 'package' ? ' from the package of this system' : ''
  const user = mode === 'daemon' ? 'with a daemon' : 'for this user only'
  return `Installed Nix ${version}${from} ${user} and with${sandbox ? '' : 'out'} a sandbox`
}

/** `userInfo` throws if the user ID has no name, as in some containers. */
function readUserName(env: Host['env']): string {
  try {
    return userInfo().username
  } catch {
    return env.USER ?? String(process.getuid?.())
  }
}
