import { join } from 'node:path'
import { UserError } from '../util/error.js'
import { isExecutable } from '../util/files.js'
import { programOnPath } from '../util/program.js'
import { asRoot, type Rights } from '../util/root.js'

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
export function staticShell(root: string): Promise<string | undefined> {
  return programOnPath(join(root, 'usr/bin'), 'bash-static')
}

export interface PackageOptions {
  readonly env: Readonly<Record<string, string | undefined>>
  readonly rights: Rights
  readonly root: string
  readonly signal: AbortSignal
}

/**
 * Installs the distribution's own Nix and gives the folder of its programs. Throws a `UserError` where there is no such
 * package.
 */
export async function installPackage({ env, rights, root, signal }: PackageOptions): Promise<string> {
  const manager = await findManager(env.PATH ?? '')
  if (manager === undefined) throw new UserError('no package manager is known here that has Nix')
  let said = ''
  for (const [program = '', ...args] of manager.calls) {
    const { code, stdout, stderr } = await asRoot(rights, program, args, { signal })
    // A list that cannot be brought up to date may be good enough still.
    said += code === 0 ? '' : `\n${(stderr.trim() || stdout.trim()).split('\n').slice(-5).join('\n')}`
  }
  const bin = join(root, 'usr/bin')
  if (await isExecutable(join(bin, 'nix-daemon'))) return bin
  throw new UserError(`${manager.program} did not install Nix:${said || ' nothing is in /usr/bin'}`)
}

async function findManager(path: string): Promise<PackageManager | undefined> {
  for (const manager of MANAGERS) {
    if ((await programOnPath(path, manager.program)) !== undefined) return manager
  }
  return undefined
}

const OLDEST = [2, 8] as const

/** Gives what a Nix says of its version, `2.34.8`. Throws a `UserError` when it is too old to be of use. */
export async function versionOf(bin: string, rights: Rights): Promise<string> {
  const { stdout, stderr } = await rights.exec(join(bin, 'nix'), ['--version'], { clean: true })
  const [, text, major, minor] = /\) ((\d+)\.(\d+)\S*)/.exec(stdout) ?? []
  if (text === undefined)
    throw new UserError(`${join(bin, 'nix')} gave no version: ${(stdout + stderr).trim()}`)
  const order = Number(major) - OLDEST[0] || Number(minor) - OLDEST[1]
  if (order >= 0) return text
  throw new UserError(`The Nix that this system packages is too old: ${text}, and 2.8 is needed`)
}
