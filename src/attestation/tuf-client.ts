import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Metadata, MetadataKind, type TargetFile } from '@tufjs/models'
import { type Fetcher, Updater } from 'tuf-js'
import { DownloadHTTPError } from 'tuf-js/dist/error.js'
import { describeFailure } from '../http/describe-failure.js'
import { HttpClient } from '../http/http-client.js'
import { readBytes, readErrorResponse } from '../http/message.js'
import { networkOf } from '../http/network.js'
import { isTransient, RequestError } from '../http/request-error.js'
import { retryOf, retryTask, systemClock } from '../http/retry.js'
import { createSha256 } from '../util/crypto.js'
import { messageOf } from '../util/error.js'
import { exists, withPartPaths } from '../util/files.js'
import { asObject, type JsonObject, parseJson } from '../util/json.js'

// This module loads the packages of TUF (The Update Framework), so only load it with `import()`.

/** An update service. */
export interface TufRepository {
  readonly url: string
  /** The keys that sign the updates (TUF root). */
  readonly tufRoot: JsonObject
}

/** What an update service has sent, verified at that time. */
export interface TufUpdate {
  /** When it was sent: `2026-11-28T09:00:00.000Z`. */
  readonly date: string
  /** The signed lists, by file name. An older one is refused later (rollback). */
  readonly metadata: Readonly<Record<string, string>>
  /** The content of files, by name. */
  readonly targets: Readonly<Record<string, string>>
}

interface TufContext {
  /** The last update. */
  readonly saved: TufUpdate | undefined
  readonly env: Readonly<Record<string, string | undefined>>
  readonly signal: AbortSignal
}

/** The update service cannot be reached. */
export class UpdateUnreachable extends Error {
  override readonly name = 'UpdateUnreachable'
}

/** The lists that are saved, without the keys: each update starts with the keys that are part of this program. */
const SAVED_METADATA = ['timestamp.json', 'snapshot.json', 'targets.json']

/**
 * Downloads and verifies the newest content of a file. Throws `UpdateUnreachable`, or an `Error` if the answers are wrong: not
 * signed, expired, or older than before.
 */
export async function downloadUpdate(
  repository: TufRepository,
  target: string,
  { saved, env, signal }: TufContext,
): Promise<TufUpdate> {
  const folder = await mkdtemp(join(tmpdir(), 'nix-multiarch-trust-'))
  return withPartPaths([folder], async () => {
    await writeFolder(folder, repository, saved)
    const client = new HttpClient(networkOf(env))
    const fetcher = new TufFetcher(client, folder, signal)
    try {
      const content = await updateTarget(repository, target, { folder, fetcher })
      return await readFolder(folder, { ...saved?.targets, [target]: content })
    } catch (error) {
      throw fetcher.failure ? new UpdateUnreachable(messageOf(fetcher.failure), { cause: error }) : error
    } finally {
      client.close()
    }
  })
}

/** Whether the saved list of files is signed with these keys, and contains the saved file. It may have expired. */
export function isSignedUpdate(
  { metadata, targets }: TufUpdate,
  tufRoot: JsonObject,
  target: string,
): boolean {
  try {
    const root = Metadata.fromJSON(MetadataKind.Root, tufRoot as never)
    const list = Metadata.fromJSON(
      MetadataKind.Targets,
      asObject(parseJson(metadata['targets.json'] ?? '', 'targets'), 'targets') as never,
    )
    root.verifyDelegate(MetadataKind.Targets, list)
    return isTarget(list.signed.targets[target], targets[target] ?? '')
  } catch {
    return false
  }
}

function isTarget(file: TargetFile | undefined, content: string): boolean {
  return file?.hashes.sha256 === createSha256().update(content).digest('hex')
}

async function writeFolder(
  folder: string,
  { tufRoot }: TufRepository,
  saved: TufUpdate | undefined,
): Promise<void> {
  await mkdir(join(folder, 'targets'))
  await writeFile(join(folder, 'root.json'), JSON.stringify(tufRoot))
  for (const name of SAVED_METADATA) {
    const text = saved?.metadata[name]
    if (text !== undefined) await writeFile(join(folder, name), text)
  }
  for (const [name, text] of Object.entries(saved?.targets ?? {}))
    await writeFile(join(folder, 'targets', encodeURIComponent(name)), text)
}

interface UpdaterParts {
  readonly folder: string
  readonly fetcher: Fetcher
}

async function updateTarget(
  { url }: TufRepository,
  target: string,
  { folder, fetcher }: UpdaterParts,
): Promise<string> {
  const updater = new Updater({
    metadataDir: folder,
    metadataBaseUrl: url,
    targetDir: join(folder, 'targets'),
    targetBaseUrl: `${url}/targets`,
    fetcher,
  })
  const file = await updater.getTargetInfo(target)
  if (!file) throw new Error(`${url} does not have ${target}`)
  const path = (await updater.findCachedTarget(file)) ?? (await updater.downloadTarget(file))
  return readFile(path, 'utf8')
}

async function readFolder(folder: string, targets: Readonly<Record<string, string>>): Promise<TufUpdate> {
  const metadata: Record<string, string> = {}
  for (const name of SAVED_METADATA) {
    const path = join(folder, name)
    if (await exists(path)) metadata[name] = await readFile(path, 'utf8')
  }
  return { date: new Date().toISOString(), metadata, targets }
}

const NOT_FOUND = [403, 404]

/** Sends the requests of TUF with the HTTP client of this program, which knows proxies and certificates. */
class TufFetcher implements Fetcher {
  /** The first request that got no answer, or an error. */
  failure: Error | undefined
  readonly #client: HttpClient
  readonly #folder: string
  readonly #signal: AbortSignal

  constructor(client: HttpClient, folder: string, signal: AbortSignal) {
    this.#client = client
    this.#folder = folder
    this.#signal = signal
  }

  async downloadBytes(url: string, maxBytes: number): Promise<Buffer> {
    try {
      return await this.#retry(() => this.#request(new URL(url), maxBytes))
    } catch (error) {
      // The updater asks for newer keys until there are none.
      if (error instanceof RequestError && NOT_FOUND.includes(error.status ?? 0))
        throw new DownloadHTTPError(error.message, error.status ?? 0)
      if (error instanceof RequestError && error.status !== 200)
        this.failure ??= new Error(describeFailure(error).message)
      throw error
    }
  }

  async downloadFile<T>(url: string, maxBytes: number, read: (path: string) => Promise<T>): Promise<T> {
    const path = join(this.#folder, 'download')
    await writeFile(path, await this.downloadBytes(url, maxBytes))
    return read(path).finally(() => rm(path))
  }

  #retry<T>(task: () => Promise<T>): Promise<T> {
    const retry = retryOf({ attempts: 2, firstWaitMs: 500 }, isTransient, 2000)
    return retryTask({ retry, clock: systemClock, signal: this.#signal }, task)
  }

  async #request(url: URL, maxBytes: number): Promise<Buffer> {
    const headers = { 'accept-encoding': 'identity' }
    const response = await this.#client.send({ method: 'GET', url, headers, signal: this.#signal })
    if (response.status !== 200) throw await readErrorResponse(response, systemClock.now())
    return readBytes(response, maxBytes)
  }
}
