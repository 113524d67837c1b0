import { mkdir, mkdtemp, readdir, rm } from 'node:fs/promises'
import { basename, join } from 'node:path'
import { networkVariables } from '../../http/proxy.js'
import { ByteReader, type Bytes } from '../../image/format/bytes.js'
import { findFile } from '../../image/format/tar.js'
import type { System } from '../../oci/platform.js'
import { messageOf, UserError } from '../../util/error.js'
import { type Exec, type ExecOptions, type ExecResult, readOutput, startProgram } from '../../util/exec.js'
import { toolVersionOf } from '../../util/tool-cache.js'
import { findSavedQemu, isImageVersion, type QemuStore, qemuNameOf, saveQemu } from './qemu-store.js'

export type QemuPackageContext = QemuStore & AptContext

/**
 * Packages with static interpreters: `qemu-user-static` up to Debian 12 and Ubuntu 24.04, `qemu-user` in later versions, in which
 * `qemu-user-static` has no programs and is small.
 */
const PACKAGES = ['qemu-user-static', 'qemu-user']

/** Finds an interpreter in the tool cache that is not from an image: the newest one of a package or a prefilled runner image. */
export function findSavedPackageQemu(
  system: System,
  context: QemuPackageContext,
): Promise<string | undefined> {
  return findSavedQemu(system, context, version => !isImageVersion(version))
}

/**
 * Extracts one interpreter from the package of this distribution, saves it, and returns its path. The package is not installed,
 * its scripts are not run, and root is not needed. Throws a `UserError` with the reason if this fails.
 */
