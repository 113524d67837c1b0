import { rm } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'
import { ServerUnreachable } from '../http/download.js'
import { networkVariables } from '../http/proxy.js'
import { messageOf, UserError } from '../util/error.js'
import { findProgram } from '../util/exec.js'
import { exists, isExecutable } from '../util/files.js'
import { nameInput } from '../util/input-name.js'
import { type Privileges, runAsRoot } from '../util/run-as-root.js'
import { formatPartOfBytes } from '../util/text.js'
import { isConfigured } from './configure.js'
import { decompressXz, fetchRelease } from './fetch-and-verify-release.js'
import type { InstallMode, InstallOptions } from './options.js'
import { findRelease, type Release } from './releases.js'
import { findUnpackedNix, type UnpackedNix, unpackRelease } from './unpack.js'

/** The programs of a Nix on this machine. */
export interface NixPrograms {
  /** The folder of the programs. */
  readonly bin: string
  readonly version: string
  readonly how: 'release' | 'package' | 'existing'
  /** The store path of the certificates in the release. */
  readonly cacert?: string | undefined
  /** A program to use as /bin/sh in the sandbox, if this Nix may not include one. */
  readonly shell?: string | undefined
}

/**
 * Provides the programs of Nix: those of an earlier run, a release, or the distribution's package if the release cannot be
 * reached. Throws a `UserError` if none is available.
 */
export async function provideNix(
  options: InstallOptions,
  folder: string,
  installMode: InstallMode,
): Promise<NixPrograms> {
  const { exec, uid, existing } = options
  if (existing !== undefined)
    return { bin: existing, version: await readVersion(existing, { exec, uid }), how: 'existing' }
  const release = findRelease(options)
  const installed = await findInstalledPrograms(release, folder, options)
  if (installed !== undefined) return installed
  try {
    const tarball = await fetchTarball(release, options)
    return programsOf(await unpackTarball(tarball, folder, installMode, options))
  } catch (error) {
    if (!(error instanceof ServerUnreachable)) throw error
    if (installMode.mode === 'single-user') {
      throw new UserError(error.message, { hint: unreachableHint(), cause: error })
    }
    return installPackageInstead(error, options, installMode)
  }
}

async function findInstalledPrograms(
  { isCustom }: Release,
  folder: string,
  { version, exec, uid, root = '/' }: InstallOptions,
): Promise<NixPrograms | undefined> {
  const unpacked = await findUnpackedNix(folder)
  if (unpacked !== undefined) {
    return !isCustom && versionOf(unpacked) === version ? programsOf(unpacked) : undefined
  }
  const bin = packageFolderOf(root)
  const isInstalled = (await isPackageMarked(root)) || (await isConfigured(root))
  if (!isInstalled || !(await isExecutable(join(bin, 'nix-daemon')))) return undefined
  const packageVersion = await readVersion(bin, { exec, uid })
  return { bin, version: packageVersion, how: 'package', shell: await findStaticShell(root) }
}

/** Returns the folder of the programs of the distribution's package, if an earlier run installed it. */
export async function findInstalledPackage(root = '/'): Promise<string | undefined> {
  return (await isPackageMarked(root)) ? packageFolderOf(root) : undefined
}

function packageFolderOf(root: string): string {
  return join(root, 'usr/bin')
}

/** A file in /nix, which remains after the settings of a job were removed. */
function packageMarkOf(root: string): string {
  return join(root, 'nix/var/nix/nix-multiarch-package')
}

function isPackageMarked(root: string): Promise<boolean> {
  return exists(packageMarkOf(root))
}

async function markPackage(root: string, privileges: Privileges): Promise<void> {
  const file = packageMarkOf(root)
  await runAsRoot(privileges, 'sh', ['-c', 'mkdir -p "$1" && : >"$2"', 'mark', dirname(file), file])
}

function programsOf(unpacked: UnpackedNix): NixPrograms {
  return {
    bin: join(unpacked.nix, 'bin'),
    version: versionOf(unpacked),
    how: 'release',
    cacert: unpacked.cacert,
  }
}

function versionOf({ nix }: UnpackedNix): string {
  return nix.replace(/^.*-nix-/, '')
}

const DOWNLOAD_RETRY = { attempts: 4, firstWaitMs: 1000 }

function fetchTarball(release: Release, options: InstallOptions): Promise<string> {
  const { log, report, retry = DOWNLOAD_RETRY } = options
  const onProgress = (received: number, size: number | undefined): void =>
    report?.({ activity: 'downloading', amount: formatPartOfBytes(received, size) })
  return fetchRelease(release, { ...options, retry, debug: log.debug, onProgress })
}

async function unpackTarball(
  tarball: string,
  folder: string,
  { privileges }: InstallMode,
  { env, signal, temp, report }: InstallOptions,
): Promise<UnpackedNix> {
  report?.({ activity: 'unpacking' })
  const canUnpack = !tarball.endsWith('.xz') || (await findProgram(env.PATH ?? '', 'xz')) !== undefined
  const options = { privileges, signal }
  if (canUnpack) return unpackRelease(tarball, folder, options)
  const tar = join(temp, basename(tarball, '.xz'))
  await decompressXz(tarball, tar)
  return unpackRelease(tar, folder, options).finally(() => rm(tar, { force: true }))
}

