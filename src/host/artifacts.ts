import { constants } from 'node:fs'
import { access, stat } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'
import { Readable, type Transform, Writable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { fetchFailureReason, fetchResponse, retryAfterOf } from '../http/download.js'
import { type RetryPolicy, retryTransient, TransientError } from '../http/retry.js'
import { isDigest } from '../oci/digest.js'
import { createVerifier } from '../oci/verify.js'
import { limitConcurrency } from '../util/async.js'
import { codeOf, messageOf, UserError } from '../util/error.js'
import { PartFile } from '../util/files.js'
import type { Artifact, Artifacts, Host } from './host.js'
import {
  type ArtifactRecord,
  createResultsService,
  type ResultsService,
  readResultsAddress,
  TOKEN_HINT,
} from './results-service.js'

interface RunArtifactsOptions {
  env: Host['env']
  retry: RetryPolicy
  debug: (message: string) => void
  /** Uploads one file without zipping it, under its base name, and returns the id of the artifact. Not called concurrently. */
  send: (file: string) => Promise<number>
}

/** The artifacts of the workflow run of this job. If there is no artifact service, the first use throws a `UserError`. */
export function createRunArtifacts(options: RunArtifactsOptions): Artifacts {
  const { env, retry, debug, send } = options
  const service = (): ResultsService => createResultsService(readResultsAddress(env), retry, debug)
  const sendLimit = limitConcurrency(1)
  return {
    upload: file =>
      withErrorContext(`${basename(file)} cannot be uploaded as an artifact`, async () => {
        const name = checkArtifactName(basename(file))
        const size = await readFileSize(file)
        const id = await sendLimit(() => replaceArtifact(service(), name, () => send(file)))
        return { id, name, size }
      }),
    list: () =>
      withErrorContext("the run's artifacts cannot be listed", async () =>
        keepNewest(await service().list()).map(({ id, name, size }) => ({ id, name, size })),
      ),
    download: (artifact, directory) =>
      withErrorContext(`the artifact ${artifact.name} cannot be downloaded`, async () => {
        const record = await findRecord(service(), artifact)
        return downloadArtifact(service(), record, directory, options)
      }),
  }
}

/** Another job may upload an artifact of this name after the removal. That one is replaced too, once. */
async function replaceArtifact(
  service: ResultsService,
  name: string,
  send: () => Promise<number>,
): Promise<number> {
  await removeArtifacts(service, name)
  try {
    return await send()
  } catch (error) {
    if (!/\(409\)/.test(messageOf(error))) throw error
    await removeArtifacts(service, name)
    return await send()
  }
}

async function removeArtifacts(service: ResultsService, name: string): Promise<void> {
  for (const record of await service.list({ name })) await service.remove(record)
}

async function findRecord(service: ResultsService, artifact: Artifact): Promise<ArtifactRecord> {
  const record = (await service.list({ id: artifact.id })).find(({ id }) => id === artifact.id)
  if (record) return record
  throw new UserError(`the artifact ${artifact.name} is no longer there`, {
    hint: 'A job that was run again has replaced it, or it was deleted: run this job again.',
  })
}

/** Returns the newest artifact of each name, sorted by name. */
function keepNewest(records: readonly ArtifactRecord[]): ArtifactRecord[] {
  const oldestFirst = [...records].sort((a, b) => a.id - b.id)
  const byName = new Map(oldestFirst.map(record => [record.name, record]))
  return [...byName.values()].sort((a, b) => (a.name < b.name ? -1 : 1))
}

async function readFileSize(file: string): Promise<number> {
  try {
    await access(file, constants.R_OK)
    const stats = await stat(file)
    if (stats.isFile()) return stats.size
  } catch (error) {
    throw new UserError(`${file} cannot be read: ${messageOf(error)}`, { cause: error })
  }
  throw new UserError(`${file} is not a file`)
}

/** What to do about an error, by its message. */
const FAILURE_HINTS = [
  {
    matches: /storage quota|insufficient usage/i,
    hint: 'The storage for artifacts is full: delete old ones or keep them for fewer days. GitHub counts anew every 6 to 12 hours.',
  },
  {
    matches: /\(40[13]\)/,
    hint: TOKEN_HINT,
  },
  {
    matches: /\(409\)/,
    hint: 'Two jobs upload an artifact of this name at the same time: let each job build other systems or containers.',
  },
  {
    matches: /ECONN|ENOTFOUND|ETIMEDOUT|EHOSTUNREACH|cannot be reached/,
    hint: 'A self-hosted runner must be able to reach *.actions.githubusercontent.com and *.blob.core.windows.net.',
  },
] as const

async function withErrorContext<T>(what: string, task: () => Promise<T>): Promise<T> {
  try {
    return await task()
  } catch (error) {
    if (error instanceof UserError) throw error
    const reason = redactSignature(messageOf(error))
    const hint = FAILURE_HINTS.find(({ matches }) => matches.test(reason))?.hint
    throw new UserError(`${what}: ${reason}`, {
      hint: hint ?? 'Run the job again. If it happens again, look at https://www.githubstatus.com',
      cause: error,
    })
  }
}

/** A signed URL is a credential. */
function redactSignature(text: string): string {
  return text.replace(/\?\S*\bsig=\S*/g, '?…')
}

/** The characters that GitHub does not allow in the name of an artifact, with their display names. */
const FORBIDDEN_CHARACTERS: ReadonlyMap<string, string> = new Map([
  ...['"', '<', '>', '|', '*', '?', ':', '/', '\\'].map(character => [character, character] as const),
  ['\r', 'a carriage return'],
  ['\n', 'a line feed'],
  ['\0', 'a zero byte'],
])

/** Returns the name if it is valid for an artifact, and so also for a file. Otherwise throws a `UserError`. */
function checkArtifactName(name: string): string {
  const quoted = JSON.stringify(name)
  if (['', '.', '..'].includes(name)) throw new UserError(`${quoted} cannot be the name of an artifact`)
  const forbidden = [...FORBIDDEN_CHARACTERS]
    .filter(([character]) => name.includes(character))
    .map(([, label]) => label)
  if (forbidden.length === 0) return name
  throw new UserError(`${quoted} cannot be the name of an artifact: it holds ${forbidden.join(' and ')}`, {
    hint: 'An artifact is named after its file: rename the file.',
  })
}

/** Errors of the file system. They are not retried. */
const DISK_FAILURES = new Set([
  'ENOSPC',
  'EDQUOT',
  'EACCES',
  'EPERM',
  'EROFS',
  'ENOENT',
  'ENOTDIR',
  'EISDIR',
  'EMFILE',
])

/**
 * Downloads an artifact to `directory` under its name and returns its path. The file is created only if its size and its digest, if
 * the service has one, are right. A failed attempt leaves no file.
 */
async function downloadArtifact(
  service: ResultsService,
  record: ArtifactRecord,
  directory: string,
  { retry, debug }: Pick<RunArtifactsOptions, 'retry' | 'debug'>,
): Promise<string> {
  const path = join(directory, checkArtifactName(record.name))
  try {
    // Request a new signed URL for each attempt: the previous one may have expired.
    await retryTransient(retry, debug, async () =>
      saveFile(await service.readSignedUrl(record), record, path),
    )
    return path
  } catch (error) {
    throw DISK_FAILURES.has(codeOf(error) ?? '') ? describeDiskFailure(directory, error) : error
  }
}

async function saveFile(url: string, record: ArtifactRecord, path: string): Promise<void> {
  const part = await PartFile.create(dirname(path))
  try {
    const size = await writeBody(part, await openBody(url, record), record)
    if (size !== record.size) throw new TransientError(`${size} bytes came instead of ${record.size}`)
    await part.close()
    await part.rename(path)
  } finally {
    await part.discard()
  }
}

/** Returns the number of bytes. */
async function writeBody(part: PartFile, body: Readable, record: ArtifactRecord): Promise<number> {
  let size = 0
  const sink = new Writable({
    write(chunk: Buffer, _encoding, done) {
      size += chunk.length
      part.write(chunk).then(() => done(), done)
    },
  })
  try {
    await pipeline([body, ...createVerifiers(record), sink])
    return size
  } catch (error) {
    if (DISK_FAILURES.has(codeOf(error) ?? '')) throw error
    throw new TransientError(fetchFailureReason(error), { cause: error })
  }
}

async function openBody(url: string, record: ArtifactRecord): Promise<Readable> {
  const response = await fetchResponse(url)
  const problem = findProblem(response, record)
  if (!response.body || problem) {
    await response.body?.cancel()
    throw problem ?? new TransientError('the answer was empty')
  }
  return Readable.fromWeb(response.body)
}

function findProblem(response: Response, record: ArtifactRecord): Error | undefined {
  if (!response.ok) {
    const message = `${new URL(response.url).host} answered ${response.status}`
    return new TransientError(message, { retryAfter: retryAfterOf(response) })
  }
  const type = response.headers.get('content-type') ?? ''
  if (!/^application\/(x-)?zip\b/i.test(type) || record.name.endsWith('.zip')) return undefined
  return new UserError(`the artifact ${record.name} is a zip file, not the file itself`, {
    hint: 'Upload it with this action, or with `archive: false` in actions/upload-artifact.',
  })
}

function createVerifiers({ digest, size }: ArtifactRecord): Transform[] {
  return isDigest(digest) ? [createVerifier({ digest, size })] : []
}

function describeDiskFailure(directory: string, error: unknown): UserError {
  return new UserError(`an artifact cannot be written to ${directory}: ${messageOf(error)}`, { cause: error })
}
