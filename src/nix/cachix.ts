import { join } from 'node:path'
import { isLoopback } from '../http/address.js'
import { mapLimit } from '../util/async.js'
import { UserError } from '../util/error.js'
import { type Exec, findProgram } from '../util/exec.js'
import { isExecutable } from '../util/files.js'
import { nameInput } from '../util/input-name.js'
import { asArray, asObject, asString, parseJson } from '../util/json.js'
import { parseUrl } from '../util/text.js'
import type { Nix } from './nix.js'
import { lastErrorOf, lastLinesOf } from './parse-log-lines.js'
import { type CacheAnswer, type CacheQueryOptions, queryCache } from './query-cache.js'
import { parseBuildOutputs } from './realise.js'
import { isPublicKey } from './store-uri.js'

export const CACHIX_URL = 'https://cachix.org'

/** A Cachix cache, as described by the Cachix API. */
export interface CachixCache {
  readonly name: string
  /** The URL of the binary cache, `https://name.cachix.org`. */
  readonly uri: string
  readonly publicSigningKeys: readonly string[]
  /** True if reading the cache needs no token. */
  readonly isPublic: boolean
}

interface CachixOptions extends CacheQueryOptions {
  /** The origin of the API. Default: `https://cachix.org`. */
  readonly host?: string
  /** Sent only to the API. Redirects to other origins are not followed. */
  readonly token?: string
}

interface CachixCaches {
  readonly caches: readonly CachixCache[]
  /** One warning for each cache that cannot be used, with its name and the reason. */
  readonly warnings: readonly string[]
}

/**
 * Reads the URLs and public keys of caches from the Cachix API. A cache that cannot be used is skipped with a warning. Throws a
 * `UserError` if a name or the URL of the server is not valid.
 */
export async function readCachixCaches(
  names: readonly string[],
  options: CachixOptions,
): Promise<CachixCaches> {
  if (names.length === 0) return { caches: [], warnings: [] }
  checkHost(options)
  for (const name of names) checkCacheName(name)
  const results = await mapLimit([...new Set(names)], 8, name => readCachixCache(name, options))
  return {
    caches: results.flatMap(result => ('cache' in result ? [result.cache] : [])),
    warnings: results.flatMap(result => ('warning' in result ? [result.warning] : [])),
  }
}

/** A token must not be sent over plain HTTP, except to this machine. */
function checkHost({ host = CACHIX_URL, token }: CachixOptions): void {
  const url = parseUrl(host)
  if (url?.password) {
    throw new UserError(`The URL of the Cachix server ${url.host} contains a password`, {
      hint: `Remove the password, and set ${nameInput('cachix-auth-token')} instead.`,
    })
  }
  const isLocal = url?.protocol === 'http:' && isLoopback(url)
  if (url?.protocol === 'https:' || isLocal || (url?.protocol === 'http:' && !token)) return
  throw new UserError(`${JSON.stringify(host)} is not the URL of a Cachix server`, {
    hint: `Write it as ${CACHIX_URL}. With a token it must start with https://.`,
  })
}

function checkCacheName(name: string): void {
  if (/^[a-z0-9][a-z0-9-]{0,62}$/i.test(name)) return
  throw new UserError(`${JSON.stringify(name)} is not the name of a Cachix cache`, {
    hint: 'A name consists of letters, digits and -. It is the first part of the host name: my-cache in my-cache.cachix.org.',
  })
}

type CacheResult = { readonly cache: CachixCache } | { readonly warning: string }

async function readCachixCache(name: string, options: CachixOptions): Promise<CacheResult> {
  const { host = CACHIX_URL, token } = options
  const headers: Record<string, string> = { accept: 'application/json' }
  if (token) headers.authorization = `Bearer ${token}`
  const url = `${host.replace(/\/*$/, '')}/api/v1/cache/${name}`
  const answer = await queryCache(url, { headers, sameOriginOnly: true }, options)
  const server = new URL(host).host
  const problem = apiProblemOf(answer, token !== undefined)
  if (problem !== undefined) return skipCache(name, server, problem)
  const cache = parseCache(name, answer.status === undefined ? '' : answer.text, host)
  if (typeof cache === 'string') return skipCache(name, server, cache)
  if (cache.isPublic || token) return { cache }
  return skipCache(name, server, `it is private, and ${nameInput('cachix-auth-token')} is not set`)
}

function skipCache(name: string, server: string, reason: string): CacheResult {
  return { warning: `The Cachix cache ${name} is not used: ${reason} (server: ${server})` }
}

/** Returns why the response of the API cannot be used, or `undefined` if it can. */
function apiProblemOf(answer: CacheAnswer, hasToken: boolean): string | undefined {
  if (answer.status === undefined) return answer.reason
  const token = nameInput('cachix-auth-token')
  const advice = `check the name, and set ${token} if the cache is private`
  switch (answer.status) {
    case 200:
      return undefined
    case 404:
      return `it does not exist; ${advice}`
    case 401:
    case 403:
      return hasToken ? `${token} has no access to it; check the token` : `it is not public; ${advice}`
    default:
      return `Cachix answered with status ${answer.status}; try again later`
  }
}

