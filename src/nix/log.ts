import type { ExecResult } from '../util/exec.js'

type Said = Pick<ExecResult, 'stderr'>

/** Lines that come with every call and explain no failure. */
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

/** The last lines of what Nix told people, as plain text and without noise. */
export function lastLinesOf(result: Said, count = 25): string {
  return lines(result).slice(-count).join('\n')
}

/** The same from the last `error: …` on: under a trace, the cause stands at the end. */
export function lastErrorOf(result: Said, count = 25): string {
  const said = lines(result)
  const at = said.findLastIndex(line => /^\s*error: \S/.test(line))
  if (at < 0) return lastLinesOf(result, count)
  const indent = /^\s*/.exec(said[at] ?? '')?.[0].length ?? 0
  const cause = said
    .slice(at, at + count)
    .map(line => (line.slice(0, indent).trim() ? line : line.slice(indent)))
  return cause.join('\n')
}

/** Old versions write raw bytes of their own protocol into a log, too. */
export function stripControlCodes(text: string): string {
  return text.replace(/\x1b\[[0-9;]*[A-Za-z]/g, '').replace(/[\x00-\x08\x0b-\x0c\x0e-\x1f\x7f]+/g, ' ')
}

function lines(result: Said): string[] {
  const all = stripControlCodes(result.stderr).split(/\r?\n/)
  return all.filter(line => !NOISE.some(noise => noise.test(line)))
}

/** A cache that was of no use, as a line of Nix's log tells it. */
interface CacheProblem {
  /** Its address. */
  readonly cache: string
  readonly kind: CacheProblemKind
  /** The same in words, and what to do. */
  readonly description: string
}

export type CacheProblemKind =
  | 'unsigned'
  | 'untrusted-user'
  | 'refused'
  | 'unreachable'
  | 'no-cache'
  | 'incomplete'

/** What Nix says, from 2.8 on, with the cache or the file of it that it names. */
const SAID: readonly { readonly said: RegExp; readonly kind: CacheProblemKind }[] = [
  { said: /ignoring substitute for '[^']*' from '([^']+)', as it's not signed by/, kind: 'unsigned' },
  { said: /substitute for '[^']*' from '([^']+)' is not signed by/, kind: 'unsigned' },
  { said: /ignoring untrusted substituter '([^']+)'/, kind: 'untrusted-user' },
  { said: /'([^']+)' does not appear to be a binary cache/, kind: 'no-cache' },
  { said: /unable to download '([^']+)': HTTP error 40[13]\b/, kind: 'refused' },
  { said: /file '[^']*' does not exist in binary cache '([^']+)'/, kind: 'incomplete' },
  { said: /NAR for '[^']*' fetched from '([^']+)' is incomplete/, kind: 'incomplete' },
  { said: /unable to download '([^']+)': (?!.*\bretrying in \d)/, kind: 'unreachable' },
  { said: /disabling binary cache '([^']+)' for /, kind: 'unreachable' },
  { said: /substituter '([^']+)' is disabled/, kind: 'unreachable' },
]

/** The files of a binary cache; all else that Nix downloads is none of a cache's. */
const FILE = /\/(nix-cache-info|[0-9a-z]{32}\.narinfo|nar\/[^/]+)$/

const MEANS: Readonly<Record<CacheProblemKind, string>> = {
  unsigned:
    'what it has is not signed by a key that is trusted, so it is built instead. Give its key in extra-trusted-public-keys',
  'untrusted-user':
    'the Nix daemon takes other caches from trusted users only. Add yourself to trusted-users in /etc/nix/nix.conf',
  refused: 'it wants credentials, or others than it got. Give them in netrc, or as cachix-auth-token',
  unreachable: 'it did not answer, so what it may have is built instead',
  'no-cache': 'what is there is no binary cache. Check the address, and whether it wants credentials',
  incomplete: 'it lacks something that it says it has, so that is built instead',
}

/** Reads one line of Nix's standard error; `undefined` where it is about something else, or Nix tries again. */
export function parseCacheProblem(line: string): CacheProblem | undefined {
  const text = stripControlCodes(line)
  for (const { said, kind } of SAID) {
    const [, named] = said.exec(text) ?? []
    if (named === undefined) continue
    if (!text.includes('unable to download')) return { cache: named, kind, description: MEANS[kind] }
    const cache = named.replace(FILE, '')
    return cache === named ? undefined : { cache, kind, description: MEANS[kind] }
  }
  return undefined
}

/** Whether a cache that Nix names has that address: Nix leaves out the options in it. */
export function isSameCache(named: string | undefined, cache: string): boolean {
  const plain = (text: string): string => text.replace(/\?.*$/, '').replace(/\/+$/, '')
  return named !== undefined && plain(named) === plain(cache)
}
