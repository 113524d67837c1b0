import type { Host } from '../../host/host.js'
import { createProxyLookup } from '../../http/proxy.js'
import type { Budget } from '../../http/retry.js'
import type { Values } from '../../input/input.js'
import type { registryInputs } from '../../input/inputs.js'
import type { Reference } from '../../oci/reference.js'
import { defaultRetry, RegistryClient } from '../../registry/client.js'
import { credentialResolver } from '../../registry/credentials.js'
import { messageOf, UsageError } from '../../util/error.js'
import { exec } from '../../util/exec.js'
import { formatSeconds } from '../../util/text.js'

export type RegistryInputs = Omit<Values<typeof registryInputs>, 'passwordStdin'>

interface ClientSettings {
  /** How often a request is made at most. */
  readonly attempts?: number
  /** Time for what is pushed. */
  readonly budget?: Budget
}

/** A registry client with the credentials that the inputs, the Docker configuration and GitHub give. */
export function registryClient(
  inputs: RegistryInputs,
  targets: readonly Pick<Reference, 'registry'>[],
  host: Host,
  { attempts = defaultRetry.attempts, budget }: ClientSettings = {},
): RegistryClient {
  const explicit = explicitCredential(inputs, targets)
  const token = inputs.githubToken ?? host.env.GITHUB_TOKEN
  const onSecret = (value: string): void => host.maskSecret(value)
  const credentials = credentialResolver({
    ...(explicit && { explicit }),
    ...(token && { githubToken: { actor: host.env.GITHUB_ACTOR ?? 'token', token } }),
    env: host.env,
    exec,
    onSecret,
  })
  const retry = { ...defaultRetry, attempts }
  return new RegistryClient({
    credentials,
    insecure: inputs.insecure,
    retry,
    onSecret,
    onRetry: logRetry(host),
    proxies: createProxyLookup(host.env, onSecret),
    ...(budget && { budget }),
  })
}

/**
 * A registry client for what everybody may read.
 *
 * @param attempts how often a request is made at most
 */
export function anonymousClient(
  host: Pick<Host, 'env' | 'log' | 'maskSecret'>,
  attempts: number,
): RegistryClient {
  const retry = { ...defaultRetry, attempts }
  const onSecret = (value: string): void => host.maskSecret(value)
  return new RegistryClient({
    retry,
    onSecret,
    onRetry: logRetry(host),
    proxies: createProxyLookup(host.env, onSecret),
  })
}

/** Who only reads may do so without the password of a user that was named: a pull request from a fork has no secrets. */
export function forReading<T extends RegistryInputs>(inputs: T): T {
  return inputs.password === undefined ? { ...inputs, username: undefined } : inputs
}

/** Throws a `UsageError` when the given name and password do not go together, or not with the targets. */
export function checkCredential(
  inputs: RegistryInputs,
  targets: readonly Pick<Reference, 'registry'>[],
): void {
  explicitCredential(inputs, targets)
}

/** One name and password are for one registry: sent to a second one, they would be given away. */
function explicitCredential(
  { username, password }: RegistryInputs,
  targets: readonly Pick<Reference, 'registry'>[],
) {
  if (username === undefined && password === undefined) return undefined
  if (username === undefined) throw new UsageError('There is a password, but no `username`')
  if (password === undefined) {
    throw new UsageError('There is a `username`, but no password', {
      hint: 'On the command line it comes with --password-stdin, in an action with `password`.',
    })
  }
  const [registry, ...others] = new Set(targets.map(target => target.registry))
  if (registry === undefined) return undefined
  if (others.length === 0) return { registry, username, password }
  throw new UsageError(
    `\`username\` is for one registry, but there are ${[registry, ...others].join(', ')}`,
    {
      hint: 'Use `docker login` or docker/login-action for each registry instead.',
    },
  )
}

/** Tells that something is tried again after so many milliseconds, so that a long wait is no riddle. */
export function logRetry({ log }: Pick<Host, 'log'>): (failure: unknown, delay: number) => void {
  return (failure, delay) => log.info(`${messageOf(failure)}; trying again in ${formatSeconds(delay)}`)
}
