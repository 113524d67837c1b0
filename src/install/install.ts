import { stat } from 'node:fs/promises'
import { availableParallelism } from 'node:os'
import { join } from 'node:path'
import { findSystemBundle, NIX_DEFAULT_BUNDLE } from '../http/certificate-bundle.js'
import { networkVariables } from '../http/proxy.js'
import { UserError } from '../util/error.js'
import { exists } from '../util/files.js'
import { type Privileges, runAsRoot } from '../util/run-as-root.js'
import { type MachineSetup, makeSettings, writeSettings } from './configure.js'
import { withMachineLock } from './machine-lock.js'
import { type MachineChanges, readBootId, recordFolderOf } from './machine-record.js'
import { chooseInstallMode, type InstallOptions } from './options.js'
import { type NixPrograms, provideNix } from './provide-nix.js'
import { canSandbox, isContainer, probeConfinement } from './sandbox.js'
import { type Daemon, startDaemon } from './start-daemon.js'

/** A Nix that was installed on this machine, or whose daemon was set up. */
export interface InstalledNix {
  /** The folder of its programs, for PATH. */
  readonly bin: string
  readonly version: string
  readonly how: NixPrograms['how']
  readonly mode: 'daemon' | 'single-user'
  /** True if builds run in a sandbox. */
  readonly sandbox: boolean
  /** The daemon that was started, or `undefined` if one was running already or none is needed. */
  readonly daemon: Daemon | undefined
  /** Lines for the user's nix.conf. Used if the system's nix.conf cannot be written. */
  readonly conf: readonly string[]
  /** Environment variables that later programs need. */
  readonly variables: Readonly<Record<string, string>>
}

/** Another process may be downloading Nix over a slow connection. */
const LOCK_TIMEOUT_MS = 15 * 60_000

/**
 * Installs Nix and prepares it for builds: with a daemon as root if possible, otherwise for this user alone. Only one
 * process on a machine installs at a time; the next one reuses its installation. Throws a `UserError` if Nix cannot be
 * installed. Then no partly unpacked files remain.
 */
export function installNix(options: InstallOptions): Promise<InstalledNix> {
  const { root = '/', env, signal, log, report } = options
  const onWait = (): void => {
    log.info('Waiting for another process that is installing Nix on this machine')
    report?.({ activity: 'waiting' })
  }
  const lock = { env, signal, onWait, timeoutMs: LOCK_TIMEOUT_MS }
  return withMachineLock(root, lock, () => runInstallation(options))
}

async function runInstallation(options: InstallOptions): Promise<InstalledNix> {
  const { exec, uid, platform, user, root = '/', recorder, report } = options
  report?.({ activity: 'installing' })
  const folder = join(root, 'nix')
  if (platform === 'darwin') await makeNixVolume(user, { exec, uid }, folder)
  const installMode = await chooseInstallMode(folder, { exec, uid }, platform)
  const { mode, privileges } = installMode
  if (mode === 'daemon') await recorder?.add(options.openKvm ? await describeKvmChange(root) : {})
  const [programs, sandbox] = await Promise.all([
    provideNix(options, folder, installMode),
    platform === 'linux' && canSandbox(privileges),
    options.openKvm && openKvm(root, { exec, uid }),
  ])
  const machine = { mode, user, sandbox, filterSyscalls: true, shell: programs.shell }
  const context = { programs, folder, privileges, options }
  return mode === 'daemon' ? setUpDaemon(machine, context) : setUpSingleUser(machine, context)
}

interface SetupContext {
  readonly programs: NixPrograms
  /** Nix's folder, `/nix`. */
  readonly folder: string
  readonly privileges: Privileges
  readonly options: InstallOptions
}

async function setUpDaemon(machine: MachineSetup, context: SetupContext): Promise<InstalledNix> {
  const { programs, folder, privileges, options } = context
  const { env, root = '/', signal, recorder, report } = options
  const target = { etc: join(root, 'etc'), privileges, recorder }
  const write = (setup: MachineSetup): Promise<void> => writeSettings(target, setup, availableParallelism())
  await write(machine)
  const probed = await probeMachine(machine, context)
  if (probed !== machine) await write(probed)
  const variables = await chooseCertificates(root, env, programs.cacert)
  report?.({ activity: 'starting the daemon' })
  const daemon = await startDaemon({
    bin: programs.bin,
    folder,
    privileges,
    signal,
    recordFolder: recorder && recordFolderOf(root),
    variables: { ...networkVariables(env), ...variables },
  })
  warnWithoutSandbox(probed, options)
  return { ...installationOf(programs, probed), daemon, conf: [], variables }
}

async function setUpSingleUser(machine: MachineSetup, context: SetupContext): Promise<InstalledNix> {
  const { programs, options } = context
  const { env, root = '/' } = options
  const probed = await probeMachine(machine, context)
  const variables = await chooseCertificates(root, env, programs.cacert)
  const { defaults, required } = makeSettings(probed)
  warnWithoutSandbox(probed, options)
  return {
    ...installationOf(programs, probed),
    daemon: undefined,
    conf: [...defaults, ...required],
    variables,
  }
}