export async function fetchPackageQemu(system: System, context: QemuPackageContext): Promise<string> {
  const folder = await mkdtemp(join(context.temp, 'qemu-'))
  try {
    const path =
      (await fetchFromPackages(system, folder, [], context)) ??
      (await fetchFromPackages(system, folder, await downloadLists(join(folder, 'apt'), context), context))
    if (path !== undefined) return path
    const name = `qemu-${qemuNameOf(system)}`
    throw new UserError(`no package ${PACKAGES.join(' or ')} with a static ${name} was found`)
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}

/**
 * Returns `undefined` if no package is found.
 *
 * @param listOptions the result of `downloadLists`; empty to use the machine's package lists
 */
async function fetchFromPackages(
  system: System,
  folder: string,
  listOptions: readonly string[],
  context: QemuPackageContext,
): Promise<string | undefined> {
  for (const name of PACKAGES) {
    const downloads = await mkdtemp(join(folder, 'deb-'))
    if (!(await downloadPackage(name, downloads, listOptions, context))) continue
    const file = (await readdir(downloads)).find(each => each.endsWith('.deb'))
    const path = file && (await extractQemu(system, join(downloads, file), context))
    if (path) return path
  }
  return undefined
}

async function extractQemu(
  system: System,
  deb: string,
  context: QemuPackageContext,
): Promise<string | undefined> {
  const name = `usr/bin/qemu-${qemuNameOf(system)}`
  const tar = new ByteReader(readPackageTar(deb, context))
  try {
    const file = await findFile(tar, [`${name}-static`, name])
    // apt has verified the whole package, so the rest of the tar need not be read.
    return file && (await saveQemu(system, context, versionOf(deb), tar.take(file.size)))
  } catch (error) {
    if (error instanceof UserError || !(error instanceof Error) || error.name !== 'Error') throw error
    throw new UserError(`${basename(deb)} cannot be read: ${messageOf(error)}`, { cause: error })
  } finally {
    await tar.close()
  }
}

/** apt names the file `<package>_<version>_<architecture>.deb`, and writes a colon in the version as `%3a`. */
function versionOf(deb: string): string {
  const [, version = ''] = basename(deb, '.deb').split('_')
  return toolVersionOf('deb', version.replace(/%3a/gi, ':'))
}

/** Reads the files of a package as a tar. */
async function* readPackageTar(deb: string, { env, signal }: AptContext): Bytes {
  const options: ExecOptions = { clean: true, env: { PATH: env.PATH }, ...(signal && { signal }) }
  const child = startProgram('dpkg-deb', ['--fsys-tarfile', deb], options)
  child.stderr?.resume()
  yield* readOutput(child, 'dpkg-deb', code => new Error(`dpkg-deb ended with exit code ${code}`))
}

/** apt is run without changes to the machine. */
interface AptContext {
  readonly exec: Exec
  readonly env: Readonly<Record<string, string | undefined>>
  /** The time limit for each call of apt-get. Default: two minutes. */
  readonly timeoutMs?: number
  readonly signal?: AbortSignal | undefined
}

const APT_TIMEOUT_MS = 120_000

const APT_OPTIONS: readonly string[] = [
  // Fail fast without a network.
  ...formatAptOption('Acquire::http::Timeout=10'),
  ...formatAptOption('Acquire::https::Timeout=10'),
  ...formatAptOption('Acquire::Retries=1'),
  // If apt runs as root, it downloads as the user `_apt`, who cannot write to our folders.
  ...formatAptOption('APT::Sandbox::User=root'),
]

/** Messages that mean that the machine's package lists are missing or outdated. */
const OUTDATED_LISTS =
  /Unable to locate package|no installation candidate|Can't (select|find a source)|\b404\b/

/**
 * Downloads a package to a folder; apt verifies its signature. Returns `false` if the package lists do not have it, or have an
 * outdated URL. Throws a `UserError` for any other failure.
 */
async function downloadPackage(
  name: string,
  folder: string,
  listOptions: readonly string[],
  context: AptContext,
): Promise<boolean> {
  const result = await runAptGet([...listOptions, 'download', name], context, folder)
  if (result.code === 0) return true
  if (OUTDATED_LISTS.test(result.stderr)) return false
  throw createAptError(`download ${name}`, result)
}

/** Downloads the package lists of the machine's sources to a folder. Returns the options that make apt use them. */
async function downloadLists(folder: string, context: AptContext): Promise<string[]> {
  const [lists, cache] = [join(folder, 'lists'), join(folder, 'cache')]
  await mkdir(join(lists, 'partial'), { recursive: true })
  await mkdir(join(cache, 'archives/partial'), { recursive: true })
  const options = [
    ...formatAptOption(`Dir::State::lists=${lists}`),
    ...formatAptOption(`Dir::Cache=${cache}`),
  ]
  const args = [...options, ...formatAptOption('Acquire::Languages=none'), 'update']
  const result = await runAptGet(args, context, folder)
  if (result.code === 0) return options
  throw createAptError('update', result)
}

function formatAptOption(text: string): [string, string] {
  return ['-o', text]
}

async function runAptGet(args: readonly string[], context: AptContext, cwd: string): Promise<ExecResult> {
  const { exec, env, timeoutMs = APT_TIMEOUT_MS, signal } = context
  const timeout = AbortSignal.timeout(timeoutMs)
  try {
    return await exec('apt-get', ['-q', ...APT_OPTIONS, ...args], {
      cwd,
      clean: true,
      // English messages, because they are matched.
      env: { ...networkVariables(env), PATH: env.PATH, LC_ALL: 'C' },
      signal: signal ? AbortSignal.any([signal, timeout]) : timeout,
    })
  } catch (error) {
    signal?.throwIfAborted()
    if (timeout.aborted) throw new UserError(`apt-get was stopped after ${timeoutMs / 1000} s`)
    throw error
  }
}

/** Uses the first line that starts with `E: `: the last one only says that something failed. */
function createAptError(what: string, { code, stderr }: ExecResult): UserError {
  const errors = stderr.split('\n').filter(line => line.startsWith('E: '))
  const reason = errors[0]?.slice(3) ?? stderr.trim().split('\n').at(-1) ?? ''
  return new UserError(`apt-get ${what} failed: ${reason || `exit code ${code}`}`)
}
