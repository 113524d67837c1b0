import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { encodeElfHead, encodeElfMask } from '../../image/elf.js'
import type { System } from '../../oci/platform.js'
import { UserError } from '../../util/error.js'
import type { ExecResult } from '../../util/exec.js'
import { exists } from '../../util/files.js'
import { type Privileges, runAsRoot } from '../../util/root.js'
import { qemuNameOf } from './qemu-store.js'

/** An entry of the kernel's binfmt_misc that goes by a file's first bytes (Documentation/admin-guide/binfmt-misc.rst). */
export interface BinfmtEntry {
  readonly name: string
  readonly enabled: boolean
  readonly interpreter: string
  /** Out of `P`, `O`, `C`, `F`. With `F` the interpreter was opened at registration, and is reached from anywhere. */
  readonly flags: string
  readonly offset: number
  readonly magic: Buffer
  readonly mask: Buffer
}

/** Where binfmt_misc is mounted, under `/proc` as a rule. */
export function binfmtFolder(procfs: string): string {
  return join(procfs, 'sys/fs/binfmt_misc')
}

/** The registered entries, in no order; `undefined` when binfmt_misc is not mounted. */
export async function readBinfmt(folder: string): Promise<BinfmtEntry[] | undefined> {
  const names = await readdir(folder).catch((): string[] => [])
  if (!names.includes('register')) return undefined
  const status = await text(folder, 'status')
  const entries = await Promise.all(names.map(async name => parseEntry(name, await text(folder, name))))
  const on = status.trim() !== 'disabled'
  return entries.flatMap(entry => (entry === undefined ? [] : [{ ...entry, enabled: entry.enabled && on }]))
}

/** `register` is not readable, and an entry can go while one looks. */
function text(folder: string, name: string): Promise<string> {
  return readFile(join(folder, name), 'utf8').catch(() => '')
}

/** Reads an entry as the kernel shows it; `undefined` when it goes by a file's extension, or is none. */
export function parseEntry(name: string, shown: string): BinfmtEntry | undefined {
  const field = (key: string): string => new RegExp(`^${key}:? (.*)$`, 'm').exec(shown)?.[1]?.trim() ?? ''
  const magic = Buffer.from(field('magic'), 'hex')
  if (magic.length === 0) return undefined
  const mask = Buffer.from(field('mask'), 'hex')
  return {
    name,
    enabled: shown.startsWith('enabled'),
    interpreter: field('interpreter'),
    flags: field('flags'),
    offset: Number(field('offset')),
    magic,
    mask: mask.length === magic.length ? mask : Buffer.alloc(magic.length, 0xff),
  }
}

/** Whether the kernel hands programs of a system to an entry. */
export function isEntryFor(entry: BinfmtEntry, system: System): boolean {
  const head = encodeElfHead(system)
  const fits = ({ magic, mask }: BinfmtEntry): boolean =>
    magic.every((byte, n) => ((byte ^ (head[n + entry.offset] ?? 0)) & (mask[n] ?? 0)) === 0)
  return entry.enabled && entry.offset + entry.magic.length <= head.length && fits(entry)
}

/** The line that registers an interpreter for a system's programs. */
export function formatRegistration(name: string, system: System, interpreter: string): string {
  return `:${name}:M::${escaped(encodeElfHead(system))}:${escaped(encodeElfMask(system))}:${interpreter}:POCF`
}

/** The kernel reads `\\x` escapes, so that zeros and colons can stand in the line. */
function escaped(bytes: Buffer): string {
  return [...bytes].map(byte => `\\x${byte.toString(16).padStart(2, '0')}`).join('')
}

/**
 * Tells the kernel to run a system's programs under a static QEMU, until the machine stops. Somebody else registering
 * the same at the same time is no failure. Throws a `UserError` when it is not allowed.
 */
export async function registerQemu(
  system: System,
  interpreter: string,
  folder: string,
  rights: Privileges,
): Promise<void> {
  const file = join(folder, 'register')
  if (!(await exists(file))) await mount(folder, rights)
  const line = formatRegistration(`nix-multiarch-${qemuNameOf(system)}`, system, interpreter)
  const result = await runAsRoot(rights, 'tee', [file], { input: line })
  if (result.code === 0 || /File exists/.test(result.stderr)) return
  throw refused(`QEMU for ${system} could not be registered in ${file}`, result)
}

/**
 * Throws a `UserError` where this machine would not let anything be registered: what is costly to get need not be got there.
 * Mounts binfmt_misc where it is not.
 */
export async function checkRegistrable(system: System, folder: string, rights: Privileges): Promise<void> {
  const file = join(folder, 'register')
  if (!(await exists(file))) await mount(folder, rights)
  const result = await runAsRoot(rights, 'test', ['-w', file])
  if (result.code !== 0) throw refused(`QEMU for ${system} cannot be registered in ${file}`, result)
}

async function mount(folder: string, rights: Privileges): Promise<void> {
  const result = await runAsRoot(rights, 'mount', ['-t', 'binfmt_misc', 'binfmt_misc', folder])
  if (await exists(join(folder, 'register'))) return
  throw refused(`binfmt_misc could not be mounted on ${folder}`, result)
}

function refused(what: string, result: ExecResult): UserError {
  return new UserError(`${what}: ${result.stderr.trim() || `exit code ${result.code}`}`, {
    hint: 'It takes root. Run this as root, or install the package qemu-user-static (Debian and Ubuntu), which registers QEMU itself.',
  })
}
