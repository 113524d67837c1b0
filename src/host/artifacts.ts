import { constants } from 'node:fs'
import { access, mkdir, mkdtemp, open, readdir, rename, rm, stat } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'
import { type RetryPolicy, retryTransient, TransientError } from '../http/retry.js'
import { isDigest } from '../oci/digest.js'
import { limitConcurrency } from '../util/async.js'
import { messageOf, UserError } from '../util/error.js'
import { quoteControlCharacters } from '../util/text.js'
import { ArtifactNotFound, callClient, callQuietly, FailedTry, TOKEN_HINT } from './artifact-client.js'
import type { Artifact, Artifacts, Log } from './host.js'

/** The artifacts of the workflow run of this job. If there is no artifact service, the first use throws a `UserError`. */
export function createRunArtifacts(retry: RetryPolicy, log: Pick<Log, 'debug' | 'group'>): Artifacts {
  const retryCall = <T>(task: () => Promise<T>): Promise<T> => retryTransient(retry, log.debug, task)
  // The client logs the progress of an upload to standard output.
  const send = (file: string, size: number): Promise<Sent> =>
    log.group(`Upload ${basename(file)}`, () => sendFile(file, size))
  const sendLimit = limitConcurrency(1)
  return {
    upload: file =>
      withErrorContext(`${basename(file)} cannot be uploaded as an artifact`, async () => {
        const name = checkArtifactName(basename(file))
        const size = await readFileSize(file)
        const sent = await sendLimit(() => retryCall(() => replaceArtifact(name, () => send(file, size))))
        return { name, size, ...sent }
      }),
    list: () =>
      withErrorContext('The artifacts of this run cannot be listed', async () => {
        const artifacts = await retryCall(listArtifacts)
        return artifacts.sort((a, b) => (a.name === b.name ? a.id - b.id : a.name < b.name ? -1 : 1))
      }),
    download: (artifact, directory) =>
      withErrorContext(`The artifact ${artifact.name} cannot be downloaded`, async () => {
        const path = join(directory, checkArtifactName(artifact.name))
        await retryCall(() => downloadArtifact(artifact, path))
        return path
      }),
  }
}

type Sent = Pick<Artifact, 'id' | 'digest'>

/** @actions/artifact 6.2.1 does not check what it has read from the file, and its digest can be `null`. */
async function sendFile(file: string, size: number): Promise<Sent> {
  const sent = await callClient(client =>
    client.uploadArtifact(basename(file), [file], dirname(file), { skipArchive: true }),
  )
  if (sent.id === undefined) throw new Error('the artifact service did not return an ID')
  if (sent.size !== size) throw new TransientError(`${sent.size} bytes were uploaded instead of ${size}`)
  const digest = `sha256:${sent.digest}`
  // The merge does not accept an archive without a digest.
  if (!isDigest(digest)) throw new TransientError('the SHA-256 of the upload is missing')
  return { id: sent.id, digest }
}

/** Another job may upload an artifact of this name after the removal. That one is replaced too, once. */
async function replaceArtifact(name: string, send: () => Promise<Sent>): Promise<Sent> {
  await removeArtifacts(name)
  try {
    return await send()
  } catch (error) {
    if (!/\(409\)/.test(messageOf(error))) throw error
    await removeArtifacts(name)
    return await send()
  }
}

/**
 * @actions/artifact 6.2.1 deletes the newest artifact of a name, so it is called for each one. There is no time limit, because a
 * deletion that is given up could still happen after the upload.
 */
async function removeArtifacts(name: string): Promise<void> {
  const artifacts = await listArtifacts()
  for (const _ of artifacts.filter(artifact => artifact.name === name)) {
    await callQuietly(client => client.deleteArtifact(name)).catch(error => {
      if (!(error instanceof ArtifactNotFound)) throw error
    })
  }
}

/** Lists all artifacts of each name: which one is meant is not a decision of the client. */
async function listArtifacts(): Promise<Artifact[]> {
  const { artifacts } = await callQuietly(client => client.listArtifacts({ latest: false }), TIMEOUT_MS)
  return artifacts.map(({ id, name, size, digest }) => ({ id, name, size, digest }))
}

/**
 * The time limit of a call; a download gets more for its bytes. Without a limit, @actions/artifact 6.2.1 can wait 15 minutes for
 * a response, and forever for a proxy that accepts the connection but never answers.
 */
const TIMEOUT_MS = 60_000

