import { mkdir, mkdtemp, readdir, rm } from 'node:fs/promises'
import { basename, join } from 'node:path'
import { networkVariables } from '../../http/proxy.js'
import { ByteReader, type Bytes } from '../../image/format/bytes.js'
import { findFile } from '../../image/format/tar.js'
import type { System } from '../../oci/platform.js'
import { messageOf, UserError } from '../../util/error.js'
import { type Exec, type ExecOptions, type ExecResult, readOutput, startProgram } from '../../util/exec.js'
import { findSavedQemu, type QemuStore, qemuNameOf, saveQemu } from './qemu-store.js'

export type QemuPackageContext = QemuStore & AptContext

/** Static interpreters are in the first up to Debian 12 and Ubuntu 24.04, later in the second; the other is small then. */
const PACKAGES = ['qemu-user-static', 'qemu-user']

/** An interpreter that was once taken out of a package. */
export function findSavedPackageQemu(system: System, of: QemuPackageContext): Promise<string | undefined> {
  return findSavedQemu(system, of, name => PACKAGES.some(each => name.startsWith(`${each}_`)))
}

/**
 * Takes one interpreter out of this distribution's package, keeps it, and gives its path. Nothing is installed, no script
 * of the package runs, and no rights are needed. Throws a `UserError` that says why it did not work.
 */
export async function fetchPackageQemu(system: System, of: QemuPackageContext): Promise<string> {
  const folder = await mkdtemp(join(of.temp, 'qemu-'))
  try {
    const path =
      (await fromLists(system, folder, [], of)) ??
      (await fromLists(system, folder, await freshLists(join(folder, 'apt'), of), of))
    if (path !== undefined) return path
    const name = `qemu-${qemuNameOf(system)}`
    throw new UserError(`no package ${PACKAGES.join(' or ')} with a static ${name} is to be had`)
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}

/** `undefined` when the package lists, those of the machine or those that `options` name, lead to none. */
async function fromLists(
  system: System,
  folder: string,
  options: readonly string[],
  of: QemuPackageContext,
): Promise<string | undefined> {
  for (const name of PACKAGES) {
    const into = await mkdtemp(join(folder, 'deb-'))
    if (!(await download(name, into, options, of))) continue
    const file = (await readdir(into)).find(each => each.endsWith('.deb'))
    const path = file && (await unpack(system, join(into, file), of))
    if (path) return path
  }
  return undefined
}

async function unpack(system: System, deb: string, of: QemuPackageContext): Promise<string | undefined> {
  const name = `usr/bin/qemu-${qemuNameOf(system)}`
  const tar = new ByteReader(contentOf(deb, of))
  try {
    const file = await findFile(tar, [`${name}-static`, name])
    const origin = basename(deb).replace(/_[^_]*\.deb$/, '')
    // apt has held the whole package against its hash, so the rest need not be read.
    return file && (await saveQemu(system, of, origin, tar.take(file.size)))
  } catch (error) {
    if (error instanceof UserError || !(error instanceof Error) || error.name !== 'Error') throw error
    throw new UserError(`${basename(deb)} could not be read: ${messageOf(error)}`, { cause: error })
  } finally {
    await tar.close()
  }
}

/** The files of a package as a tar. */
async function* contentOf(deb: string, { env, signal }: AptContext): Bytes {
  const options: ExecOptions = { clean: true, env: { PATH: env.PATH }, ...(signal && { signal }) }
  const child = startProgram('dpkg-deb', ['--fsys-tarfile', deb], options)
  child.stderr?.resume()
  yield* readOutput(child, 'dpkg-deb', code => new Error(`dpkg-deb ended with exit code ${code}`))
}

/** Debian's and Ubuntu's package manager, used without changing anything of the machine's. */
interface AptContext {
  readonly exec: Exec
  readonly env: Readonly<Record<string, string | undefined>>
  /** Milliseconds that each of its steps may take; two minutes when absent. */
  readonly timeoutMs?: number
  readonly signal?: AbortSignal | undefined
}

const PATIENCE_MS = 120_000

const OPTIONS: readonly string[] = [
  // Without a network it is to be told soon.
  ...option('Acquire::http::Timeout=10'),
  ...option('Acquire::https::Timeout=10'),
  ...option('Acquire::Retries=1'),
  // As root, apt loads as a user of its own, who cannot reach into our folders.
  ...option('APT::Sandbox::User=root'),
]

/** The machine's lists are missing or too old: fresh ones may help. */
const UNKNOWN = /Unable to locate package|no installation candidate|Can't (select|find a source)|\b404\b/

/**
 * Downloads a package, whose signature apt checks, into a folder. `false` when the lists do not know it, or know it where
 * it is no longer. Throws a `UserError` for any other failure.
 *
 * @param options of `freshLists`; none to go by the machine's lists
 */
async function download(
  name: string,
  folder: string,
  options: readonly string[],
  apt: AptContext,
): Promise<boolean> {
  const result = await aptGet([...options, 'download', name], apt, folder)
  if (result.code === 0) return true
  if (UNKNOWN.test(result.stderr)) return false
  throw failed(`download ${name}`, result)
}

/** Gets the package lists of the machine's sources into a folder, and gives the options with which apt reads them there. */
async function freshLists(folder: string, apt: AptContext): Promise<string[]> {
  const [lists, cache] = [join(folder, 'lists'), join(folder, 'cache')]
  await mkdir(join(lists, 'partial'), { recursive: true })
  await mkdir(join(cache, 'archives/partial'), { recursive: true })
  const options = [...option(`Dir::State::lists=${lists}`), ...option(`Dir::Cache=${cache}`)]
  const result = await aptGet([...options, ...option('Acquire::Languages=none'), 'update'], apt, folder)
  if (result.code === 0) return options
  throw failed('update', result)
}

function option(text: string): [string, string] {
  return ['-o', text]
}

async function aptGet(args: readonly string[], apt: AptContext, cwd: string): Promise<ExecResult> {
  const { exec, env, timeoutMs = PATIENCE_MS, signal } = apt
  const limit = AbortSignal.timeout(timeoutMs)
  try {
    return await exec('apt-get', ['-q', ...OPTIONS, ...args], {
      cwd,
      clean: true,
      // In English, so that what went wrong can be told from the words.
      env: { ...networkVariables(env), PATH: env.PATH, LC_ALL: 'C' },
      signal: signal ? AbortSignal.any([signal, limit]) : limit,
    })
  } catch (error) {
    signal?.throwIfAborted()
    if (limit.aborted) throw new UserError(`apt-get did not end within ${timeoutMs / 1000} s`)
    throw error
  }
}

/** apt tells errors in lines that begin with `E:`, the last one being about the whole. */
function failed(what: string, { code, stderr }: ExecResult): UserError {
  const errors = stderr.split('\n').filter(line => line.startsWith('E: '))
  const said = errors[0]?.slice(3) ?? stderr.trim().split('\n').at(-1) ?? ''
  return new UserError(`apt-get ${what} failed: ${said || `exit code ${code}`}`)
}
