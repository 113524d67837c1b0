import { readFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import type { Log } from '../host/host.js'
import { joinSignals } from '../util/abort-signal.js'
import { messageOf } from '../util/error.js'
import { PartFile } from '../util/files.js'
import { asObject, asString, asStringMap, parseJson } from '../util/json.js'
import { formatSeconds, pluralize } from '../util/text.js'
import type { PinnedTrust, TrustService } from './pinned-trust.js'
import type { TufRepository, TufUpdate } from './tuf-client.js'

export interface UpdateOptions {
  /** The folder for updates. It is created if needed. */
  readonly cacheFolder: string
  readonly env: Readonly<Record<string, string | undefined>>
  readonly log: Pick<Log, 'info' | 'warning' | 'debug'>
  readonly signal: AbortSignal
  /** Other update services, for tests. */
  readonly mirrors?: Partial<Record<TrustService, TufRepository>> | undefined
  /** How long an update may take; 10 s by default. */
  readonly timeoutMs?: number | undefined
}

const DEFAULT_TIMEOUT_MS = 10_000

/**
 * Returns the newest content of a file of an update service, in JSON: `trusted_root.json`, or `signing_config.v0.2.json` of
 * Sigstore. If the service cannot be used, returns the last update, or the content that is part of this program, and says so.
 */
export async function readNewestTarget(
  service: TrustService,
  target: string,
  options: UpdateOptions,
): Promise<string> {
  const { PINNED_TRUST } = await import('./pinned-trust.js')
  const { url, tufRoot } = options.mirrors?.[service] ?? PINNED_TRUST[service]
  const pinned = { ...PINNED_TRUST[service], url, tufRoot }
  const savedPath = join(options.cacheFolder, `trust-${service}.json`)
  const saved = await readSavedUpdate(savedPath)
  try {
    const update = await downloadInTime({ pinned, target, saved }, options)
    await saveUpdate(savedPath, update, options)
    return asString(update.targets[target], target)
  } catch (error) {
    options.signal.throwIfAborted()
    return readOlderTarget({ pinned, target, saved }, { error, log: options.log })
  }
}

/** A file of an update service, and what is known of it. */
interface WantedTarget {
  readonly pinned: PinnedTrust
  readonly target: string
  readonly saved: TufUpdate | undefined
}

async function downloadInTime(
  { pinned, target, saved }: WantedTarget,
  options: UpdateOptions,
): Promise<TufUpdate> {
  const { timeoutMs = DEFAULT_TIMEOUT_MS } = options
  const timeout = AbortSignal.timeout(timeoutMs)
  const { downloadUpdate, UpdateUnreachable } = await import('./tuf-client.js')
  try {
    const signal = joinSignals(options.signal, timeout)
    return await downloadUpdate(pinned, target, { saved, env: options.env, signal })
  } catch (error) {
    if (!timeout.aborted) throw error
    throw new UpdateUnreachable(`${pinned.url} did not answer within ${formatSeconds(timeoutMs)}`)
  }
}

interface UpdateFailure {
  readonly error: unknown
  readonly log: UpdateOptions['log']
}

/** A wrong answer is as harmless as none: somebody who can change an answer can also suppress it. */
async function readOlderTarget(
  { pinned, target, saved }: WantedTarget,
  { error, log }: UpdateFailure,
): Promise<string> {
  const { isSignedUpdate, UpdateUnreachable } = await import('./tuf-client.js')
  const isUsable = saved && saved.date > pinned.date && (await isSignedUpdate(saved, pinned.tufRoot, target))
  const date = isUsable ? saved.date : pinned.date
  const origin = isUsable ? 'the last update' : 'part of this program'
  const report = error instanceof UpdateUnreachable ? log.info : log.warning
  report(
    `The newest keys of ${pinned.name} are not available: ${messageOf(error)}. ` +
      `Using the keys of ${date.slice(0, 10)} (${describeAge(date)}, ${origin}).`,
  )
  return isUsable ? asString(saved.targets[target], target) : JSON.stringify(pinned.targets[target])
}

function describeAge(date: string): string {
  const days = Math.max(0, Math.floor((Date.now() - Date.parse(date)) / 86_400_000))
  return days === 0 ? 'of today' : `${pluralize(days, 'day')} old`
}

/** Anything wrong with the file is treated as if the file did not exist: it only saves requests. */
async function readSavedUpdate(path: string): Promise<TufUpdate | undefined> {
  try {
    const { date, metadata, targets } = asObject(parseJson(await readFile(path), path), path)
    return {
      date: asString(date, 'date'),
      metadata: asStringMap(metadata, 'metadata') ?? {},
      targets: asStringMap(targets, 'targets') ?? {},
    }
  } catch {
    return undefined
  }
}

async function saveUpdate(path: string, update: TufUpdate, { log }: UpdateOptions): Promise<void> {
  try {
    const file = await PartFile.create(dirname(path))
    try {
      await file.write(Buffer.from(JSON.stringify(update)))
      await file.close()
      await file.rename(path)
    } finally {
      await file.discard()
    }
  } catch (error) {
    log.debug(`The update of the trusted keys is not saved: ${messageOf(error)}`)
  }
}
