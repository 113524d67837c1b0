import { join } from 'node:path'
import { mapLimit } from '../util/async.js'
import { UserError } from '../util/error.js'
import { type Exec, findProgram } from '../util/exec.js'
import { isExecutable } from '../util/files.js'
import { asArray, asObject, asString, parseJson } from '../util/json.js'
import { parseUrl } from '../util/text.js'
import { lastErrorOf, lastLinesOf } from './log.js'
import type { Nix } from './nix.js'
import { isPublicKey } from './store-uri.js'
import { fetchText, type Web, type WebAnswer } from './web.js'

export const CACHIX_URL = 'https://cachix.org'

/** A cache at Cachix, as its API tells it. */
export interface CachixCache {
  readonly name: string
  /** Of the binary cache, `https://name.cachix.org`. */
  readonly uri: string
  readonly publicSigningKeys: readonly string[]
  /** Anyone may read it. */
  readonly isPublic: boolean
}

interface CachixOptions extends Web {
  /** The API's origin, else `https://cachix.org`. */
  readonly host?: string
  /** Sent to the API alone, and to no other place that it may redirect to. */
  readonly token?: string
}

interface CachixAnswers {
  readonly caches: readonly CachixCache[]
  /** Why others are left out, each naming its cache. */
  readonly warnings: readonly string[]
}

/**
 * Asks Cachix for the addresses and keys of caches. One that cannot be used is left out with a warning; a name that can be
 * no cache's, or a server that can be none, is a `UserError`.
 */
export async function readCachixCaches(
  names: readonly string[],
  options: CachixOptions,
): Promise<CachixAnswers> {
  if (names.length === 0) return { caches: [], warnings: [] }
  checkHost(options)
  for (const name of names) checkName(name)
  const answers = await mapLimit([...new Set(names)], 8, name => askOne(name, options))
  return {
    caches: answers.flatMap(answer => ('cache' in answer ? [answer.cache] : [])),
    warnings: answers.flatMap(answer => ('warning' in answer ? [answer.warning] : [])),
  }
}

/** A token does not cross a network in the clear. */
function checkHost({ host = CACHIX_URL, token }: CachixOptions): void {
  const url = parseUrl(host)
  if (url?.password) throw new UserError(`The address of the Cachix server ${url.host} holds a password`)
  const isNear = url?.protocol === 'http:' && /^(localhost|127\.\d+\.\d+\.\d+|\[::1\])$/.test(url.hostname)
  if (url?.protocol === 'https:' || isNear || (url?.protocol === 'http:' && !token)) return
  throw new UserError(`${JSON.stringify(host)} is no address of a Cachix server`, {
    hint: `It looks like ${CACHIX_URL}; a token goes over https alone.`,
  })
}

function checkName(name: string): void {
  if (/^[a-z0-9][a-z0-9-]{0,62}$/i.test(name)) return
  throw new UserError(`${JSON.stringify(name)} is no name of a Cachix cache`, {
    hint: 'A name has letters, digits and -; it is the first part of the address: my-cache of my-cache.cachix.org.',
  })
}

type Answer = { readonly cache: CachixCache } | { readonly warning: string }

async function askOne(name: string, options: CachixOptions): Promise<Answer> {
  const { host = CACHIX_URL, token } = options
  const headers: Record<string, string> = { accept: 'application/json' }
  if (token) headers.authorization = `Bearer ${token}`
  const url = `${host.replace(/\/*$/, '')}/api/v1/cache/${name}`
  const answer = await fetchText(url, { headers, redirect: 'manual' }, options)
  const where = new URL(host).host
  const problem = problemOf(answer, token !== undefined)
  if (problem !== undefined) return leftOut(name, where, problem)
  const cache = parseCache(name, answer.status === undefined ? '' : answer.text, host)
  if (typeof cache === 'string') return leftOut(name, where, cache)
  if (cache.isPublic || token) return { cache }
  return leftOut(name, where, 'it is private, and there is no cachix-auth-token')
}

function leftOut(name: string, where: string, problem: string): Answer {
  return { warning: `The Cachix cache ${name} is not used: ${problem} (asked ${where})` }
}

const CHECK_NAME = 'check the name, and give cachix-auth-token if it is private'

function problemOf(answer: WebAnswer, hasToken: boolean): string | undefined {
  if (answer.status === undefined) return `Cachix cannot be reached, ${answer.reason}`
  switch (answer.status) {
    case 200:
      return undefined
    case 404:
      return `there is no such cache; ${CHECK_NAME}`
    case 401:
    case 403:
      return hasToken
        ? 'cachix-auth-token may not read it; check the token'
        : `it is not open to all; ${CHECK_NAME}`
    default:
      return `Cachix answered with status ${answer.status}; try again later`
  }
}

