import { rm } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'
import { ServerUnreachable } from '../http/download.js'
import { messageOf, UserError } from '../util/error.js'
import { findProgram } from '../util/exec.js'
import { findWritableFolder, isExecutable } from '../util/files.js'
import { type Privileges, runAsRoot } from '../util/root.js'
import { isConfigured } from './configure.js'
import { decompressXz, fetchRelease } from './fetch-release.js'
import type { InstallMode, InstallOptions } from './options.js'
import { findRelease, type Release } from './releases.js'
import { findUnpackedNix, type UnpackedNix, unpackRelease } from './unpack.js'

/** A Nix whose programs are there. */
export interface NixPrograms {
  /** The folder of its programs. */
  readonly bin: string
  readonly version: string
  readonly how: 'release' | 'package'
  /** A store path with certificates that came with it. */
  readonly cacert?: string | undefined
  /** A program that can be /bin/sh in its sandbox, where it may have none itself. */
  readonly shell?: string | undefined
}

/** Gets Nix's programs onto this machine: those of an earlier run, a release, or where that is out of reach a package. */
export async function provideNix(
  options: InstallOptions,
  folder: string,
  access: InstallMode,
): Promise<NixPrograms> {
  const release = findRelease(options)
  const before = await providedBefore(release, folder, options)
  if (before !== undefined) return before
  try {
    const tarball = await fetched(release, options)
    return released(await unpacked(tarball, folder, access, options))
  } catch (error) {
    if (!(error instanceof ServerUnreachable)) throw error
    if (access.mode === 'single-user') throw new UserError(error.message, { hint: OTHER_WAYS, cause: error })
    return packaged(error, options, access)
  }
}

async function providedBefore(
  { isCustom }: Release,
  folder: string,
  { version, exec, uid, root = '/' }: InstallOptions,
): Promise<NixPrograms | undefined> {
  const before = await findUnpackedNix(folder)
  if (before !== undefined) return !isCustom && versionIn(before) === version ? released(before) : undefined
  const bin = join(root, 'usr/bin')
  if (!(await isConfigured(root)) || !(await isExecutable(join(bin, 'nix-daemon')))) return undefined
  return { bin, version: await versionOf(bin, { exec, uid }), how: 'package', shell: await staticShell(root) }
}

function released(placed: UnpackedNix): NixPrograms {
  return {
    bin: join(placed.nix, 'bin'),
    version: versionIn(placed),
    how: 'release',
    cacert: placed.cacert,
  }
}

function versionIn({ nix }: UnpackedNix): string {
  return nix.replace(/^.*-nix-/, '')
}

function fetched(release: Release, options: InstallOptions): Promise<string> {
  const { tools, temp = tools, version, env, log, signal, retry = RETRY } = options
  const folders = [tools, temp].map(folder => join(folder, 'nix', version)) as [string, string]
  return fetchRelease(release, folders, { retry, signal, env, debug: log.debug, warning: log.warning })
}

const RETRY = { attempts: 4, firstWaitMs: 1000 }

async function unpacked(
  tarball: string,
  folder: string,
  { privileges }: InstallMode,
  { env, signal, temp }: InstallOptions,
): Promise<UnpackedNix> {
  const hasXz = !tarball.endsWith('.xz') || (await findProgram(env.PATH ?? '', 'xz')) !== undefined
  if (hasXz) return unpackRelease(tarball, folder, privileges, signal)
  const own = await findWritableFolder(dirname(tarball), ...(temp === undefined ? [] : [temp]))
  const tar = join(own, basename(tarball, '.xz'))
  await decompressXz(tarball, tar)
  return unpackRelease(tar, folder, privileges, signal).finally(() => rm(tar, { force: true }))
}

async function packaged(
  why: ServerUnreachable,
  options: InstallOptions,
  { privileges }: InstallMode,
): Promise<NixPrograms> {
  const { env, root = '/', signal, log } = options
  try {
    const bin = await installPackage({ env, rights, root, signal })
    const version = await versionOf(bin, privileges)
    log.warning(`${why.message}. This system's own package of Nix, ${version}, was installed instead`)
    return { bin, version, how: 'package', shell: await staticShell(root) }
  } catch (error) {
    if (!(error instanceof UserError)) throw error
    const message = `${why.message}; nor could a package of Nix be installed instead: ${messageOf(error)}`
    throw new UserError(message, { hint: OTHER_WAYS, cause: why })
  }
}

