import { readFile } from 'node:fs/promises'
import { basicAuthorization } from '../http/message.js'
import { UserError } from '../util/error.js'
import { nameInput } from '../util/input-name.js'

/** The credentials for one machine, or for all other machines if `machine` is `undefined` (`default`). */
export interface NetrcEntry {
  readonly machine: string | undefined
  readonly login: string
  readonly password: string
}

interface NetrcParts {
  /** The lines of the input `netrc`. */
  readonly userLines?: string | undefined
  /** Private caches with their tokens. */
  readonly caches?: readonly { readonly uri: string; readonly token: string }[]
  /** The text of the netrc that Nix is already configured with. */
  readonly existing?: string | undefined
}

/**
 * Composes the text of the netrc, because Nix reads only one. Returns an empty text if nothing is added to the existing netrc.
 * The first entry for a machine is used, so the user's lines come before the existing lines. Throws a `UserError` if the user's
 * lines contain no entry.
 */
export function composeNetrc({ userLines = '', caches = [], existing = '' }: NetrcParts): string {
  const entries = parseNetrc(userLines)
  // The lines may contain secrets, so the message does not quote them.
  if (entries.length === 0 && userLines.trim() !== '') {
    throw new UserError(`${nameInput('netrc')} contains no machine`, {
      hint: 'Write lines such as `machine cache.example.org login me password secret`.',
    })
  }
  const userMachines = new Set(entries.map(({ machine }) => machine))
  const tokens = new Map(caches.map(({ uri, token }) => [new URL(uri).hostname, token]))
  const cacheLines = [...tokens]
    .filter(([machine]) => !userMachines.has(machine))
    .map(([machine, token]) => formatCacheEntry(machine, token))
  // A `default` entry hides the entries after it, so entries for single machines come first.
  const added = [...cacheLines, userLines].map(text => text.trimEnd()).filter(Boolean)
  if (added.length === 0) return ''
  return `${[...added, existing.trimEnd()].filter(Boolean).join('\n')}\n`
}

/** Some versions of curl ignore a password without a login. Cachix accepts an empty login. */
function formatCacheEntry(machine: string, token: string): string {
  return `machine ${machine} login "" password ${quotePassword(token)}`
}

/** Adds quotes only if needed, because old versions of curl do not support them. */
function quotePassword(password: string): string {
  if (/[\x00-\x1f\x7f]/.test(password)) {
    throw new UserError(`${nameInput('cachix-auth-token')} contains a newline or another control character`, {
      hint: 'Set it to the token only, on one line.',
    })
  }
  return /[\s"\\#]/.test(password) ? `"${password.replace(/["\\]/g, '\\$&')}"` : password
}

/** Parses the entries of a netrc, in order. Like curl, ignores macros and unknown words. */
export function parseNetrc(text: string): NetrcEntry[] {
  const entries: { machine: string | undefined; login: string; password: string }[] = []
  const words = splitWords(text)
  for (let index = 0; index < words.length; index++) {
    const entry = entries.at(-1)
    const next = words[index + 1]
    if (words[index] === 'machine') entries.push({ machine: next ?? '', login: '', password: '' })
    else if (words[index] === 'default') entries.push({ machine: undefined, login: '', password: '' })
    else if (words[index] === 'login' && entry) entry.login = next ?? ''
    else if (words[index] === 'password' && entry) entry.password = next ?? ''
    else if (words[index] !== 'account') continue
    if (words[index] !== 'default') index++
  }
  return entries
}

const WORD = /"((?:[^"\\]|\\.)*)"|(\S+)/g

/** Ignores comments and macros. A macro ends at a blank line. */
function splitWords(text: string): string[] {
  const content = text
    .replaceAll('\r', '')
    .replace(/^[ \t]*macdef[\s\S]*?(?:\n[ \t]*\n|$(?!\n))/gm, '\n')
    .replace(/^[ \t]*#.*$/gm, '')
  return [...content.matchAll(WORD)].map(([, quoted, plain]) =>
    quoted === undefined ? (plain ?? '') : quoted.replace(/\\(.)/g, '$1'),
  )
}

/** Returns the `Authorization` header (RFC 7617) for a machine, or `undefined` if no entry matches. */
export function findAuthorization(entries: readonly NetrcEntry[], hostname: string): string | undefined {
  const entry = entries.find(({ machine }) => machine === undefined || machine === hostname)
  return entry && basicAuthorization(entry.login, entry.password)
}

/** Lists the passwords in a netrc, so that they can be masked in logs. */
export function listPasswords(text: string): string[] {
  return [...new Set(parseNetrc(text).map(({ password }) => password))].filter(Boolean)
}

/** Reads a netrc file. Returns `undefined` if it does not exist or this user cannot read it. */
export function readNetrc(path: string): Promise<string | undefined> {
  return path === '' ? Promise.resolve(undefined) : readFile(path, 'utf8').catch(() => undefined)
}
