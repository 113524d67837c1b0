import type { Host } from '../../host/host.js'
import { showActivity } from '../../host/progress.js'
import { CACHIX_URL, findCachixProgram, pushToCachix } from '../../nix/cachix.js'
import { type Container, derivationsOf } from '../../nix/container.js'
import { findLocallyBuiltPaths } from '../../nix/locally-built-paths.js'
import type { Nix } from '../../nix/nix.js'
import { pushToStore } from '../../nix/push-paths.js'
import type { GitRef } from '../../tags/subject.js'
import { type Exec, exec as realExec } from '../../util/exec.js'
import { formatSeconds, pluralize } from '../../util/text.js'
import { attempt, requireAll } from '../shared/failures.js'

/** The inputs that say where to push store paths. */
export interface PushRequest {
  readonly cachix: readonly string[]
  readonly cachixHost: string
  readonly cachixAuthToken: string | undefined
  readonly cachixSigningKey: string | undefined
  readonly pushTo: string | undefined
  readonly secretKey: string | undefined
}

interface BuildOutcome {
  readonly built: readonly Container[]
  /** The number of containers that were in the image cache. Nothing was built for them. */
  readonly cachedCount: number
  readonly ref: GitRef
}

/**
 * Pushes the store paths that were built for containers, if the inputs name a target. Pull requests from forks push nothing,
 * because their code must not get into caches that others trust.
 */
export async function pushBuiltContainers(
  nix: Nix,
  { built, cachedCount, ref }: BuildOutcome,
  inputs: PushRequest,
  host: Host,
): Promise<void> {
  const targets = pushTargetsOf(inputs)
  if (Object.keys(targets).length === 0 || built.length + cachedCount === 0) return
  if (host.isFromFork)
    return host.log.info('Nothing is pushed to binary caches: this is a pull request from a fork')
  // The event of a comment does not say where the pull request is from.
  if (ref.kind === 'pull-request' && ref.event === 'issue_comment')
    return host.log.info(
      'Nothing is pushed to binary caches: the pull request of the comment may be from a fork',
    )
  if (cachedCount > 0)
    host.log.info(`Nothing to push for ${pluralize(cachedCount, 'image')} from the image cache`)
  if (built.length > 0) await pushToCaches(nix, built, targets, { host })
}

/** The binary caches to push to. */
export interface PushTargets {
  readonly cachix?: {
    readonly name: string
    /** The origin of the Cachix server. */
    readonly host?: string
    readonly authToken?: string
    readonly signingKey?: string
  }
  readonly store?: { readonly uri: string; readonly secretKey?: string }
}

/** Returns the first Cachix cache, if there is a token or key to write to it, and the store of `pushTo`. */
export function pushTargetsOf(inputs: PushRequest): PushTargets {
  const { cachixHost: host, cachixAuthToken: authToken, cachixSigningKey: signingKey } = inputs
  const { pushTo: uri, secretKey } = inputs
  const [name] = inputs.cachix
  const canPush = Boolean(authToken ?? signingKey)
  return {
    ...(name !== undefined &&
      canPush && {
        cachix: { name, host, ...(authToken && { authToken }), ...(signingKey && { signingKey }) },
      }),
    ...(uri !== undefined && { store: { uri, ...(secretKey && { secretKey }) } }),
  }
}

/**
 * Pushes the store paths that were built on this machine for containers, with their dependencies, to each target. If one target
 * fails, the other is still tried; then a `UserError` with all failures is thrown.
 */
export async function pushToCaches(
  nix: Nix,
  containers: readonly Container[],
  targets: PushTargets,
  { host, exec = realExec }: { readonly host: Host; readonly exec?: Exec },
): Promise<void> {
  const { signal } = host
  const derivations = [...new Set(containers.flatMap(derivationsOf))]
  const paths = (await findLocallyBuiltPaths(nix, derivations, { exec, signal })).map(({ path }) => path)
  const context = { nix, host, exec, paths }
  const tasks = [
    ...(targets.cachix ? [createCachixTask(context, targets.cachix)] : []),
    ...(targets.store ? [createStoreTask(context, targets.store)] : []),
  ]
  const results = []
  // One after the other, because both use the same upload bandwidth.
  for (const task of tasks) results.push(await attempt(task.name, () => runPushTask(task, context)))
  requireAll(results, signal)
}

interface PushContext {
  readonly nix: Nix
  readonly host: Host
  readonly exec: Exec
  readonly paths: readonly string[]
}

interface PushTask {
  /** The name of the target, for messages. */
  readonly name: string
  push(): Promise<void>
}

function createCachixTask(
  { nix, host, exec, paths }: PushContext,
  target: NonNullable<PushTargets['cachix']>,
): PushTask {
  const { log, env, signal } = host
  const onLine = (line: string): void => log.debug(line)
  return {
    name: `the Cachix cache ${target.name}`,
    async push() {
      const notice = (text: string): void => log.info(text)
      const program = await findCachixProgram(nix, { path: env.PATH, notice, onLine, signal })
      await pushToCachix(paths, { ...target, host: target.host ?? CACHIX_URL, program, exec, onLine, signal })
    },
  }
}

function createStoreTask(
  { nix, host, paths }: PushContext,
  { uri, secretKey }: NonNullable<PushTargets['store']>,
): PushTask {
  const { log, temp, signal } = host
  const onLine = (line: string): void => log.debug(line)
  const options = { secretKey, keyFolder: temp, onLine, signal }
  return { name: uri, push: () => pushToStore(nix, paths, uri, options) }
}

async function runPushTask({ name, push }: PushTask, { host, paths }: PushContext): Promise<void> {
  if (paths.length === 0) {
    host.log.info(`Nothing was built on this machine: nothing to push to ${name}`)
    return
  }
  const began = Date.now()
  await showActivity(host.log, { title: name, activity: 'pushing' }, push)
  host.log.info(
    `Pushed ${pluralize(paths.length, 'path')} to ${name} in ${formatSeconds(Date.now() - began)}`,
  )
}
