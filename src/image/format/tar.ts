import { posix } from 'node:path'
import { BLOCK, hasMagic, isZeroBlock, paddingOf, parseHeader, type TarHeader } from './tar-header.js'

/** A member of a tar. Names and targets are relative to its root, without `./`, `..` or a leading `/`. */
export type TarEntry = { readonly name: string; readonly offset: number } & (
  | { readonly kind: 'file'; readonly size: number }
  | { readonly kind: 'link'; readonly size: 0; readonly target: string }
  | { readonly kind: 'other'; readonly size: number }
)

/** A member as its headers describe it: its name and target are the writer's words, and may lead anywhere. */
export interface RawMember {
  readonly name: string
  /** The type flag, as in `TarHeader`. */
  readonly type: string
  readonly link: string
  readonly offset: number
  /** Of the body that follows; links, folders and devices have none, whatever their header says. */
  readonly size: number
}

/** Where a tar is read from: a stream, or a file in which bodies are jumped over. */
export interface TarInput {
  readonly position: number
  /** Exactly `count` bytes, or fewer where the input ends. */
  read(count: number): Promise<Buffer>
  /** Throws an `Error` when the input ends before. */
  skip(count: number): Promise<void>
}

/** What stands in for the fields of the next header: from pax records and GNU long names. */
interface Overrides {
  readonly path?: string
  readonly linkpath?: string
  readonly size?: number
}

/** Far more than any name needs; it keeps a hostile header from being read into memory. */
const MAX_EXTENSION = 1 << 20

/**
 * The members of a tar, in order, up to its end mark. A member's body may be read from `input` before the next
 * member is asked for; what is left of it is skipped. Throws an `Error` when the tar is damaged or cut off, and when a
 * name in it leads out of it.
 */
export async function* tarEntries(input: TarInput): AsyncGenerator<TarEntry> {
  for await (const member of rawMembers(input)) yield toEntry(member)
}

/** The same with every name as it stands there, for tars of which nothing is unpacked: layers have absolute names. */
export async function* rawMembers(input: TarInput): AsyncGenerator<RawMember> {
  let global: Overrides = {}
  let local: Overrides = {}
  for (let header = await readHeader(input); header; header = await readHeader(input)) {
    const extension = await readExtension(input, header)
    if (extension?.scope === 'global') global = { ...global, ...extension.overrides }
    else if (extension) local = { ...local, ...extension.overrides }
    else {
      const member = toMember(header, { ...global, ...local }, input.position)
      local = {}
      yield member
      await input.skip(member.offset + member.size + paddingOf(member.size) - input.position)
    }
  }
}

/** A member's name without `./`. Throws an `Error` when it is absolute or has a `..` in it: no image needs that. */
export function memberName(name: string): string {
  if (name.startsWith('/') || name.split('/').includes('..'))
    throw new Error(`it holds a member with an unsafe path: ${JSON.stringify(name)}`)
  return posix.join('/', name).slice(1)
}

/** The member a link stands for; its target is read from `folder`. Throws an `Error` when it leads out of the tar. */
export function linkTarget(target: string, folder = ''): string {
  const path = posix.join(folder, target)
  if (target.startsWith('/') || path.split('/')[0] === '..')
    throw new Error(`it holds a link with an unsafe target: ${JSON.stringify(target)}`)
  return path
}

async function readHeader(input: TarInput): Promise<TarHeader | undefined> {
  const at = input.position
  const block = await input.read(BLOCK)
  if (at === 0 && block.length < BLOCK && !hasMagic(block))
    throw new Error(`it is no tar: it has only ${block.length} bytes`)
  if (block.length < BLOCK) throw new Error(`it is cut off: the tar ends at byte ${at} without its end mark`)
  if (isZeroBlock(block)) return undefined
  const header = parseHeader(block)
  if (!header) throw new Error(`there is no tar header at byte ${at}`)
  return header
}

function toMember(header: TarHeader, over: Overrides, offset: number): RawMember {
  const { type } = header
  const size = '123456'.includes(type) ? 0 : (over.size ?? header.size)
  return { name: over.path ?? header.name, type, link: over.linkpath ?? header.link, offset, size }
}

function toEntry({ name: raw, type, link, offset, size }: RawMember): TarEntry {
  const name = memberName(raw)
  switch (type) {
    case '0':
    case '7':
      return { kind: raw.endsWith('/') ? 'other' : 'file', name, offset, size }
    case '1':
      return { kind: 'link', name, offset, size: 0, target: linkTarget(link) }
    case '2':
      return { kind: 'link', name, offset, size: 0, target: linkTarget(link, posix.dirname(name)) }
    default:
      return { kind: 'other', name, offset, size }
  }
}

interface Extension {
  readonly scope: 'local' | 'global'
  readonly overrides: Overrides
}

const EXTENSIONS: Readonly<Record<string, (body: Buffer) => Extension>> = {
  x: body => ({ scope: 'local', overrides: parsePax(body) }),
  g: body => ({ scope: 'global', overrides: parsePax(body) }),
  L: body => ({ scope: 'local', overrides: { path: untilNul(body) } }),
  K: body => ({ scope: 'local', overrides: { linkpath: untilNul(body) } }),
}

async function readExtension(input: TarInput, header: TarHeader): Promise<Extension | undefined> {
  const parse = EXTENSIONS[header.type]
  if (!parse) return undefined
  if (header.size > MAX_EXTENSION) throw new Error(`the tar has a header of ${header.size} bytes`)
  const body = await input.read(header.size)
  if (body.length < header.size) throw new Error(`it is cut off inside a header at byte ${input.position}`)
  await input.skip(paddingOf(header.size))
  return parse(body)
}

/** The records of a pax header: `<length> <key>=<value>\n`, the length counting all of it. */
function parsePax(body: Buffer): Overrides {
  const records = new Map<string, string>()
  for (let at = 0; at < body.length; ) {
    const blank = body.indexOf(0x20, at)
    const length = Number(body.toString('latin1', at, Math.max(at, blank)))
    const record = body.toString('utf8', blank + 1, at + length - 1)
    const equals = record.indexOf('=')
    if (!Number.isInteger(length) || length < 5 || at + length > body.length || equals < 0)
      throw new Error('the tar has a damaged pax header')
    records.set(record.slice(0, equals), record.slice(equals + 1))
    at += length
  }
  return paxOverrides(records)
}

function paxOverrides(records: ReadonlyMap<string, string>): Overrides {
  const path = records.get('path')
  const linkpath = records.get('linkpath')
  const size = records.get('size')
  if (size !== undefined && !/^\d{1,15}$/.test(size)) throw new Error(`the tar has a pax size of ${size}`)
  return {
    ...(path !== undefined && { path }),
    ...(linkpath !== undefined && { linkpath }),
    ...(size !== undefined && { size: Number(size) }),
  }
}

function untilNul(body: Buffer): string {
  const end = body.indexOf(0)
  return body.toString('utf8', 0, end < 0 ? body.length : end)
}
