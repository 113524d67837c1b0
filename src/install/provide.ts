import { rm } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'
import { OutOfReach } from '../http/download.js'
import { messageOf, UserError } from '../util/error.js'
import { isExecutable } from '../util/files.js'
import { programOnPath } from '../util/program.js'
import { firstWritable } from '../util/writable.js'
import type { Access } from './access.js'
import { isSetUp } from './configure.js'
import { fetchRelease } from './fetch-release.js'
import type { InstallOptions } from './options.js'
import { installPackage, staticShell, versionOf } from './package.js'
import { type Release, releaseFor } from './releases.js'
import { type Placed, place, placedBefore } from './unpack.js'
import { decompressXz } from './without-xz.js'

/** A Nix whose programs are there. */
export interface Program {
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
export async function provide(options: InstallOptions, folder: string, access: Access): Promise<Program> {
  const release = releaseFor(options)
  const before = await providedBefore(release, folder, options)
  if (before !== undefined) return before
  try {
    const tarball = await fetched(release, options)
    return released(await unpacked(tarball, folder, access, options))
  } catch (error) {
    if (!(error instanceof OutOfReach)) throw error
    if (access.mode === 'single-user') throw new UserError(error.message, { hint: OTHER_WAYS, cause: error })
    return packaged(error, options, access)
  }
}

async function providedBefore(
  { custom }: Release,
  folder: string,
  { version, exec, uid, root = '/' }: InstallOptions,
): Promise<Program | undefined> {
  const before = await placedBefore(folder)
  if (before !== undefined) return !custom && versionIn(before) === version ? released(before) : undefined
  const bin = join(root, 'usr/bin')
  if (!(await isSetUp(root)) || !(await isExecutable(join(bin, 'nix-daemon')))) return undefined
  return { bin, version: await versionOf(bin, { exec, uid }), how: 'package', shell: await staticShell(root) }
}

function released(placed: Placed): Program {
  return {
    bin: join(placed.nix, 'bin'),
    version: versionIn(placed),
    how: 'release',
    cacert: placed.cacert,
  }
}

function versionIn({ nix }: Placed): string {
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
  { rights }: Access,
  { env, signal, temp }: InstallOptions,
): Promise<Placed> {
  const hasXz = !tarball.endsWith('.xz') || (await programOnPath(env.PATH ?? '', 'xz')) !== undefined
  if (hasXz) return place(tarball, folder, rights, signal)
  const own = await firstWritable(dirname(tarball), ...(temp === undefined ? [] : [temp]))
  const tar = join(own, basename(tarball, '.xz'))
  await decompressXz(tarball, tar)
  return place(tar, folder, rights, signal).finally(() => rm(tar, { force: true }))
}

async function packaged(why: OutOfReach, options: InstallOptions, { rights }: Access): Promise<Program> {
  const { env, root = '/', signal, log } = options
  try {
    const bin = await installPackage({ env, rights, root, signal })
    const version = await versionOf(bin, rights)
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
