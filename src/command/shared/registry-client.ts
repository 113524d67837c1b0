import { isGitHubDotCom } from '../../host/event.js'
import type { Host } from '../../host/host.js'
import { showPartsIfSlow } from '../../host/progress.js'
import { networkOf } from '../../http/network.js'
import type { RequestError } from '../../http/request-error.js'
import { Budget, logRepeatedRetries } from '../../http/retry.js'
import type { registryInputs } from '../../input/input-table.js'
import type { Values } from '../../input/read-inputs.js'
import type { Reference } from '../../oci/reference.js'
import { defaultRetry, RegistryClient } from '../../registry/client.js'
import { credentialResolver } from '../../registry/credentials.js'
import { waitForAll } from '../../util/async.js'
import { UsageError } from '../../util/error.js'
import { nameInput } from '../../util/input-name.js'

export type RegistryInputs = Omit<Values<typeof registryInputs>, 'passwordStdin'>

interface ClientOptions {
  /** The maximum number of tries for each request. */
  readonly attempts?: number
  /** The time limit. Default: 60 minutes from now on. */
  readonly budget?: Budget
}

/** Creates a registry client with the credentials of the inputs, the Docker configuration and GitHub. */
export function createRegistryClient(
  inputs: RegistryInputs,
  registries: readonly Pick<Reference, 'registry'>[],
  host: Host,
  { attempts = defaultRetry.attempts, budget = startReadBudget(READ_LIMIT_MS) }: ClientOptions = {},
): RegistryClient {
  const explicit = explicitCredentialOf(inputs, registries)
  const token = isGitHubDotCom(host.env) ? (inputs.githubToken ?? host.env.GITHUB_TOKEN) : undefined
  const onSecret = (value: string): void => host.maskSecret(value)
  const credentials = credentialResolver({
    ...(explicit && { explicit }),
    ...(token && { githubToken: { actor: host.env.GITHUB_ACTOR ?? 'token', token } }),
    env: host.env,
    signal: host.signal,
    onSecret,
    onProblem: message => host.log.warning(message),
  })
  return new RegistryClient({
    ...createCommonOptions(host, attempts),
    credentials,
    insecure: inputs.insecure,
    budget,
  })
}

/** In milliseconds. To compare images, layers of several gigabytes are read. */
const READ_LIMIT_MS = 60 * 60_000
/** In milliseconds. For runs that work without an answer, but more slowly. */
const SHORT_READ_LIMIT_MS = 10 * 60_000

/** The time limit of a client that only reads. It starts at once. */
function startReadBudget(limitMs: number): Budget {
  const budget = new Budget(limitMs, { task: 'reading from the registry' })
  budget.begin()
  return budget
}

/**
 * Creates a registry client for a run that works without an answer of the registry.
 *
 * @param attempts the maximum number of tries for each request
 */
export function createShortClient(
  inputs: RegistryInputs,
  registries: readonly Pick<Reference, 'registry'>[],
  host: Host,
  attempts: number,
): RegistryClient {
  return createRegistryClient(inputs, registries, host, {
    attempts,
    budget: startReadBudget(SHORT_READ_LIMIT_MS),
  })
}

/**
 * Creates a registry client without credentials.
 *
 * @param attempts the maximum number of tries for each request
 */
export function createAnonymousClient(
  host: Pick<Host, 'env' | 'log' | 'maskSecret'>,
  attempts: number,
): RegistryClient {
  return new RegistryClient({
    ...createCommonOptions(host, attempts),
    budget: startReadBudget(SHORT_READ_LIMIT_MS),
  })
}

function createCommonOptions(host: Pick<Host, 'env' | 'log' | 'maskSecret'>, attempts: number) {
  return {
    retry: { ...defaultRetry, attempts },
    onSecret: (value: string): void => host.maskSecret(value),
    onRetry: logRepeatedRetries(host.log.info, reasonOf),
    ...networkOf(host.env),
  }
}

/** The host and what it answered. */
function reasonOf({ url, status, code }: RequestError): string {
  return `${new URL(url).host} ${status ?? code ?? ''}`
}

/** A registry client for pushes. Its time limit starts with `budget.begin()`; once to read, and again to push. */
export interface PushClient {
  readonly client: RegistryClient
  readonly budget: Budget
}

/** The registries of a run, and the inputs to log in to them. */
interface RegistryAccess {
  readonly access: RegistryInputs
  readonly registries: readonly Pick<Reference, 'registry'>[]
}

/** @param timeoutMs the maximum time for all pushes, in milliseconds */
export function openPushClient(
  { access, registries }: RegistryAccess,
  timeoutMs: number,
  host: Host,
): PushClient {
  const hint = `Increase ${nameInput('push-timeout')}, or run it again: uploaded blobs are not uploaded again.`
  const budget = new Budget(timeoutMs, { task: 'the push', hint })
  return { budget, client: createRegistryClient(access, registries, host, { budget }) }
}

/** Throws a `UserError` if one of the registries is not there, before anything takes long. Each is asked once per client. */
export async function checkAddresses(
  client: RegistryClient,
  registries: readonly Pick<Reference, 'registry'>[],
  { log, signal }: Pick<Host, 'log' | 'signal'>,
): Promise<void> {
  const parts = { title: nameRegistries(registries), activity: 'connecting', total: registries.length }
  await showPartsIfSlow(log, parts, countOne =>
    waitForAll(registries.map(each => client.check(each, signal).finally(countOne))),
  )
}

/** Returns the names of all registries. */
export function nameRegistries(registries: readonly Pick<Reference, 'registry'>[]): string {
  return [...new Set(registries.map(({ registry }) => registry))].join(', ')
}

/**
 * Returns inputs for a run that only reads. If there is no password, `username` is removed: pull requests from forks have no
 * secrets, and public images can be read without a login.
 */
export function allowAnonymous<T extends RegistryInputs>(inputs: T): T {
  return inputs.password === undefined ? { ...inputs, username: undefined } : inputs
}

/** Throws a `UsageError` if only one of username and password is set, or if there is more than one registry for them. */
export function checkCredential(
  inputs: RegistryInputs,
  registries: readonly Pick<Reference, 'registry'>[],
): void {
  explicitCredentialOf(inputs, registries)
}

/** Username and password are for one registry. They must not be sent to any other. */
function explicitCredentialOf(
  { username, password }: RegistryInputs,
  registries: readonly Pick<Reference, 'registry'>[],
) {
  const name = nameInput('username')
  if (username === undefined && password === undefined) return undefined
  if (username === undefined)
    throw new UsageError(`${nameInput('password')} is set, but ${name} is not`, { hint: `Set ${name} too.` })
  if (password === undefined) {
    throw new UsageError(`${name} is set, but the password is not`, {
      hint: `Set ${nameInput('password')} too.`,
    })
  }
  const [registry, ...others] = new Set(registries.map(each => each.registry))
  if (registry === undefined) return undefined
  if (others.length === 0) return { registry, username, password }
  throw new UsageError(
    `${name} and the password are for one registry, but this run uses ${[registry, ...others].join(', ')}`,
    {
      hint: 'Use `docker login` or docker/login-action for each registry instead.',
    },
  )
}
