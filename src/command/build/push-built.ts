import type { Host } from '../../host/host.js'
import type { Container } from '../../nix/container.js'
import type { Nix } from '../../nix/nix.js'
import { plural } from '../../util/text.js'
import { type PushTargets, push } from './push-to-caches.js'

/** What the inputs say of where to push. */
export interface PushRequest {
  readonly cachix: readonly string[]
  readonly cachixHost: string
  readonly cachixAuthToken: string | undefined
  readonly cachixSigningKey: string | undefined
  readonly pushTo: string | undefined
  readonly secretKey: string | undefined
}

export interface PushBuilt {
  /** What was built. */
  readonly built: readonly Container[]
  /** How many more came from the image cache. */
  readonly cached: number
}

/** Pushes what was built for containers, where the inputs ask for it. Code of a fork must not fill what others trust. */
export async function pushBuilt(
  nix: Nix,
  { built, cached }: PushBuilt,
  inputs: PushRequest,
  host: Host,
  signal: AbortSignal,
): Promise<void> {
  const targets = targetsOf(inputs)
  if (Object.keys(targets).length === 0 || built.length + cached === 0) return
  if (host.fromFork) return host.log.info('Nothing is pushed to caches: this is a pull request from a fork')
  if (cached > 0)
    host.log.info(`Not pushed: ${plural(cached, 'image')} from the image cache, for which nothing was built`)
  if (built.length > 0) await push(nix, built, targets, host, { signal })
}

/** The first Cachix cache, when there is what it takes to write to it, and the store that is named. */
export function targetsOf(inputs: PushRequest): PushTargets {
  const { cachixHost: host, cachixAuthToken: authToken, cachixSigningKey: signingKey } = inputs
  const { pushTo: uri, secretKey } = inputs
  const [name] = inputs.cachix
  const mayPush = Boolean(authToken ?? signingKey)
  return {
    ...(name !== undefined &&
      mayPush && {
        cachix: { name, host, ...(authToken && { authToken }), ...(signingKey && { signingKey }) },
      }),
    ...(uri !== undefined && { store: { uri, ...(secretKey && { secretKey }) } }),
  }
}
