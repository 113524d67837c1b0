import { readFile } from 'node:fs/promises'
import { homedir } from 'node:os'
import { join } from 'node:path'
import { basicAuthorization } from '../http/message.js'
import type { Reference } from '../oci/reference.js'
import { codeOf, messageOf, UserError } from '../util/error.js'
import { ProgramNotFound } from '../util/exec.js'
import { type JsonObject, parseObjectOrEmpty } from '../util/json.js'
import { redactAddresses } from '../util/redact-addresses.js'
import { flattenText, truncateText } from '../util/text.js'
import { canonicalRegistry } from './registry-url.js'
import { type HelperOptions, helperSecrets, runCredentialHelper } from './run-credential-helper.js'

/** `env` also contains the variables that name the files. */
export interface CredentialSources extends HelperOptions {
  /** The username and password of the inputs, and their registry. */
  readonly explicit?: { readonly registry: string; readonly username: string; readonly password: string }
  /** The workflow's token, used for ghcr.io only. */
  readonly githubToken?: { readonly actor: string; readonly token: string }
  /** Called with every secret that is found, before it is used. */
  readonly onSecret?: (value: string) => void
  /** Called once for each file that cannot be read. */
  readonly onProblem?: (message: string) => void
  /** Default: `/run`. */
  readonly runFolder?: string
}

/** Finds the credential for a reference: the explicit one, else one from a configuration file, else the workflow's token. */
export function credentialResolver(sources: CredentialSources): CredentialResolver {
  const resolvers = [
    explicitCredential(sources),
    variableCredential(sources),
    ...configFilePaths(sources).map(fileCredential(sources)),
    githubCredential(sources),
  ]
  return async reference => {
    for (const resolve of resolvers) {
      const credential = await resolve(reference)
      if (!credential) continue
      for (const secret of secretsOf(credential)) sources.onSecret?.(secret)
      return credential
    }
    return undefined
  }
}

function explicitCredential({ explicit }: CredentialSources): CredentialResolver {
  return async ({ registry }) => {
    if (!explicit || canonicalRegistry(explicit.registry) !== canonicalRegistry(registry)) return undefined
    const { username, password } = explicit
    return { kind: 'basic', username, password, source: 'the given username and password' }
  }
}

function githubCredential({ githubToken }: CredentialSources): CredentialResolver {
  return async ({ registry }): Promise<Credential | undefined> => {
    if (!githubToken?.token || canonicalRegistry(registry) !== 'ghcr.io') return undefined
    const { actor, token } = githubToken
    return { kind: 'basic', username: actor, password: token, source: 'GITHUB_TOKEN' }
  }
}

/** GitLab CI, and current versions of Docker, have the text of a configuration file in this variable. */
function variableCredential(sources: CredentialSources): CredentialResolver {
  const text = sources.env.DOCKER_AUTH_CONFIG?.trim()
  return async reference =>
    text ? configCredential(parseDockerConfig('DOCKER_AUTH_CONFIG', text), reference, sources) : undefined
}

function fileCredential(sources: CredentialSources): (file: string) => CredentialResolver {
  return file => {
    let isReported = false
    // The file of another user, or a folder that Docker made for a mount, does not stop anonymous access.
    const report = (error: unknown): string => {
      if (!isReported && !ABSENT_CODES.has(codeOf(error) ?? ''))
        sources.onProblem?.(describeUnreadable(file, error))
      isReported = true
      return ''
    }
    return async reference => {
      const text = await readFile(file, 'utf8').catch(report)
      if (text.trim() === '') return undefined
      return configCredential(parseDockerConfig(file, text), reference, sources)
    }
  }
}

const ABSENT_CODES: ReadonlySet<string> = new Set(['ENOENT', 'ENOTDIR'])

function describeUnreadable(file: string, error: unknown): string {
  const problem = codeOf(error) === 'EISDIR' ? 'it is a folder' : messageOf(error)
  return `The credentials file ${file} cannot be read, so its credentials are not used: ${problem}`
}

/**
 * The paths of Docker's and podman's configuration files. The file that REGISTRY_AUTH_FILE names comes first. Without
 * XDG_RUNTIME_DIR, `podman login` writes to `/run/containers/<uid>/auth.json` (containers-auth.json(5)).
 */
function configFilePaths({ env, runFolder = '/run' }: CredentialSources): string[] {
  const home = env.HOME || homedir()
  const uid = String(process.getuid?.() ?? '')
  const runtime = env.XDG_RUNTIME_DIR
    ? [join(env.XDG_RUNTIME_DIR, 'containers')]
    : [join(runFolder, 'containers', uid), join(runFolder, 'user', uid, 'containers')]
  return [
    ...(env.REGISTRY_AUTH_FILE ? [env.REGISTRY_AUTH_FILE] : []),
    join(env.DOCKER_CONFIG || join(home, '.docker'), 'config.json'),
    ...runtime.map(folder => join(folder, 'auth.json')),
    join(env.XDG_CONFIG_HOME || join(home, '.config'), 'containers', 'auth.json'),
  ]
}

