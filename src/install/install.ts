import { stat } from 'node:fs/promises'
import { availableParallelism } from 'node:os'
import { join } from 'node:path'
import { networkVariables } from '../http/proxy.js'
import { UserError } from '../util/error.js'
import { exists } from '../util/files.js'
import { type Privileges, runAsRoot } from '../util/root.js'
import { type MachineSetup, makeSettings, writeSettings } from './configure.js'
import { type Daemon, startDaemon } from './daemon.js'
import { withMachineLock } from './lock.js'
import { chooseInstallMode, type InstallMode, type InstallOptions } from './options.js'
import { type NixPrograms, provideNix } from './provide.js'
import { canSandbox, isContainer, probeConfinement } from './sandbox.js'

/** A Nix that we have put on this machine. */
export interface InstalledNix {
  /** The folder of its programs, for PATH. */
  readonly bin: string
  readonly version: string
  readonly how: 'release' | 'package'
  readonly mode: 'daemon' | 'single-user'
  /** Builds see only what they were told to. */
  readonly sandbox: boolean
  /** Ours to stop; `undefined` where one ran already, or none is needed. */
  readonly daemon: Daemon | undefined
  /** Lines for the user's own nix.conf, where there is no other place for them. */
  readonly conf: readonly string[]
  /** That later programs need, too. */
  readonly variables: Readonly<Record<string, string>>
}

/** Another installation may have to download on a slow line. */
const TURN_MS = 15 * 60_000

/**
 * Puts Nix on a machine that has none and makes it ready to build: with a daemon of root's where we may be root, else for this
 * user alone. One at a time on a machine: who comes later finds what the first one has made. Throws a `UserError` when that
 * cannot be done; then nothing half-unpacked stays behind.
 */
export function installNix(options: InstallOptions): Promise<InstalledNix> {
  const { root = '/', env, signal, log } = options
  const onWait = (): void => log.info('Another process is installing Nix on this machine: waiting for it')
  return withMachineLock(root, { env, signal, onWait, timeoutMs: TURN_MS }, () => install(options))
}

async function install(options: InstallOptions): Promise<InstalledNix> {
  const { exec, uid, platform, user, root = '/' } = options
  const folder = join(root, 'nix')
  if (platform === 'darwin') await makeNixVolume(user, { exec, uid }, folder)
  const access = await chooseInstallMode(folder, { exec, uid }, platform)
  const [program, sandbox] = await Promise.all([
    provideNix(options, folder, access),
    platform === 'linux' && canSandbox(access.privileges),
    options.openKvm && openKvm(root, { exec, uid }),
  ])
  const machine = { mode: access.mode, user, sandbox, filter: true, shell: program.shell }
  return access.mode === 'daemon'
    ? withDaemon(program, machine, folder, access, options)
    : forOneUser(program, machine, access, options)
}

async function withDaemon(
  program: NixPrograms,
  machine: MachineSetup,
  folder: string,
  { privileges }: InstallMode,
  options: InstallOptions,
): Promise<InstalledNix> {
  const { env, root = '/', signal } = options
  const write = (settings: MachineSetup): Promise<void> =>
    writeSettings(join(root, 'etc'), settings, availableParallelism(), privileges)
  await write(machine)
  const tried = await triedOut(program, machine, privileges, options)
  if (tried !== machine) await write(tried)
  const variables = await chooseCertificates(root, env, program.cacert)
  const daemon = await startDaemon({
    bin: program.bin,
    folder,
    rights,
    signal,
    variables: { ...networkVariables(env), ...variables },
  })
  return { ...told(program, tried, options), daemon, conf: [], variables }
}

async function forOneUser(
  program: NixPrograms,
  machine: MachineSetup,
  { privileges }: InstallMode,
  options: InstallOptions,
): Promise<InstalledNix> {
  const { env, root = '/' } = options
  const tried = await triedOut(program, machine, privileges, options)
  const variables = await chooseCertificates(root, env, program.cacert)
  const { defaults, needed } = makeSettings(tried)
  return { ...told(program, tried, options), daemon: undefined, conf: [...defaults, ...needed], variables }
}

