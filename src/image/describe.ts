import { isUtf8 } from 'node:buffer'
import { isElf } from './elf.js'
import { readHead } from './format/file-bytes.js'

interface Kind {
  readonly what: string
  matches(head: Buffer): boolean
}

/** Enough of a file to tell a person what it is. */
const LOOKED_AT = 1 << 16

/** What a file can be that is no image, the more telling first. */
const KINDS: readonly Kind[] = [
  { what: 'an empty file', matches: head => head.length === 0 },
  {
    what: 'a nix2container image description (JSON), which names layers without holding them',
    matches: head => startsJson(head) && head.includes('"image-config"') && head.includes('"layers"'),
  },
  { what: 'JSON', matches: startsJson },
  { what: 'an xz file', matches: head => head.toString('latin1', 0, 6) === '\xfd7zXZ\0' },
  { what: 'a bzip2 file', matches: head => head.toString('latin1', 0, 3) === 'BZh' },
  { what: 'a zip file', matches: head => head.toString('latin1', 0, 4) === 'PK\x03\x04' },
  { what: 'a squashfs file system', matches: head => head.toString('latin1', 0, 4) === 'hsqs' },
  { what: 'a program that may not be executed', matches: isElf },
  { what: 'a script that may not be executed', matches: head => head.toString('latin1', 0, 2) === '#!' },
  { what: 'text', matches: isText },
]

/** A few words on what a file is, by its first bytes. */
export async function describeFile(path: string): Promise<string> {
  const head = await readHead(path, LOOKED_AT)
  return KINDS.find(kind => kind.matches(head))?.what ?? 'a file of an unknown kind'
}

function startsJson(head: Buffer): boolean {
  return /^\s*[[{]/.test(head.toString('latin1', 0, 64))
}

function isText(head: Buffer): boolean {
  // The last character may be cut in two.
  return !head.includes(0) && [0, 1, 2, 3].some(cut => isUtf8(head.subarray(0, head.length - cut)))
}