/** A login for a registry. `source` says where it was found: `~/.docker/config.json`. */
export type Credential = { readonly source: string } & (
  | { readonly kind: 'basic'; readonly username: string; readonly password: string }
  /** An OAuth2 refresh token. */
  | { readonly kind: 'identity'; readonly token: string }
)

export type CredentialResolver = (reference: Reference) => Promise<Credential | undefined>

/** The account and its source, for messages: `octocat (from GITHUB_TOKEN)`. */
export function accountName(credential: Credential): string {
  const account = credential.kind === 'basic' ? credential.username : 'an identity token'
  return `${account} (from ${credential.source})`
}

/** All texts that must not be printed. */
function secretsOf(credential: Credential): string[] {
  if (credential.kind === 'identity') return [credential.token].filter(Boolean)
  const { username, password } = credential
  return password === '' ? [] : [password, basicAuthorization(username, password).slice('Basic '.length)]
}

/** The credentials in a configuration file of Docker (`config.json`) or podman (containers-auth.json(5)). */
interface DockerConfig {
  readonly file: string
  readonly auths: JsonObject
  readonly credHelpers: JsonObject
  readonly credsStore: string | undefined
}

/** Docker Hub's name in credential helpers and in the files of `docker login`. */
const DOCKER_HUB_SERVER = 'https://index.docker.io/v1/'

/**
 * Finds a reference's credential in one configuration, in Docker's order: the registry's credential helper, or else the general
 * one; then the entries of the configuration itself.
 */
async function configCredential(
  config: DockerConfig,
  reference: Reference,
  sources: CredentialSources,
): Promise<Credential | undefined> {
  const helper = findHelper(config, reference)
  const credential = helper && (await runHelper(helper, serverName(reference), sources))
  return credential || findStoredCredential(config, reference)
}

/** Throws a `UserError` with the name of the file or variable if it is invalid. */
function parseDockerConfig(file: string, text: string): DockerConfig {
  const { auths, credHelpers, credsStore } = readSection(file, 'it', parseConfig(file, text))
  return {
    file,
    auths: readSection(file, 'auths', auths),
    credHelpers: readSection(file, 'credHelpers', credHelpers),
    credsStore: typeof credsStore === 'string' && credsStore !== '' ? credsStore : undefined,
  }
}

/** Does not use the parser's message: it quotes the file, which contains secrets. */
function parseConfig(file: string, text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    throw brokenFileError(file, 'it is not JSON')
  }
}

function readSection(file: string, name: string, value: unknown): JsonObject {
  if (value === undefined || value === null) return {}
  if (typeof value !== 'object' || Array.isArray(value))
    throw brokenFileError(file, `${name} is not an object`)
  return value as JsonObject
}

function brokenFileError(file: string, problem: string, cause?: unknown): UserError {
  const isVariable = file === 'DOCKER_AUTH_CONFIG'
  return new UserError(`the credentials ${isVariable ? 'variable' : 'file'} ${file} is invalid: ${problem}`, {
    hint: isVariable
      ? 'Set it to the text of a config.json of `docker login`, or unset it.'
      : 'Fix or remove the file, or log in again with `docker login`.',
    cause,
  })
}

function serverName({ registry }: Reference): string {
  const name = canonicalRegistry(registry)
  return name === 'docker.io' ? DOCKER_HUB_SERVER : name
}

/** The end of the name of a program, not a path. */
const HELPER_NAME = /^[\w.+-]{1,200}$/

function findHelper(
  { file, credHelpers, credsStore }: DockerConfig,
  reference: Reference,
): CredentialHelper | undefined {
  const key = findKey(credHelpers, canonicalRegistry(reference.registry))
  const specific = key === undefined ? '' : credHelpers[key]
  const field = specific === '' ? 'credsStore' : `credHelpers[${JSON.stringify(key)}]`
  if (typeof specific !== 'string') throw brokenFileError(file, `${field} is not a string`)
  const name = specific || credsStore
  if (name === undefined) return undefined
  if (!HELPER_NAME.test(name)) throw brokenFileError(file, `${field} is not the name of a credential helper`)
  return { name, isRegistrySpecific: specific !== '' }
}

function findStoredCredential(config: DockerConfig, reference: Reference): Credential | undefined {
  for (const authKey of authKeysFor(reference)) {
    const key = findKey(config.auths, authKey)
    const credential = key === undefined ? undefined : readAuthEntry(config, key)
    if (credential) return credential
  }
  return undefined
}

/** podman's keys may contain a repository or the start of its path: `host/owner/name`, `host/owner`, `host`. */
function authKeysFor({ registry, repository }: Reference): string[] {
  const parts = repository.split('/')
  const paths = parts.map((_, n) => parts.slice(0, parts.length - n).join('/'))
  const host = canonicalRegistry(registry)
  return [...paths.map(path => `${host}/${path}`), host]
}