/** A machine that is no container is as its probes say, and need not wait for a build. */
async function triedOut(
  { bin }: NixPrograms,
  machine: MachineSetup,
  rights: InstallMode['privileges'],
  { env, root = '/', platform, log }: InstallOptions,
): Promise<MachineSetup> {
  if (platform !== 'linux' || !(await isContainer(root, env))) return machine
  const found = await probeConfinement(bin, machine, rights, log.warning)
  return found.sandbox === machine.sandbox && found.filterSyscalls === machine.filterSyscalls
    ? machine
    : { ...machine, ...found }
}

function told(program: NixPrograms, { mode, sandbox }: MachineSetup, { platform, log }: InstallOptions) {
  if (!sandbox && platform === 'linux')
    log.warning('Builds have no sandbox here: the namespaces that one is made of are not allowed')
  return { bin: program.bin, version: program.version, how: program.how, mode, sandbox }
}

type Env = Readonly<Record<string, string | undefined>>

/** Where Nix looks by itself. */
const FOUND_BY_NIX = 'etc/ssl/certs/ca-certificates.crt'

/** Where systems keep the certificates of authorities that they trust, in one file. */
const BUNDLES = [
  'etc/ssl/certs/ca-bundle.crt',
  'etc/pki/tls/certs/ca-bundle.crt',
  'etc/ssl/ca-bundle.pem',
  'etc/ssl/cert.pem',
]

/**
 * The variable that leads Nix to certificates, where it would find none or others by itself: to those that the user set
 * for other programs, the system's, or those that came with Nix.
 */
export async function chooseCertificates(
  root: string,
  env: Env,
  cacert: string | undefined,
): Promise<Record<string, string>> {
  const file = env.NIX_SSL_CERT_FILE || env.SSL_CERT_FILE || (await findBundle(root, cacert))
  return file === undefined ? {} : { NIX_SSL_CERT_FILE: file }
}

async function findBundle(root: string, cacert: string | undefined): Promise<string | undefined> {
  if (await exists(join(root, FOUND_BY_NIX))) return undefined
  const own = cacert === undefined ? [] : [join(cacert, 'etc/ssl/certs/ca-bundle.crt')]
  for (const file of [...BUNDLES.map(bundle => join(root, bundle)), ...own]) {
    if (await exists(file)) return file
  }
  return undefined
}

const FOR_ALL = 0o006

/** Lets every user run virtual machines with the kernel's help, as builds that ask for `kvm` do. Never fails. */
export async function openKvm(root: string, rights: Privileges): Promise<void> {
  const device = join(root, 'dev/kvm')
  const mode = await stat(device).then(
    stats => stats.mode,
    () => FOR_ALL,
  )
  if ((mode & FOR_ALL) !== FOR_ALL) await runAsRoot(rights, 'chmod', ['a+rw', device])
}

/**
 * The root of a Mac is read-only: /nix can only be a mount point that the system makes by itself out of synthetic.conf, with a
 * volume of its own on it. Arguments: the user that it shall belong to.
 */
const SCRIPT = String.raw`
set -eu
grep -qx nix /etc/synthetic.conf 2>/dev/null || printf 'nix\n' >>/etc/synthetic.conf
# It fails where there is nothing new to make.
/System/Library/Filesystems/apfs.fs/Contents/Resources/apfs.util -t || :
disk=$(diskutil info / | sed -n 's/^ *Part of Whole: *//p')
diskutil apfs addVolume "$disk" APFS 'Nix Store' -mountpoint /nix
diskutil enableOwnership /nix || :
mdutil -i off /nix || :
chown "$1" /nix
`

/** Makes /nix on a Mac that has none, for this user. Throws a `UserError` when that takes rights that we have not. */
export async function makeNixVolume(user: string, rights: Privileges, folder = '/nix'): Promise<void> {
  if (await exists(folder)) return
  const result = await runAsRoot(rights, 'sh', ['-c', SCRIPT, 'volume', user])
  if (result.code === 0) return
  throw new UserError(`No volume could be made for /nix: ${result.stderr.trim() || result.stdout.trim()}`, {
    hint: 'It takes root. Run this as a user with passwordless sudo, or install Nix before: it is then used as it is.',
  })
}
