import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { encodeElfHead, encodeElfMask } from '../../image/programs/elf.js'
import { type InterpretersChange, readBootId } from '../../install/machine-record.js'
import type { System } from '../../oci/platform.js'
import { UserError } from '../../util/error.js'
import type { ExecResult } from '../../util/exec.js'
import { exists } from '../../util/files.js'
import { type Privileges, runAsRoot } from '../../util/run-as-root.js'
import { qemuNameOf } from './qemu-store.js'

/** An entry of the kernel's binfmt_misc that matches the first bytes of a file (Documentation/admin-guide/binfmt-misc.rst). */
export interface BinfmtEntry {
  readonly name: string
  readonly enabled: boolean
  readonly interpreter: string
  /** Some of `P`, `O`, `C`, `F`. With `F`, the kernel opened the interpreter at registration, so it works in any namespace. */
  readonly flags: string
  readonly offset: number
  readonly magic: Buffer
  readonly mask: Buffer
}

/** Returns the mount point of binfmt_misc. */
export function binfmtFolder(procfs: string): string {
  return join(procfs, 'sys/fs/binfmt_misc')
}

/** Reads the registered entries, in no order. Returns `undefined` if binfmt_misc is not mounted. */
export async function readBinfmt(folder: string): Promise<BinfmtEntry[] | undefined> {
  const names = await readdir(folder).catch((): string[] => [])
  if (!names.includes('register')) return undefined
  const status = await readFileOrEmpty(folder, 'status')
  const entries = await Promise.all(
    names.map(async name => parseEntry(name, await readFileOrEmpty(folder, name))),
  )
  const isEnabled = status.trim() !== 'disabled'
  return entries.flatMap(entry =>
    entry === undefined ? [] : [{ ...entry, enabled: entry.enabled && isEnabled }],
  )
}

/** The file `register` cannot be read, and an entry can be removed at any time. */
function readFileOrEmpty(folder: string, name: string): Promise<string> {
  return readFile(join(folder, name), 'utf8').catch(() => '')
}

/**
 * Parses the kernel's text of an entry. Returns `undefined` if the text has no magic: an entry for a file extension, or no entry.
 */
export function parseEntry(name: string, text: string): BinfmtEntry | undefined {
  const readField = (key: string): string => new RegExp(`^${key}:? (.*)$`, 'm').exec(text)?.[1]?.trim() ?? ''
  const magic = Buffer.from(readField('magic'), 'hex')
  if (magic.length === 0) return undefined
  const mask = Buffer.from(readField('mask'), 'hex')
  return {
    name,
    enabled: text.startsWith('enabled'),
    interpreter: readField('interpreter'),
    flags: readField('flags'),
    offset: Number(readField('offset')),
    magic,
    mask: mask.length === magic.length ? mask : Buffer.alloc(magic.length, 0xff),
  }
}

/** Tells if the kernel uses an entry to run programs of a system. */
export function isEntryFor({ enabled, offset, magic, mask }: BinfmtEntry, system: System): boolean {
  const head = encodeElfHead(system)
  if (!enabled || offset + magic.length > head.length) return false
  return magic.every((byte, n) => ((byte ^ (head[n + offset] ?? 0)) & (mask[n] ?? 0)) === 0)
}

/** Returns the line that registers an interpreter for the programs of a system. */
export function formatRegistration(name: string, system: System, interpreter: string): string {
  return `:${name}:M::${escapeBytes(encodeElfHead(system))}:${escapeBytes(encodeElfMask(system))}:${interpreter}:POCF`
}

/** The kernel parses `\x` escapes. Without them, zeros and colons would break the line. */
function escapeBytes(bytes: Buffer): string {
  return [...bytes].map(byte => `\\x${byte.toString(16).padStart(2, '0')}`).join('')
}

function entryNameOf(system: System): string {
  return `nix-multiarch-${qemuNameOf(system)}`
}

/** Describes that binfmt_misc will be mounted. Returns `undefined` if it is mounted. */
export async function describeMount(folder: string): Promise<InterpretersChange | undefined> {
  if (await exists(join(folder, 'register'))) return undefined
  return { boot: await readBootId(), folder, wasMounted: false, entries: {} }
}

/** Describes the entry that `registerQemu` will add. Returns `undefined` if an entry of this name exists. */
export async function describeRegistration(
  system: System,
  interpreter: string,
  folder: string,
): Promise<InterpretersChange | undefined> {
  const name = entryNameOf(system)
  if (await exists(join(folder, name))) return undefined
  return { boot: await readBootId(), folder, wasMounted: true, entries: { [name]: interpreter } }
}

/**
 * Registers a static QEMU for the programs of a system, until the machine is shut down. Succeeds if another process has
 * registered the same name. Throws a `UserError` if this user may not register it.
 */
export async function registerQemu(
  system: System,
  interpreter: string,
  folder: string,
  privileges: Privileges,
): Promise<void> {
  const file = join(folder, 'register')
  if (!(await exists(file))) await mountBinfmt(folder, privileges)
  const line = formatRegistration(entryNameOf(system), system, interpreter)
  const result = await runAsRoot(privileges, 'tee', [file], { input: line })
  if (result.code === 0 || /File exists/.test(result.stderr)) return
  throw createRegistrationError(`QEMU for ${system} cannot be registered in ${file}`, result)
}

/**
 * Throws a `UserError` if this user may not register anything, so that QEMU is not downloaded without need. Mounts binfmt_misc if
 * it is not mounted.
 */
export async function checkRegistrable(
  system: System,
  folder: string,
  privileges: Privileges,
): Promise<void> {
  const file = join(folder, 'register')
  if (!(await exists(file))) await mountBinfmt(folder, privileges)
  const result = await runAsRoot(privileges, 'test', ['-w', file])
  if (result.code !== 0)
    throw createRegistrationError(`QEMU for ${system} cannot be registered in ${file}`, result)
}

async function mountBinfmt(folder: string, privileges: Privileges): Promise<void> {
  const result = await runAsRoot(privileges, 'mount', ['-t', 'binfmt_misc', 'binfmt_misc', folder])
  if (await exists(join(folder, 'register'))) return
  throw createRegistrationError(`binfmt_misc cannot be mounted on ${folder}`, result)
}

function createRegistrationError(what: string, result: ExecResult): UserError {
  return new UserError(`${what}: ${result.stderr.trim() || `exit code ${result.code}`}`, {
    hint:
      'Root is needed. Run this as root, or install the package qemu-user-static (Debian and Ubuntu), ' +
      'which registers QEMU itself.',
  })
}