const OTHER_WAYS =
  'This machine must reach releases.nixos.org, or a mirror of it that nix-url names; or install Nix before: it is then used as it is.'

interface PackageManager {
  readonly program: string
  /** Run one after another, as root. */
  readonly calls: readonly (readonly string[])[]
}

const NO_QUESTIONS = ['env', 'DEBIAN_FRONTEND=noninteractive']
const QUICK = [
  '-q',
  '-o',
  'Acquire::Retries=1',
  '-o',
  'Acquire::http::Timeout=15',
  '-o',
  'DPkg::Lock::Timeout=60',
]

const FOR_APT = ['nix-bin', 'bash-static']

/** The distributions that package Nix; the first whose program is there counts. */
const MANAGERS: readonly PackageManager[] = [
  {
    program: 'apt-get',
    calls: [
      ['apt-get', ...QUICK, 'update'],
      [...NO_QUESTIONS, 'apt-get', ...QUICK, 'install', '-y', '--no-install-recommends', ...FOR_APT],
    ],
  },
  { program: 'dnf', calls: [['dnf', '-q', '-y', 'install', 'nix', 'nix-daemon']] },
  { program: 'apk', calls: [['apk', 'add', '--no-progress', 'nix']] },
  { program: 'pacman', calls: [['pacman', '-Sy', '--noconfirm', '--needed', 'nix']] },
  { program: 'zypper', calls: [['zypper', '--non-interactive', 'install', 'nix']] },
]

/**
 * Where a shell lies that needs no libraries, and so can be /bin/sh in the sandbox of a Nix that brings none, as in
 * Debian 12.
 */
function staticShell(root: string): Promise<string | undefined> {
  return findProgram(join(root, 'usr/bin'), 'bash-static')
}

interface PackageOptions {
  readonly env: Readonly<Record<string, string | undefined>>
  readonly rights: Privileges
  readonly root: string
  readonly signal: AbortSignal
}

/**
 * Installs the distribution's own Nix and gives the folder of its programs. Throws a `UserError` where there is no such
 * package.
 */
async function installPackage({ env, rights, root, signal }: PackageOptions): Promise<string> {
  const manager = await findManager(env.PATH ?? '')
  if (manager === undefined) throw new UserError('no package manager is known here that has Nix')
  let said = ''
  for (const [program = '', ...args] of manager.calls) {
    const { code, stdout, stderr } = await runAsRoot(rights, program, args, { signal })
    // A list that cannot be brought up to date may be good enough still.
    said += code === 0 ? '' : `\n${(stderr.trim() || stdout.trim()).split('\n').slice(-5).join('\n')}`
  }
  const bin = join(root, 'usr/bin')
  if (await isExecutable(join(bin, 'nix-daemon'))) return bin
  throw new UserError(`${manager.program} did not install Nix:${said || ' nothing is in /usr/bin'}`)
}

async function findManager(path: string): Promise<PackageManager | undefined> {
  for (const manager of MANAGERS) {
    if ((await findProgram(path, manager.program)) !== undefined) return manager
  }
  return undefined
}

const OLDEST = [2, 8] as const

/** Gives what a Nix says of its version, `2.34.8`. Throws a `UserError` when it is too old to be of use. */
async function versionOf(bin: string, rights: Privileges): Promise<string> {
  const { stdout, stderr } = await rights.exec(join(bin, 'nix'), ['--version'], { clean: true })
  const [, text, major, minor] = /\) ((\d+)\.(\d+)\S*)/.exec(stdout) ?? []
  if (text === undefined)
    throw new UserError(`${join(bin, 'nix')} gave no version: ${(stdout + stderr).trim()}`)
  const order = Number(major) - OLDEST[0] || Number(minor) - OLDEST[1]
  if (order >= 0) return text
  throw new UserError(`The Nix that this system packages is too old: ${text}, and 2.8 is needed`)
}
