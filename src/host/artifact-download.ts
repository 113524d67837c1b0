import { dirname, join } from 'node:path'
import { Readable, type Transform, Writable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { reach, reasonOf, retryAfterOf } from '../http/reach.js'
import { type RetryPolicy, retryTransient, Transient } from '../http/transient.js'
import { isDigest } from '../oci/digest.js'
import { verifier } from '../oci/verify.js'
import { codeOf, messageOf, UserError } from '../util/error.js'
import { PartFile } from '../util/part-file.js'
import { checkArtifactName } from './artifact-name.js'
import type { ArtifactRecord, ResultsService } from './results-service.js'

/** Failures of the disk, which no further try mends. */
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
 * Puts an artifact into `directory` under its name and gives its path. The file appears there only when its size and
 * its digest, where the service tells one, are right; a try that fails leaves nothing.
 */
export async function downloadArtifact(
  service: ResultsService,
  record: ArtifactRecord,
  directory: string,
  retry: RetryPolicy,
  debug: (message: string) => void,
): Promise<string> {
  const path = join(directory, checkArtifactName(record.name))
  try {
    // Each try asks for a new address: the old one may have run out.
    await retryTransient(retry, debug, async () => save(await service.signedUrl(record), record, path))
    return path
  } catch (error) {
    throw DISK_FAILURES.has(codeOf(error) ?? '') ? diskFailure(directory, error) : error
  }
}

async function save(url: string, record: ArtifactRecord, path: string): Promise<void> {
  const part = await PartFile.create(dirname(path))
  try {
    const size = await fill(part, await get(url, record), record)
    if (size !== record.size) throw new Transient(`${size} bytes came instead of ${record.size}`)
    await part.close()
    await part.rename(path)
  } finally {
    await part.discard()
  }
}

/** Gives the number of bytes that came. */
async function fill(part: PartFile, body: Readable, record: ArtifactRecord): Promise<number> {
  let size = 0
  const sink = new Writable({
    write(chunk: Buffer, _encoding, done) {
      size += chunk.length
      part.write(chunk).then(() => done(), done)
    },
  })
  try {
    await pipeline([body, ...checks(record), sink])
    return size
  } catch (error) {
    if (DISK_FAILURES.has(codeOf(error) ?? '')) throw error
    throw new Transient(reasonOf(error), { cause: error })
  }
}

async function get(url: string, record: ArtifactRecord): Promise<Readable> {
  const response = await reach(url)
  const problem = problemOf(response, record)
  if (!response.body || problem) {
    await response.body?.cancel()
    throw problem ?? new Transient('the answer was empty')
  }
  return Readable.fromWeb(response.body)
}

function problemOf(response: Response, record: ArtifactRecord): Error | undefined {
  if (!response.ok) {
    const message = `${new URL(response.url).host} answered ${response.status}`
    return new Transient(message, { retryAfter: retryAfterOf(response) })
  }
  const type = response.headers.get('content-type') ?? ''
  if (!/^application\/(x-)?zip\b/i.test(type) || record.name.endsWith('.zip')) return undefined
  return new UserError(`the artifact ${record.name} is a zip file, not the file itself`, {
    hint: 'Upload it with this action, or with `archive: false` in actions/upload-artifact.',
  })
}

function checks({ digest, size }: ArtifactRecord): Transform[] {
  return isDigest(digest) ? [verifier({ digest, size })] : []
}

function diskFailure(directory: string, error: unknown): UserError {
  return new UserError(`an artifact cannot be written to ${directory}: ${messageOf(error)}`, { cause: error })
}