/** Finds an exact key, or else an equivalent one. */
function findKey(entries: JsonObject, authKey: string): string | undefined {
  if (Object.hasOwn(entries, authKey)) return authKey
  return Object.keys(entries).find(key => normalizeAuthKey(key) === authKey)
}

/** `https://index.docker.io/v1/` → `docker.io`, `https://ghcr.io` → `ghcr.io`. */
function normalizeAuthKey(key: string): string {
  const path = key
    .replace(/^https?:\/\//, '')
    .replace(/\/+$/, '')
    .replace(/\/v[12]$/, '')
  const [host = '', ...rest] = path.split('/')
  return [canonicalRegistry(host), ...rest].join('/')
}

function readAuthEntry({ file, auths }: DockerConfig, key: string): Credential | undefined {
  const entry = readSection(file, `auths[${JSON.stringify(key)}]`, auths[key])
  const readText = (name: string): string => {
    const value = entry[name] ?? ''
    if (typeof value === 'string') return value
    throw brokenFileError(file, `${name} of auths[${JSON.stringify(key)}] is not a string`)
  }
  const token = readText('identitytoken')
  if (token !== '') return { kind: 'identity', token, source: file }
  const pair = readText('auth') === '' ? undefined : decodeUserAndPassword(readText('auth'))
  if (readText('auth') !== '' && !pair)
    throw brokenFileError(file, `auth of auths[${JSON.stringify(key)}] is not the base64 of user:password`)
  const { username, password } = pair ?? { username: readText('username'), password: readText('password') }
  return username === '' || password === '' ? undefined : { kind: 'basic', username, password, source: file }
}

function decodeUserAndPassword(auth: string): { username: string; password: string } | undefined {
  if (!/^[A-Za-z0-9+/\s]+=*\s*$/.test(auth)) return undefined
  const text = Buffer.from(auth, 'base64').toString().replace(/\0+$/, '')
  const colon = text.indexOf(':')
  return colon < 0 ? undefined : { username: text.slice(0, colon), password: text.slice(colon + 1) }
}

interface CredentialHelper {
  /** The program's name without `docker-credential-`. */
  readonly name: string
  /** It is configured for this registry in `credHelpers`, not for all registries in `credsStore`. */
  readonly isRegistrySpecific: boolean
}

/**
 * Reads a server's credential from `docker-credential-<name>` (protocol of docker-credential-helpers: the server on standard
 * input, JSON on standard output); `undefined` if it has none. Throws a `UserError` if the program fails, or if a
 * registry-specific program is missing.
 */
async function runHelper(
  { name, isRegistrySpecific }: CredentialHelper,
  server: string,
  sources: CredentialSources,
): Promise<Credential | undefined> {
  const program = `docker-credential-${name}`
  for (const secret of helperSecrets(sources.env)) sources.onSecret?.(secret)
  const result = await runCredentialHelper(program, server, sources).catch(error => {
    // A configuration file copied from another machine may name a helper that is not installed here.
    if (!isRegistrySpecific && isProgramMissing(error)) return undefined
    if (sources.signal?.aborted || !(error instanceof UserError)) throw error
    throw helperError(program, server, messageOf(error))
  })
  if (result === undefined) return undefined
  const { code, stdout, stderr } = result
  if (code === 0) return parseHelperOutput(program, server, stdout)
  const output = `${stdout} ${stderr}`
  if (/credentials not found|credentials server URL|no credentials/i.test(output)) return undefined
  const message = [withoutCredential(stdout), withoutCredential(stderr)].filter(Boolean).join(' ')
  throw helperError(program, server, `exit code ${code}${message === '' ? '' : `: ${message}`}`)
}

const MAX_HELPER_MESSAGE = 300

/** The message of a helper in one line, without passwords. A helper may fail after it has printed the credential. */
function withoutCredential(output: string): string {
  if (/"(Secret|Username)"/i.test(output)) return '(output with a credential)'
  return truncateText(redactAddresses(flattenText(output)), MAX_HELPER_MESSAGE)
}

function isProgramMissing(error: unknown): boolean {
  return error instanceof ProgramNotFound
}

/** Errors never quote the program's output, since it contains the secret. */
function parseHelperOutput(program: string, server: string, stdout: string): Credential | undefined {
  const { Username: username, Secret: secret } = parseObjectOrEmpty(stdout)
  if (typeof username !== 'string' || typeof secret !== 'string')
    throw helperError(program, server, 'its output does not contain Username and Secret')
  if (secret === '') return undefined
  if (username === '<token>') return { kind: 'identity', token: secret, source: program }
  return { kind: 'basic', username, password: secret, source: program }
}

function helperError(program: string, server: string, problem: string): UserError {
  return new UserError(`${program} failed to get the credentials for ${server}: ${problem}`, {
    hint: `Run \`echo ${server} | ${program} get\` to see more, or log in again.`,
  })
}
