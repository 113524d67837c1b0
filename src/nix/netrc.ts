import { readFile } from 'node:fs/promises'
import { UserError } from '../util/error.js'

/** Who we are to one machine; to all others where it names none. */
export interface NetrcEntry {
  readonly machine: string | undefined
  readonly login: string
  readonly password: string
}

interface NetrcParts {
  /** The user's own lines. */
  readonly userLines?: string | undefined
  /** Private caches and the token that opens each. */
  readonly caches?: readonly { readonly uri: string; readonly token: string }[]
  /** What the file holds that Nix reads already. */
  readonly existing?: string | undefined
}

/**
 * The text of the one netrc that Nix can read; empty where nothing comes to what it has already. The first entry for a
 * machine counts, so the user's own come before ours, and all before those that were there. Throws a `UserError` where the
 * user's lines have no entry at all.
 */
export function composeNetrc({ userLines = '', caches = [], existing = '' }: NetrcParts): string {
  const entries = parseNetrc(userLines)
  if (entries.length === 0 && userLines.trim() !== '') throw noNetrc()
  const named = new Set(entries.map(({ machine }) => machine))
  const machines = new Map(caches.map(({ uri, token }) => [new URL(uri).hostname, token]))
  const lines = [...machines]
    .filter(([machine]) => !named.has(machine))
    .map(([machine, token]) => cacheLine(machine, token))
  // An entry for all machines hides what follows it, so lines for single ones stand first.
  const added = [...lines, userLines].map(text => text.trimEnd()).filter(Boolean)
  if (added.length === 0) return ''
  return `${[...added, existing.trimEnd()].filter(Boolean).join('\n')}\n`
}

/** What stands there may be secret, so it is not shown. */
function noNetrc(): UserError {
  return new UserError('The input netrc names no machine', {
    hint: 'It has lines such as `machine cache.example.org login me password secret`.',
  })
}

/** Some versions of curl take no password without a login, and an empty one is as good for Cachix. */
function cacheLine(machine: string, token: string): string {
  return `machine ${machine} login "" password ${quoted(token)}`
}

/** Plain where that can be, since old versions of curl know no quotes. */
function quoted(password: string): string {
  if (/[\x00-\x1f\x7f]/.test(password)) {
    throw new UserError('cachix-auth-token holds a line end or another character that no token has', {
      hint: 'Give the token alone, on one line.',
    })
  }
  return /[\s"\\#]/.test(password) ? `"${password.replace(/["\\]/g, '\\$&')}"` : password
}

/** The entries of a netrc, in order. Macros and what we do not know are left out, as curl does. */
export function parseNetrc(text: string): NetrcEntry[] {
  const entries: { machine: string | undefined; login: string; password: string }[] = []
  const words = wordsOf(text)
  for (let at = 0; at < words.length; at++) {
    const entry = entries.at(-1)
    const next = words[at + 1]
    if (words[at] === 'machine') entries.push({ machine: next ?? '', login: '', password: '' })
    else if (words[at] === 'default') entries.push({ machine: undefined, login: '', password: '' })
    else if (words[at] === 'login' && entry) entry.login = next ?? ''
    else if (words[at] === 'password' && entry) entry.password = next ?? ''
    else if (words[at] !== 'account') continue
    if (words[at] !== 'default') at++
  }
  return entries
}

const WORD = /"((?:[^"\\]|\\.)*)"|(\S+)/g

/** Without comments, and without macros, which end with a blank line. */
function wordsOf(text: string): string[] {
  const told = text
    .replaceAll('\r', '')
    .replace(/^[ \t]*macdef[\s\S]*?(?:\n[ \t]*\n|$(?!\n))/gm, '\n')
    .replace(/^[ \t]*#.*$/gm, '')
  return [...told.matchAll(WORD)].map(([, inQuotes, plain]) =>
    inQuotes === undefined ? (plain ?? '') : inQuotes.replace(/\\(.)/g, '$1'),
  )
}

/** The header that shows a machine who we are; `undefined` where a netrc has no entry for it. */
export function findAuthorization(entries: readonly NetrcEntry[], hostname: string): string | undefined {
  const entry = entries.find(({ machine }) => machine === undefined || machine === hostname)
  if (entry === undefined) return undefined
  return `Basic ${Buffer.from(`${entry.login}:${entry.password}`).toString('base64')}`
}

/** The passwords in a netrc, to be kept out of logs. */
export function listPasswords(text: string): string[] {
  return [...new Set(parseNetrc(text).map(({ password }) => password))].filter(Boolean)
}

/** What a netrc file holds; `undefined` where there is none, or none that we may read. */
export function readNetrc(path: string): Promise<string | undefined> {
  return path === '' ? Promise.resolve(undefined) : readFile(path, 'utf8').catch(() => undefined)
}
