import type { ExecResult } from '../util/exec.js'
import { nameInput } from '../util/input-name.js'

type ErrorOutput = Pick<ExecResult, 'stderr'>

/** Lines of Nix that do not explain a failure. */
const NOISE = [
  /^(\S+> )?\s*$/,
  /^th(is|ese \d+) derivations? will be built/,
  /^ {2}\/nix\/store\/\S+\.drv$/,
  /^building '/,
  /^warning: the group '.*' specified in/,
  /^warning: Git tree .* is dirty/,
  /^warning: (error: )?unable to download .*retrying/,
  /^\(use '--show-trace'/,
]

/** Returns the last lines of Nix's standard error as plain text, without noise. */
export function lastLinesOf(result: ErrorOutput, count = 25): string {
  return readLines(result).slice(-count).join('\n')
}

/** Like `lastLinesOf`, but starts at the last `error: …`: Nix prints the cause of an error after the trace. */
export function lastErrorOf(result: ErrorOutput, count = 25): string {
  const lines = readLines(result)
  const start = lines.findLastIndex(line => /^\s*error: \S/.test(line))
  if (start < 0) return lastLinesOf(result, count)
  const indent = /^\s*/.exec(lines[start] ?? '')?.[0].length ?? 0
  const cause = lines
    .slice(start, start + count)
    .map(line => (line.slice(0, indent).trim() ? line : line.slice(indent)))
  return cause.join('\n')
}

function readLines(result: ErrorOutput): string[] {
  const lines = stripControlCodes(result.stderr).split(/\r?\n/)
  return lines.filter(line => !NOISE.some(pattern => pattern.test(line)))
}

/** Removes colors, and the raw bytes of the worker protocol that old versions of Nix write to the log. */
export function stripControlCodes(text: string): string {
  return text.replace(/\x1b\[[0-9;]*[A-Za-z]/g, '').replace(/[\x00-\x08\x0b-\x0c\x0e-\x1f\x7f]+/g, ' ')
}

/** A problem with a binary cache, parsed from a line of Nix's log. */
interface CacheProblem {
  /** The URL of the cache. */
  readonly cache: string
  readonly kind: CacheProblemKind
  /** The problem and what to do, for a message. */
  readonly description: string
}

export type CacheProblemKind =
  | 'unsigned'
  | 'untrusted-user'
  | 'refused'
  | 'unreachable'
  | 'no-cache'
  | 'incomplete'

/** Parses one line of Nix's standard error. Returns `undefined` if it is not a cache problem, or if Nix retries. */
export function parseCacheProblem(line: string): CacheProblem | undefined {
  const text = stripControlCodes(line)
  for (const { pattern, kind } of CACHE_MESSAGES) {
    const [, url] = pattern.exec(text) ?? []
    if (url === undefined) continue
    if (!text.includes('unable to download')) {
      return { cache: url, kind, description: PROBLEM_DESCRIPTIONS[kind]() }
    }
    const cache = url.replace(CACHE_FILE, '')
    return cache === url ? undefined : { cache, kind, description: PROBLEM_DESCRIPTIONS[kind]() }
  }
  return undefined
}

/** True if the Nix daemon ignored the public keys of caches, because it accepts them only from trusted users. */
export function hasIgnoredKeys(line: string): boolean {
  return /ignoring the client-specified setting '(extra-)?trusted-public-keys'/.test(stripControlCodes(line))
}

/** Messages of Nix 2.8 and newer. Each captures the URL of a cache, or of a file in a cache. */
const CACHE_MESSAGES: readonly { readonly pattern: RegExp; readonly kind: CacheProblemKind }[] = [
  { pattern: /ignoring substitute for '[^']*' from '([^']+)', as it's not signed by/, kind: 'unsigned' },
  { pattern: /substitute for '[^']*' from '([^']+)' is not signed by/, kind: 'unsigned' },
  { pattern: /ignoring untrusted substituter '([^']+)'/, kind: 'untrusted-user' },
  { pattern: /'([^']+)' does not appear to be a binary cache/, kind: 'no-cache' },
  { pattern: /unable to download '([^']+)': HTTP error 40[13]\b/, kind: 'refused' },
  { pattern: /file '[^']*' does not exist in binary cache '([^']+)'/, kind: 'incomplete' },
  { pattern: /NAR for '[^']*' fetched from '([^']+)' is incomplete/, kind: 'incomplete' },
  { pattern: /unable to download '([^']+)': (?!.*\bretrying in \d)/, kind: 'unreachable' },
  { pattern: /disabling binary cache '([^']+)' for /, kind: 'unreachable' },
  { pattern: /substituter '([^']+)' is disabled/, kind: 'unreachable' },
]

/** The files of a binary cache. Nix also downloads other files, such as sources. */
const CACHE_FILE = /\/(nix-cache-info|[0-9a-z]{32}\.narinfo|nar\/[^/]+)$/

const PROBLEM_DESCRIPTIONS: Readonly<Record<CacheProblemKind, () => string>> = {
  unsigned: () =>
    'its paths are not signed by a trusted key, so they are built instead. ' +
    `Add its public key to ${nameInput('extra-trusted-public-keys')}`,
  'untrusted-user': () =>
    'the Nix daemon accepts additional caches only from trusted users. Add yourself to trusted-users in /etc/nix/nix.conf',
  refused: () =>
    `it refused access. Set or correct the credentials in ${nameInput('netrc')} or ${nameInput('cachix-auth-token')}`,
  unreachable: () => 'it did not respond, so its paths are built instead',
  'no-cache': () =>
    'its URL is not a binary cache. Check the URL, and whether the cache requires credentials',
  incomplete: () => 'it lists a path but does not have its files, so the path is built instead',
}

/** Compares the URL of a cache in Nix's log with a configured URL. Nix omits the query, which contains options for Nix. */
export function isSameCache(logged: string | undefined, cache: string): boolean {
  const withoutQuery = (url: string): string => url.replace(/\?.*$/, '').replace(/\/+$/, '')
  return logged !== undefined && withoutQuery(logged) === withoutQuery(cache)
}