/** Returns the cache, or a string with the reason if the response is not valid. */
function parseCache(name: string, text: string, host: string): CachixCache | string {
  try {
    const answer = asObject(parseJson(text, 'the answer'), 'the answer')
    const keys = asArray(answer.publicSigningKeys, 'publicSigningKeys').map(key => asString(key, 'a key'))
    if (keys.length === 0) return 'it has no public key, so its paths cannot be verified'
    if (!keys.every(isPublicKey)) return 'one of its public keys is malformed'
    const uri = asString(answer.uri, 'uri')
    if (!isTrustedUri(uri, host)) return 'its URL is not a valid https:// URL without credentials'
    return { name, uri, publicSigningKeys: keys, isPublic: answer.isPublic !== false }
  } catch {
    return 'Cachix sent an invalid response; try again later'
  }
}

/** An API over HTTPS must not return a cache over plain HTTP. Characters with a meaning in nix.conf or netrc are rejected. */
function isTrustedUri(uri: string, host: string): boolean {
  const url = parseUrl(uri)
  if (url === undefined || /[\s#"\\]/.test(uri)) return false
  const { protocol, username, password } = url
  const isPrivate = protocol === 'https:' || (protocol === 'http:' && host.startsWith('http:'))
  return isPrivate && username === '' && password === ''
}

interface CachixPush {
  /** The path of the `cachix` program, from `findCachixProgram`. */
  readonly program: string
  /** The name of the cache. */
  readonly name: string
  /** The origin of the server. Default: `https://cachix.org`. */
  readonly host?: string | undefined
  readonly authToken?: string | undefined
  readonly signingKey?: string | undefined
  readonly exec: Exec
  readonly onLine?: (line: string) => void
  readonly signal?: AbortSignal
}

/** Pushes paths with their closures to a Cachix cache. Throws a `UserError` that names the cache if this fails. */
export async function pushToCachix(paths: readonly string[], push: CachixPush): Promise<void> {
  if (paths.length === 0) return
  const { program, name, host = CACHIX_URL, authToken, signingKey, exec, onLine, signal } = push
  const hostArgs = host === CACHIX_URL ? [] : ['--hostname', host]
  const result = await exec(program, [...hostArgs, 'push', name], {
    input: paths.map(path => `${path}\n`).join(''),
    env: {
      ...(authToken && { CACHIX_AUTH_TOKEN: authToken }),
      ...(signingKey && { CACHIX_SIGNING_KEY: signingKey }),
    },
    ...(onLine && { onErrorLine: onLine }),
    ...(signal && { signal }),
  })
  if (result.code === 0) return
  const output = lastLinesOf({ stderr: `${result.stdout}\n${result.stderr}` })
  throw new UserError(`Pushing to the Cachix cache ${name} failed:\n${output}`, {
    hint:
      `Check that ${nameInput('cachix-auth-token')} has write access. ` +
      `If you sign the cache yourself, set ${nameInput('cachix-signing-key')}.`,
  })
}

interface FindCachixOptions {
  /** The value of `PATH`. */
  readonly path: string | undefined
  /** Called before the program is downloaded or built, which can be slow. */
  readonly notice: (text: string) => void
  readonly onLine?: (line: string) => void
  readonly signal?: AbortSignal
}

const CACHIX_INSTALLABLE = 'nixpkgs#cachix'

/** Finds the `cachix` program on PATH, or builds or downloads it from nixpkgs. Throws a `UserError` if both fail. */
export async function findCachixProgram(nix: Nix, options: FindCachixOptions): Promise<string> {
  const program = await findProgram(options.path ?? '', 'cachix')
  if (program !== undefined) return program
  options.notice(`cachix is not on PATH, so Nix installs ${CACHIX_INSTALLABLE}`)
  return buildCachixProgram(nix, options)
}

async function buildCachixProgram(nix: Nix, { onLine, signal }: FindCachixOptions): Promise<string> {
  const hint = 'Install cachix on this machine, or put it on PATH in an earlier step.'
  const result = await nix.run(['build', '--no-link', '--json', CACHIX_INSTALLABLE], {
    ...(onLine && { onErrorLine: onLine }),
    ...(signal && { signal }),
  })
  if (result.code !== 0) {
    throw new UserError(`Nix could not install cachix, which is needed to push:\n${lastErrorOf(result)}`, {
      hint,
    })
  }
  for (const outputs of parseBuildOutputs(result.stdout).values()) {
    for (const output of Object.values(outputs)) {
      const program = join(nix.storeRoot ?? '/', String(output), 'bin/cachix')
      if (await isExecutable(program)) return program
    }
  }
  throw new UserError(`${CACHIX_INSTALLABLE} does not contain bin/cachix`, { hint })
}