/** A slower download counts as stalled. */
const MIN_BYTES_PER_MS = 100

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
    hint:
      'The storage for artifacts is full: delete old artifacts, or keep them for fewer days. GitHub ' +
      'updates the usage every 6 to 12 hours.',
  },
  {
    matches: /\(40[13]\)/,
    hint: TOKEN_HINT,
  },
  {
    matches: /\(409\)/,
    hint: 'Two jobs upload an artifact of this name at the same time: let each job build different systems or containers.',
  },
  {
    matches: /certificate/,
    hint: 'If a proxy has a private certificate authority, set NODE_EXTRA_CA_CERTS to the PEM file of that authority.',
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
    const reason = reasonOf(error)
    const hint = FAILURE_HINTS.find(({ matches }) => matches.test(reason))?.hint
    throw new UserError(`${what}: ${reason}`, {
      hint: hint ?? 'Run the job again. If it fails again, check https://www.githubstatus.com',
      cause: error,
    })
  }
}

/** The message without the signatures of URLs, which are credentials, and without what the client repeats. */
function reasonOf(error: unknown): string {
  return messageOf(error)
    .replace(/\?\S*\bsig=\S*/g, '?…')
    .replace(/Received non-retryable error: |Failed request: /g, '')
}

/**
 * The characters that GitHub does not allow in the name of an artifact, and other control characters, which could change a
 * terminal. None of them, and no `..`, can be in a path.
 */
const FORBIDDEN_CHARACTERS = /["<>|*?:/\\\x00-\x1f\x7f-\x9f]/

/** Returns the name if it is valid for an artifact, and so also for a file. Otherwise throws a `UserError`. */
function checkArtifactName(name: string): string {
  const [forbidden] = FORBIDDEN_CHARACTERS.exec(name) ?? []
  if (forbidden === undefined && !['', '.', '..'].includes(name)) return name
  const reason = forbidden === undefined ? '' : `: it contains ${quote(forbidden)}`
  throw new UserError(`${quote(name)} cannot be the name of an artifact${reason}`, {
    hint: 'An artifact has the name of its file: rename the file.',
  })
}

function quote(text: string): string {
  return quoteControlCharacters(JSON.stringify(text))
}

/**
 * Downloads an artifact to `path`. The file is created only if its size and its digest, if the service has one, are right.
 * @actions/artifact 6.2.1 takes the name of the file from the response, leaves a part of the file after an error, and does not
 * check the size. So it downloads to a new folder.
 */
async function downloadArtifact(artifact: Artifact, path: string): Promise<void> {
  const { id, size, digest } = artifact
  const folder = await createFolderIn(dirname(path))
  const options = { path: folder, skipDecompress: true, ...(isDigest(digest) && { expectedHash: digest }) }
  try {
    const timeoutMs = TIMEOUT_MS + size / MIN_BYTES_PER_MS
    const { digestMismatch } = await callQuietly(client => client.downloadArtifact(id, options), timeoutMs)
    if (digestMismatch) throw new TransientError(`its content does not have the digest ${digest}`)
    const file = join(folder, (await readdir(folder))[0] ?? '')
    await checkDownload(file, artifact)
    await rename(file, path)
  } catch (error) {
    throw describeFailedTry(error, artifact, dirname(path))
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}

/** Creates `directory` too. */
async function createFolderIn(directory: string): Promise<string> {
  try {
    await mkdir(directory, { recursive: true })
    return await mkdtemp(join(directory, '.artifact-'))
  } catch (error) {
    throw createDiskError(directory, messageOf(error))
  }
}

async function checkDownload(file: string, { name, size }: Artifact): Promise<void> {
  const found = (await stat(file)).size
  if (found !== size) throw new TransientError(`it has ${found} bytes instead of ${size}`)
  if (name.endsWith('.zip') || !(await isZip(file))) return
  throw new UserError(`The artifact ${name} is a zip file, not the file itself`, {
    hint: 'Upload it with this action, or with `archive: false` in actions/upload-artifact.',
  })
}

/** Reads the signature of a zip file with members, or of an empty one. @actions/artifact 6.2.1 does not return the media type. */
async function isZip(path: string): Promise<boolean> {
  const file = await open(path)
  try {
    const { buffer } = await file.read(Buffer.alloc(4), 0, 4)
    return ['PK\x03\x04', 'PK\x05\x06'].includes(buffer.toString('latin1'))
  } finally {
    await file.close()
  }
}

/** Errors of the file system. They are not retried. */
const DISK_FAILURE = /^(ENOSPC|EDQUOT|EACCES|EPERM|EROFS|ENOENT|ENOTDIR|EISDIR|EMFILE)\b/

function describeFailedTry(error: unknown, { name }: Artifact, directory: string): unknown {
  if (error instanceof FailedTry && DISK_FAILURE.test(error.message))
    return createDiskError(directory, error.message)
  if (!(error instanceof ArtifactNotFound)) return error
  return new UserError(`The artifact ${name} does not exist any more`, {
    hint: 'A job that ran again has replaced it, or it was deleted: run this job again.',
  })
}

function createDiskError(directory: string, reason: string): UserError {
  return new UserError(`An artifact cannot be written to ${directory}: ${reason}`)
}
