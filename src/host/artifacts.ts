import { constants } from 'node:fs'
import { access, stat } from 'node:fs/promises'
import { basename } from 'node:path'
import type { RetryPolicy } from '../http/transient.js'
import { limit } from '../util/async.js'
import { messageOf, UserError } from '../util/error.js'
import { downloadArtifact } from './artifact-download.js'
import { checkArtifactName } from './artifact-name.js'
import type { Artifact, Artifacts, Host } from './host.js'
import { resultsAddress } from './results-address.js'
import { type ArtifactRecord, type ResultsService, resultsService, TOKEN_HINT } from './results-service.js'

export interface RunArtifactsOptions {
  env: Host['env']
  retry: RetryPolicy
  debug: (message: string) => void
  /** Sends one file as it is under its base name, and gives the new artifact's id. Called for one file at a time. */
  send: (file: string) => Promise<number>
}

/** The artifacts of the run that this job belongs to. Whether there is a service for them shows at the first use. */
export function runArtifacts({ env, retry, debug, send }: RunArtifactsOptions): Artifacts {
  const service = (): ResultsService => resultsService(resultsAddress(env), retry, debug)
  const oneByOne = limit(1)
  return {
    upload: file =>
      explained(`${basename(file)} cannot be uploaded as an artifact`, async () => {
        const name = checkArtifactName(basename(file))
        const size = await sizeOf(file)
        const id = await oneByOne(() => replace(service(), name, () => send(file)))
        return { id, name, size }
      }),
    list: () =>
      explained("the run's artifacts cannot be listed", async () =>
        latest(await service().list()).map(({ id, name, size }) => ({ id, name, size })),
      ),
    download: (artifact, directory) =>
      explained(`the artifact ${artifact.name} cannot be downloaded`, async () => {
        const record = await find(service(), artifact)
        return downloadArtifact(service(), record, directory, retry, debug)
      }),
  }
}

/** Another job may put its own artifact into the gap: then that one is replaced too, once. */
async function replace(service: ResultsService, name: string, send: () => Promise<number>): Promise<number> {
  await removeAll(service, name)
  try {
    return await send()
  } catch (error) {
    if (!/\(409\)/.test(messageOf(error))) throw error
    await removeAll(service, name)
    return await send()
  }
}

async function removeAll(service: ResultsService, name: string): Promise<void> {
  for (const record of await service.list({ name })) await service.remove(record)
}

async function find(service: ResultsService, artifact: Artifact): Promise<ArtifactRecord> {
  const record = (await service.list({ id: artifact.id })).find(({ id }) => id === artifact.id)
  if (record) return record
  throw new UserError(`the artifact ${artifact.name} is no longer there`, {
    hint: 'A job that was run again has replaced it, or it was deleted: run this job again.',
  })
}

/** Of those with one name, the newest; in the order of their names. */
function latest(records: readonly ArtifactRecord[]): ArtifactRecord[] {
  const oldestFirst = [...records].sort((a, b) => a.id - b.id)
  const byName = new Map(oldestFirst.map(record => [record.name, record]))
  return [...byName.values()].sort((a, b) => (a.name < b.name ? -1 : 1))
}

async function sizeOf(file: string): Promise<number> {
  try {
    await access(file, constants.R_OK)
    const stats = await stat(file)
    if (stats.isFile()) return stats.size
  } catch (error) {
    throw new UserError(`${file} cannot be read: ${messageOf(error)}`, { cause: error })
  }
  throw new UserError(`${file} is not a file`)
}

/** What the service's refusals mean, by their words, and what to do then. */
const REFUSALS = [
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

async function explained<T>(what: string, task: () => Promise<T>): Promise<T> {
  try {
    return await task()
  } catch (error) {
    if (error instanceof UserError) throw error
    const reason = withoutSignature(messageOf(error))
    const hint = REFUSALS.find(({ matches }) => matches.test(reason))?.hint
    throw new UserError(`${what}: ${reason}`, {
      hint: hint ?? 'Run the job again. If it happens again, look at https://www.githubstatus.com',
      cause: error,
    })
  }
}

/** A signed address gives access to whoever reads it. */
function withoutSignature(text: string): string {
  return text.replace(/\?\S*\bsig=\S*/g, '?…')
}