async function installPackageInstead(
  reason: ServerUnreachable,
  options: InstallOptions,
  { privileges }: InstallMode,
): Promise<NixPrograms> {
  const { env, root = '/', signal, log, report } = options
  report?.({ activity: 'installing the package of this system' })
  try {
    const bin = await installPackage({ env, privileges, root, signal })
    const version = await readVersion(bin, privileges)
    await markPackage(root, privileges)
    log.warning(`${reason.message}. The package of this system was installed instead: Nix ${version}`)
    return { bin, version, how: 'package', shell: await findStaticShell(root) }
  } catch (error) {
    if (!(error instanceof UserError)) throw error
    const message = `${reason.message}. The package of this system cannot be installed either: ${messageOf(error)}`
    throw new UserError(message, { hint: unreachableHint(), cause: reason })
  }
}

function unreachableHint(): string {
  return (
    `This machine must reach releases.nixos.org, or a mirror: set ${nameInput('nix-url')} to its URL. ` +
    'Or install Nix first: an existing installation is left unchanged.'
  )
}

/** Finds a shell without dynamic libraries. It can be /bin/sh in the sandbox of a Nix without one, as in Debian 12. */
function findStaticShell(root: string): Promise<string | undefined> {
  return findProgram(join(root, 'usr/bin'), 'bash-static')
}

interface PackageContext {
  readonly env: Readonly<Record<string, string | undefined>>
  readonly privileges: Privileges
  readonly root: string
  readonly signal: AbortSignal
}

/** Installs the distribution's package of Nix, and returns the folder of its programs. Throws a `UserError` on failure. */
async function installPackage({ env, privileges, root, signal }: PackageContext): Promise<string> {
  const manager = await findPackageManager(env.PATH ?? '')
  if (manager === undefined)
    throw new UserError('this machine has no known package manager with a package of Nix')
  let errors = ''
  const variables = networkVariables(env)
  for (const [program = '', ...args] of manager.commands) {
    const { code, stdout, stderr } = await runAsRoot(privileges, program, args, { variables, signal })
    // If the package list cannot be updated, an older list may still be sufficient.
    errors += code === 0 ? '' : `\n${(stderr.trim() || stdout.trim()).split('\n').slice(-5).join('\n')}`
  }
  const bin = packageFolderOf(root)
  if (await isExecutable(join(bin, 'nix-daemon'))) return bin
  throw new UserError(
    `${manager.program} did not install Nix:${errors || ` ${join(bin, 'nix-daemon')} is missing`}`,
  )
}

interface PackageManager {
  readonly program: string
  /** The commands that install Nix, in order. They run as root. */
  readonly commands: readonly (readonly string[])[]
}

async function findPackageManager(path: string): Promise<PackageManager | undefined> {
  for (const manager of PACKAGE_MANAGERS) {
    if ((await findProgram(path, manager.program)) !== undefined) return manager
  }
  return undefined
}

const NONINTERACTIVE = ['env', 'DEBIAN_FRONTEND=noninteractive']

const APT_OPTIONS = [
  '-q',
  '-o',
  'Acquire::Retries=1',
  '-o',
  'Acquire::http::Timeout=15',
  '-o',
  'DPkg::Lock::Timeout=60',
]

const APT_PACKAGES = ['nix-bin', 'bash-static']

/** The package managers that have Nix. The first one on PATH is used. */
const PACKAGE_MANAGERS: readonly PackageManager[] = [
  {
    program: 'apt-get',
    commands: [
      ['apt-get', ...APT_OPTIONS, 'update'],
      [
        ...NONINTERACTIVE,
        'apt-get',
        ...APT_OPTIONS,
        'install',
        '-y',
        '--no-install-recommends',
        ...APT_PACKAGES,
      ],
    ],
  },
  { program: 'dnf', commands: [['dnf', '-q', '-y', 'install', 'nix', 'nix-daemon']] },
  { program: 'apk', commands: [['apk', 'add', '--no-progress', 'nix']] },
  { program: 'pacman', commands: [['pacman', '-Sy', '--noconfirm', '--needed', 'nix']] },
  { program: 'zypper', commands: [['zypper', '--non-interactive', 'install', 'nix']] },
]

const MIN_VERSION = [2, 8] as const

/** Reads the version of an installed Nix, for example `2.34.8`. Throws a `UserError` if it is too old. */
async function readVersion(bin: string, privileges: Privileges): Promise<string> {
  const { stdout, stderr } = await privileges.exec(join(bin, 'nix'), ['--version'], { clean: true })
  const [, text, major, minor] = /\) ((\d+)\.(\d+)\S*)/.exec(stdout) ?? []
  if (text === undefined)
    throw new UserError(`${join(bin, 'nix')} --version printed no version: ${(stdout + stderr).trim()}`)
  const order = Number(major) - MIN_VERSION[0] || Number(minor) - MIN_VERSION[1]
  if (order >= 0) return text
  throw new UserError(
    `The package of Nix of this system is too old: it is ${text}, and 2.8 or newer is needed`,
  )
}
