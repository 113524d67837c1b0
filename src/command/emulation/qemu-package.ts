import { mkdtemp, readdir, rm } from 'node:fs/promises'
import { basename, join } from 'node:path'
import { ByteReader } from '../../image/format/byte-reader.js'
import type { Bytes } from '../../image/format/bytes.js'
import { findFile } from '../../image/format/tar-member.js'
import type { System } from '../../oci/system.js'
import { messageOf, UserError } from '../../util/error.js'
import { type ExecOptions, outputOf, start } from '../../util/exec.js'
import { type Apt, download, freshLists } from './apt.js'
import { qemuName } from './qemu-2.js'
import { findKept, keepQemu, type QemuShelf } from './qemu-store.js'

export type QemuPackageSource = QemuShelf & Apt

/** Static interpreters are in the first up to Debian 12 and Ubuntu 24.04, later in the second; the other is small then. */
const PACKAGES = ['qemu-user-static', 'qemu-user']

/** An interpreter that was once taken out of a package. */
export function keptFromPackage(system: System, of: QemuPackageSource): Promise<string | undefined> {
  return findKept(system, of, name => PACKAGES.some(each => name.startsWith(`${each}_`)))
}

/**
 * Takes one interpreter out of this distribution's package, keeps it, and gives its path. Nothing is installed, no script
 * of the package runs, and no rights are needed. Throws a `UserError` that says why it did not work.
 */
export async function takeFromPackage(system: System, of: QemuPackageSource): Promise<string> {
  const folder = await mkdtemp(join(of.temp, 'qemu-'))
  try {
    const path =
      (await fromLists(system, folder, [], of)) ??
      (await fromLists(system, folder, await freshLists(join(folder, 'apt'), of), of))
    if (path !== undefined) return path
    const name = `qemu-${qemuName(system)}`
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
  of: QemuPackageSource,
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

async function unpack(system: System, deb: string, of: QemuPackageSource): Promise<string | undefined> {
  const name = `usr/bin/qemu-${qemuName(system)}`
  const tar = new ByteReader(contentOf(deb, of))
  try {
    const file = await findFile(tar, [`${name}-static`, name])
    const origin = basename(deb).replace(/_[^_]*\.deb$/, '')
    // apt has held the whole package against its hash, so the rest need not be read.
    return file && (await keepQemu(system, of, origin, tar.take(file.size)))
  } catch (error) {
    if (error instanceof UserError || !(error instanceof Error) || error.name !== 'Error') throw error
    throw new UserError(`${basename(deb)} could not be read: ${messageOf(error)}`, { cause: error })
  } finally {
    await tar.close()
  }
}

/** The files of a package as a tar. */
async function* contentOf(deb: string, { env, signal }: Apt): Bytes {
  const options: ExecOptions = { clean: true, env: { PATH: env.PATH }, ...(signal && { signal }) }
  const child = start('dpkg-deb', ['--fsys-tarfile', deb], options)
  child.stderr?.resume()
  yield* outputOf(child, 'dpkg-deb', code => new Error(`dpkg-deb ended with exit code ${code}`))
}
