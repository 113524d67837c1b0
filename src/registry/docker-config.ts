import { readFile } from 'node:fs/promises'
import { canonicalRegistry } from '../http/origin.js'
import type { Reference } from '../oci/reference.js'
import { codeOf, UserError } from '../util/error.js'
import type { Exec } from '../util/exec.js'
import type { JsonObject } from '../util/json.js'
import type { Credential } from './credential.js'
import { askHelper, type Helper } from './credential-helper.js'

/** What a Docker or podman configuration file says about credentials (docker `config.json`, containers-auth.json(5)). */
interface DockerConfig {
  readonly file: string
  readonly auths: JsonObject
  readonly credHelpers: JsonObject
  readonly credsStore: string | undefined
}

/** Docker Hub's name in credential helpers, and in files that `docker login` writes. */
const DOCKER_HUB_SERVER = 'https://index.docker.io/v1/'

/**
 * Looks a reference up in one file, in Docker's order: the registry's own helper, or else the general one, and then
 * what the file itself holds. A file that is not there has nothing. Throws `UserError` that names a broken file.
 */
export async function dockerConfigCredential(
  file: string,
  reference: Reference,
  exec: Exec,
): Promise<Credential | undefined> {
  const config = await readConfig(file)
  if (!config) return undefined
  const helper = helperFor(config, reference)
  const found = helper && (await askHelper(helper, serverOf(reference), exec))
  return found || storedCredential(config, reference)
}

async function readConfig(file: string): Promise<DockerConfig | undefined> {
  const text = await readFile(file, 'utf8').catch(error => {
    if (codeOf(error) === 'ENOENT' || codeOf(error) === 'ENOTDIR') return undefined
    throw broken(file, 'it cannot be read', error)
  })
  if (text === undefined || text.trim() === '') return undefined
  const { auths, credHelpers, credsStore } = section(file, 'it', parsed(file, text))
  return {
    file,
    auths: section(file, 'auths', auths),
    credHelpers: section(file, 'credHelpers', credHelpers),
    credsStore: typeof credsStore === 'string' && credsStore !== '' ? credsStore : undefined,
  }
}

/** The parser's own message would quote the file, and with it a secret. */
function parsed(file: string, text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    throw broken(file, 'it is not JSON')
  }
}

function section(file: string, name: string, value: unknown): JsonObject {
  if (value === undefined || value === null) return {}
  if (typeof value !== 'object' || Array.isArray(value)) throw broken(file, `${name} is not an object`)
  return value as JsonObject
}

function broken(file: string, why: string, cause?: unknown): UserError {
  return new UserError(`the credentials file ${file} is broken: ${why}`, {
    hint: 'Mend or remove the file, or log in again with `docker login`.',
    cause,
  })
}

function serverOf({ registry }: Reference): string {
  const name = canonicalRegistry(registry)
  return name === 'docker.io' ? DOCKER_HUB_SERVER : name
}

function helperFor(
  { file, credHelpers, credsStore }: DockerConfig,
  reference: Reference,
): Helper | undefined {
  const general = credsStore === undefined ? undefined : { name: credsStore, own: false }
  const key = findKey(credHelpers, canonicalRegistry(reference.registry))
  if (key === undefined) return general
  const name = credHelpers[key]
  if (typeof name !== 'string') throw broken(file, `credHelpers[${JSON.stringify(key)}] is not a string`)
  return name === '' ? general : { name, own: true }
}

function storedCredential(config: DockerConfig, reference: Reference): Credential | undefined {
  for (const place of placesOf(reference)) {
    const key = findKey(config.auths, place)
    const found = key === undefined ? undefined : entryCredential(config, key)
    if (found) return found
  }
  return undefined
}

/** podman's keys may name a repository or a part of its path: `host/owner/name`, `host/owner`, `host`. */
function placesOf({ registry, repository }: Reference): string[] {
  const parts = repository.split('/')
  const paths = parts.map((_, n) => parts.slice(0, parts.length - n).join('/'))
  const host = canonicalRegistry(registry)
  return [...paths.map(path => `${host}/${path}`), host]
}

/** The key itself before one that only means the same. */
function findKey(entries: JsonObject, place: string): string | undefined {
  if (Object.hasOwn(entries, place)) return place
  return Object.keys(entries).find(key => placeOf(key) === place)
}

/** `https://index.docker.io/v1/` → `docker.io`, `https://ghcr.io` → `ghcr.io`. */
function placeOf(key: string): string {
  const path = key
    .replace(/^https?:\/\//, '')
    .replace(/\/+$/, '')
    .replace(/\/v[12]$/, '')
  const [host = '', ...rest] = path.split('/')
  return [canonicalRegistry(host), ...rest].join('/')
}

function entryCredential({ file, auths }: DockerConfig, key: string): Credential | undefined {
  const entry = section(file, `auths[${JSON.stringify(key)}]`, auths[key])
  const text = (name: string): string => {
    const value = entry[name] ?? ''
    if (typeof value === 'string') return value
    throw broken(file, `${name} of auths[${JSON.stringify(key)}] is not a string`)
  }
  const token = text('identitytoken')
  if (token !== '') return { kind: 'identity', token, source: file }
  const pair = text('auth') === '' ? undefined : decodePair(text('auth'))
  if (text('auth') !== '' && !pair)
    throw broken(file, `auth of auths[${JSON.stringify(key)}] is not the base64 of user:password`)
  const { username, password } = pair ?? { username: text('username'), password: text('password') }
  return username === '' || password === '' ? undefined : { kind: 'basic', username, password, source: file }
}

function decodePair(auth: string): { username: string; password: string } | undefined {
  if (!/^[A-Za-z0-9+/\s]+=*\s*$/.test(auth)) return undefined
  const text = Buffer.from(auth, 'base64').toString().replace(/\0+$/, '')
  const colon = text.indexOf(':')
  return colon < 0 ? undefined : { username: text.slice(0, colon), password: text.slice(colon + 1) }
}