/** The cache, or what is wrong with the answer. */
function parseCache(name: string, text: string, host: string): CachixCache | string {
  try {
    const it = asObject(parseJson(text, 'the answer'), 'the answer')
    const keys = asArray(it.publicSigningKeys, 'publicSigningKeys').map(key => asString(key, 'a key'))
    if (keys.length === 0) return 'it has no public key, so nothing of it can be trusted'
    if (!keys.every(isPublicKey)) return 'one of its public keys is malformed'
    const uri = safeUri(asString(it.uri, 'uri'), host)
    if (uri === undefined) return 'its address is none that can be trusted'
    return { name, uri, publicSigningKeys: keys, isPublic: it.isPublic !== false }
  } catch {
    return 'Cachix gave an answer of another kind; try again later'
  }
}

/** Never less private than the way on which the address came. */
function safeUri(uri: string, host: string): string | undefined {
  const url = parseUrl(uri)
  if (url === undefined || /[\s#"\\]/.test(uri)) return undefined
  const { protocol, username, password } = url
  const isPrivate = protocol === 'https:' || (protocol === 'http:' && host.startsWith('http:'))
  return isPrivate && username === '' && password === '' ? uri : undefined
}

interface CachixPush {
  /** The `cachix` program, as `findCachix` gives it. */
  readonly program: string
  /** The cache's name. */
  readonly name: string
  /** The server's origin, else `https://cachix.org`. */
  readonly host?: string | undefined
  readonly authToken?: string | undefined
  readonly signingKey?: string | undefined
  readonly exec: Exec
  readonly onLine?: (line: string) => void
  readonly signal?: AbortSignal
}

/** Sends paths and all that they refer to to a Cachix cache. Throws a `UserError` that names the cache. */
export async function pushToCachix(paths: readonly string[], push: CachixPush): Promise<void> {
  if (paths.length === 0) return
  const { program, name, host = CACHIX_URL, authToken, signingKey, exec, onLine, signal } = push
  const server = host === CACHIX_URL ? [] : ['--hostname', host]
  const result = await exec(program, [...server, 'push', name], {
    input: paths.map(path => `${path}\n`).join(''),
    env: {
      ...(authToken && { CACHIX_AUTH_TOKEN: authToken }),
      ...(signingKey && { CACHIX_SIGNING_KEY: signingKey }),
    },
    ...(onLine && { onErrorLine: onLine }),
    ...(signal && { signal }),
  })
  if (result.code === 0) return
  const said = lastLinesOf({ stderr: `${result.stdout}\n${result.stderr}` })
  throw new UserError(`Pushing to the Cachix cache ${name} failed:\n${said}`, {
    hint: 'Check that cachix-auth-token may write to it, and cachix-signing-key if it has a key of your own.',
  })
}

interface FindCachixOptions {
  /** The value of `PATH`. */
  readonly path: string | undefined
  /** Told before it is fetched, which takes a while. */
  readonly notice: (text: string) => void
  readonly onLine?: (line: string) => void
  readonly signal?: AbortSignal
}

const INSTALLABLE = 'nixpkgs#cachix'

/** The `cachix` program on PATH, else out of nixpkgs. Throws a `UserError` when it can be had from neither. */
export async function findCachixProgram(nix: Nix, options: FindCachixOptions): Promise<string> {
  const program = await findProgram(options.path ?? '', 'cachix')
  if (program !== undefined) return program
  options.notice(`There is no cachix program on PATH, so Nix gets ${INSTALLABLE}`)
  return fetchCachix(nix, options)
}

async function fetchCachix(nix: Nix, { onLine, signal }: FindCachixOptions): Promise<string> {
  const hint = 'Install cachix on this machine, or put it on PATH in an earlier step.'
  const result = await nix.run(['build', '--no-link', '--json', INSTALLABLE], {
    ...(onLine && { onErrorLine: onLine }),
    ...(signal && { signal }),
  })
  if (result.code !== 0) {
    throw new UserError(`Nix could not get cachix, which is needed for pushing:\n${lastErrorOf(result)}`, {
      hint,
    })
  }
  for (const output of outputsOf(result.stdout)) {
    const program = join(nix.storeRoot ?? '/', output, 'bin/cachix')
    if (await isExecutable(program)) return program
  }
  throw new UserError(`${INSTALLABLE} has no program bin/cachix`, { hint })
}

function outputsOf(json: string): string[] {
  const built = asArray(parseJson(json, "Nix's list of what was built"), "Nix's list of what was built")
  return built.flatMap(each =>
    Object.values(asObject(asObject(each, 'what was built').outputs, 'outputs')).map(String),
  )
}