/** Runs a build only in a container. On other machines `canSandbox` is reliable, and a build would take longer. */
async function probeMachine(
  machine: MachineSetup,
  { programs, privileges, options }: SetupContext,
): Promise<MachineSetup> {
  const { env, root = '/', platform, log } = options
  if (platform !== 'linux' || !(await isContainer(root, env))) return machine
  const probed = await probeConfinement(programs.bin, machine, privileges, log.warning)
  return probed.sandbox === machine.sandbox && probed.filterSyscalls === machine.filterSyscalls
    ? machine
    : { ...machine, ...probed }
}

function warnWithoutSandbox({ sandbox }: MachineSetup, { platform, log }: InstallOptions): void {
  if (!sandbox && platform === 'linux')
    log.warning(
      'Builds run without a sandbox: this machine does not allow the namespaces that a sandbox needs',
    )
}

function installationOf(
  { bin, version, how }: NixPrograms,
  { mode, sandbox }: MachineSetup,
): Pick<InstalledNix, 'bin' | 'version' | 'how' | 'mode' | 'sandbox'> {
  return { bin, version, how, mode, sandbox }
}

type Environment = Readonly<Record<string, string | undefined>>

/**
 * Returns `NIX_SSL_CERT_FILE` if Nix needs it to find the right certificates: the bundle that the user set for other
 * programs, the system's, or the one of the release of Nix (`cacert`). Returns no variable if Nix's default exists.
 */
export async function chooseCertificates(
  root: string,
  env: Environment,
  cacert: string | undefined,
): Promise<Record<string, string>> {
  const file = env.NIX_SSL_CERT_FILE || env.SSL_CERT_FILE || (await findBundle(root, cacert))
  return file === undefined ? {} : { NIX_SSL_CERT_FILE: file }
}

async function findBundle(root: string, cacert: string | undefined): Promise<string | undefined> {
  const bundle = await findSystemBundle(root)
  if (bundle !== undefined) return bundle === join(root, NIX_DEFAULT_BUNDLE) ? undefined : bundle
  const releaseBundle = join(cacert ?? '', 'etc/ssl/certs/ca-bundle.crt')
  return cacert !== undefined && (await exists(releaseBundle)) ? releaseBundle : undefined
}

const READ_WRITE_FOR_OTHERS = 0o006
const READ_WRITE_FOR_ALL = 0o666

/** Gives every user access to /dev/kvm, for builds that require the system feature `kvm`. Never fails. */
export async function openKvm(root: string, privileges: Privileges): Promise<void> {
  if (await isKvmClosed(root)) await runAsRoot(privileges, 'chmod', ['a+rw', kvmDeviceIn(root)])
}

async function describeKvmChange(root: string): Promise<MachineChanges> {
  if (!(await isKvmClosed(root))) return {}
  const mode = (await stat(kvmDeviceIn(root))).mode & 0o7777
  const [before, after] = [mode, mode | READ_WRITE_FOR_ALL].map(each => each.toString(8))
  return { kvm: { boot: await readBootId(), before: String(before), after: String(after) } }
}

async function isKvmClosed(root: string): Promise<boolean> {
  const mode = await stat(kvmDeviceIn(root)).then(
    stats => stats.mode,
    () => READ_WRITE_FOR_OTHERS,
  )
  return (mode & READ_WRITE_FOR_OTHERS) !== READ_WRITE_FOR_OTHERS
}

function kvmDeviceIn(root: string): string {
  return join(root, 'dev/kvm')
}

/**
 * The root folder of macOS is read-only. /nix can only be a mount point that the system creates because synthetic.conf
 * lists it, with an APFS volume mounted on it. Argument: the owner of /nix.
 */
const NIX_VOLUME_SCRIPT = String.raw`
set -eu
grep -qx nix /etc/synthetic.conf 2>/dev/null || printf 'nix\n' >>/etc/synthetic.conf
# Fails if there is no new mount point to create.
/System/Library/Filesystems/apfs.fs/Contents/Resources/apfs.util -t || :
disk=$(diskutil info / | sed -n 's/^ *Part of Whole: *//p')
diskutil apfs addVolume "$disk" APFS 'Nix Store' -mountpoint /nix
diskutil enableOwnership /nix || :
mdutil -i off /nix || :
chown "$1" /nix
`

/** Creates /nix on macOS for a user, if it does not exist. Throws a `UserError` if that fails, for example without root. */
export async function makeNixVolume(user: string, privileges: Privileges, folder = '/nix'): Promise<void> {
  if (await exists(folder)) return
  const result = await runAsRoot(privileges, 'sh', ['-c', NIX_VOLUME_SCRIPT, 'volume', user])
  if (result.code === 0) return
  throw new UserError(
    `The volume for /nix cannot be created: ${result.stderr.trim() || result.stdout.trim()}`,
    {
      hint:
        'Root is needed. Run this as a user with passwordless sudo, or install Nix first: an existing ' +
        'installation is left unchanged.',
    },
  )
}
