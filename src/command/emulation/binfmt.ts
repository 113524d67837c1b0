import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { elfHead, elfMask } from '../../image/elf-2.js'
import type { System } from '../../oci/system.js'

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
export function handles(entry: BinfmtEntry, system: System): boolean {
  const head = elfHead(system)
  const fits = ({ magic, mask }: BinfmtEntry): boolean =>
    magic.every((byte, n) => ((byte ^ (head[n + entry.offset] ?? 0)) & (mask[n] ?? 0)) === 0)
  return entry.enabled && entry.offset + entry.magic.length <= head.length && fits(entry)
}

/** The line that registers an interpreter for a system's programs. */
export function registration(name: string, system: System, interpreter: string): string {
  return `:${name}:M::${escaped(elfHead(system))}:${escaped(elfMask(system))}:${interpreter}:POCF`
}

/** The kernel reads `\\x` escapes, so that zeros and colons can stand in the line. */
function escaped(bytes: Buffer): string {
  return [...bytes].map(byte => `\\x${byte.toString(16).padStart(2, '0')}`).join('')
}
