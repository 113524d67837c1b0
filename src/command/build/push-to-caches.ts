import type { Host } from '../../host/host.js'
import { findLocallyBuiltPaths } from '../../nix/built-here.js'
import { CACHIX_URL, findCachixProgram, pushToCachix } from '../../nix/cachix.js'
import { type Container, derivationsOf } from '../../nix/container.js'
import type { Nix } from '../../nix/nix.js'
import { pushToStore } from '../../nix/push-paths.js'
import { type Exec, exec as realExec } from '../../util/exec.js'
import { formatSeconds, pluralize } from '../../util/text.js'
import { allOrFail, attempt } from '../shared/failures.js'

/** Where what was built goes. */
export interface PushTargets {
  readonly cachix?: {
    readonly name: string
    /** The server's origin. */
    readonly host?: string
    readonly authToken?: string
    readonly signingKey?: string
  }
  readonly store?: { readonly uri: string; readonly secretKey?: string }
}

interface PushOptions {
  readonly signal: AbortSignal
  readonly exec?: Exec
}

/**
 * Sends what was built here for containers, and what it refers to, to each target. One that fails does not keep the other
 * from its paths; then a `UserError` tells all.
 */
export async function push(
  nix: Nix,
  containers: readonly Container[],
  targets: PushTargets,
  host: Host,
  { signal, exec = realExec }: PushOptions,
): Promise<void> {
  const derivations = [...new Set(containers.flatMap(derivationsOf))]
  const paths = (await findLocallyBuiltPaths(nix, derivations, { exec, signal })).map(({ path }) => path)
  const around = { nix, host, exec, signal, paths }
  const tasks = [
    ...(targets.cachix ? [toCachix(around, targets.cachix)] : []),
    ...(targets.store ? [toStore(around, targets.store)] : []),
  ]
  const results = []
  // One after the other: both want the same line to the world.
  for (const { name, run } of tasks) results.push(await attempt(name, () => timed(around, name, run)))
  allOrFail(results, signal)
}

interface Around {
  readonly nix: Nix
  readonly host: Host
  readonly exec: Exec
  readonly signal: AbortSignal
  readonly paths: readonly string[]
}

interface Task {
  readonly name: string
  run(): Promise<void>
}

function toCachix(around: Around, target: NonNullable<PushTargets['cachix']>): Task {
  const { nix, host, exec, signal, paths } = around
  const onLine = (line: string): void => host.log.debug(line)
  return {
    name: `the Cachix cache ${target.name}`,
    async run() {
      const notice = (text: string): void => host.log.info(text)
      const program = await findCachixProgram(nix, { path: host.env.PATH, notice, onLine, signal })
      await pushToCachix(paths, { ...target, host: target.host ?? CACHIX_URL, program, exec, onLine, signal })
    },
  }
}

function toStore(
  { nix, host, signal, paths }: Around,
  { uri, secretKey }: NonNullable<PushTargets['store']>,
): Task {
  const onLine = (line: string): void => host.log.debug(line)
  const options = { secretKey, folder: host.temp, onLine, signal }
  return { name: uri, run: () => pushToStore(nix, paths, uri, options) }
}

async function timed({ host, paths }: Around, name: string, run: () => Promise<void>): Promise<void> {
  if (paths.length === 0) {
    host.log.info(`Nothing was built here, so there is nothing to push to ${name}`)
    return
  }
  const began = Date.now()
  await run()
  host.log.info(
    `Pushed ${pluralize(paths.length, 'path')} to ${name} in ${formatSeconds(Date.now() - began)}`,
  )
}

/** What the inputs say of where to push. */
export interface PushRequest {
  readonly cachix: readonly string[]
  readonly cachixHost: string
  readonly cachixAuthToken: string | undefined
  readonly cachixSigningKey: string | undefined
  readonly pushTo: string | undefined
  readonly secretKey: string | undefined
}

interface PushBuilt {
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
): Promise<void> {
  const targets = targetsOf(inputs)
  if (Object.keys(targets).length === 0 || built.length + cached === 0) return
  if (host.isFromFork) return host.log.info('Nothing is pushed to caches: this is a pull request from a fork')
  if (cached > 0)
    host.log.info(
      `Not pushed: ${pluralize(cached, 'image')} from the image cache, for which nothing was built`,
    )
  if (built.length > 0) await push(nix, built, targets, host, { signal: host.signal })
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
