import { messageOf, UserError } from '../util/error.js'
import { asArray, asObject, asString, type JsonObject, parseJson } from '../util/json.js'
import type { Host } from './host.js'
import { type RetryPolicy, retrying, Transient } from './retry.js'

/** One artifact as the service knows it. */
export interface ArtifactRecord {
  readonly id: number
  readonly name: string
  /** In bytes. */
  readonly size: number
  /** `sha256:` and 64 hex digits, where the service tells it. */
  readonly digest: string | undefined
  /** Which run and job it belongs to, in the service's own ids. */
  readonly owner: JobIds
}

export interface JobIds {
  readonly run: string
  readonly job: string
}

/** The results service of GitHub Actions, which keeps the artifacts of a run: the parts that need no upload. */
export interface ResultsService {
  list(filter?: { name: string } | { id: number }): Promise<ArtifactRecord[]>
  /** An address for a plain GET. It holds a credential: it belongs into no log. */
  signedUrl(artifact: ArtifactRecord): Promise<string>
  /** Whether it was there. */
  remove(artifact: ArtifactRecord): Promise<boolean>
}

/** The service answered with a failure that trying again does not mend. */
class ServiceError extends Error {
  override readonly name = 'ServiceError'

  constructor(
    readonly status: number,
    message: string,
  ) {
    super(message)
  }
}

interface Address {
  origin: string
  token: string
  owner: JobIds
}

/** Throws `UserError` when there is no service here or it is one that cannot keep artifacts this way. */
export function resultsService(
  env: Host['env'],
  retry: RetryPolicy,
  debug: (message: string) => void,
): ResultsService {
  const address = addressOf(env)
  const call = (method: string, owner: JobIds, request: JsonObject): Promise<JsonObject> =>
    retrying(
      retry,
      (failure, wait) => debug(`${failure.message}; again in ${Math.round(wait)} ms`),
      () => post(address, method, { ...idFields(owner), ...request }),
    )
  return {
    async list(filter = undefined) {
      const response = await call('ListArtifacts', address.owner, filterFields(filter))
      return asArray(response.artifacts ?? [], 'artifacts').map(readRecord)
    },
    async signedUrl(artifact) {
      const response = await call('GetSignedArtifactURL', artifact.owner, { name: artifact.name })
      return asString(field(response, 'signed_url'), 'signed_url')
    },
    async remove(artifact) {
      try {
        await call('DeleteArtifact', artifact.owner, { name: artifact.name })
        return true
      } catch (error) {
        if (error instanceof ServiceError && error.status === 404) return false
        throw error
      }
    },
  }
}

function idFields(owner: JobIds): JsonObject {
  return { workflow_run_backend_id: owner.run, workflow_job_run_backend_id: owner.job }
}

function filterFields(filter: { name: string } | { id: number } | undefined): JsonObject {
  if (filter === undefined) return {}
  return 'name' in filter ? { name_filter: filter.name } : { id_filter: String(filter.id) }
}

async function post(address: Address, method: string, request: JsonObject): Promise<JsonObject> {
  const url = `${address.origin}/twirp/github.actions.results.api.v1.ArtifactService/${method}`
  const response = await reach(method, url, {
    method: 'POST',
    headers: { Authorization: `Bearer ${address.token}`, 'Content-Type': 'application/json' },
    body: JSON.stringify(request),
    // The token is for this origin alone.
    redirect: 'error',
    signal: AbortSignal.timeout(60_000),
  })
  const text = await response.text().catch(error => {
    throw new Transient(`${method}: the artifact service's answer broke off: ${reasonOf(error)}`, { cause: error })
  })
  if (!response.ok) throw refusal(method, response, text)
  return asObject(parseJson(text, `the artifact service's answer to ${method}`), method)
}

/** `fetch`, with what stopped it in its error. */
export async function reach(what: string, url: string, init: RequestInit = {}): Promise<Response> {
  try {
    return await fetch(url, init)
  } catch (error) {
    throw new Transient(`${what}: ${new URL(url).host} cannot be reached: ${reasonOf(error)}`, { cause: error })
  }
}

/** `fetch` says only "fetch failed"; the reason lies in its cause. */
export function reasonOf(error: unknown): string {
  const cause = error instanceof Error ? error.cause : undefined
  return cause === undefined ? messageOf(error) : messageOf(cause) || messageOf(error)
}

/** 429 and 5xx may pass; `Retry-After` in seconds is honoured up to a minute. */
export function transientStatus(response: Response, message: string): Transient | undefined {
  if (response.status !== 429 && response.status < 500) return undefined
  const after = Number(response.headers.get('retry-after') ?? Number.NaN)
  return new Transient(message, { retryAfterMs: after >= 0 ? Math.min(after, 60) * 1000 : undefined })
}

function refusal(method: string, response: Response, body: string): Error {
  const message = `${method}: the artifact service answered ${response.status}: ${complaintOf(body)}`
  const transient = transientStatus(response, message)
  if (transient) return transient
  if (response.status !== 401 && response.status !== 403) return new ServiceError(response.status, message)
  return new UserError(message, {
    hint: 'the token of a job ends with the job: run this within the job, and run the job again if it took very long',
  })
}

/** Twirp's errors are `{"code": …, "msg": …}`. */
function complaintOf(body: string): string {
  try {
    const { msg } = asObject(JSON.parse(body), 'error')
    if (typeof msg === 'string') return msg
  } catch {
    // Not the service itself but something before it has answered.
  }
  return body.trim().slice(0, 200) || 'nothing'
}

function readRecord(value: unknown): ArtifactRecord {
  const record = asObject(value, 'artifact')
  const digest = field(record, 'digest')
  return {
    id: readCount(field(record, 'database_id'), 'database_id'),
    name: asString(field(record, 'name'), 'name'),
    size: readCount(field(record, 'size'), 'size'),
    digest: typeof digest === 'string' && digest !== '' ? digest : undefined,
    owner: {
      run: asString(field(record, 'workflow_run_backend_id'), 'workflow_run_backend_id'),
      job: asString(field(record, 'workflow_job_run_backend_id'), 'workflow_job_run_backend_id'),
    },
  }
}

/** The JSON form of protocol buffers may write a field's name in either case: https://protobuf.dev/programming-guides/json */
function field(object: JsonObject, name: string): unknown {
  return object[name] ?? object[name.replace(/_([a-z])/g, (_, letter: string) => letter.toUpperCase())]
}

/** 64-bit numbers come as strings, and zero may be left out. */
function readCount(value: unknown, what: string): number {
  const count = Number(value ?? 0)
  if (!Number.isSafeInteger(count) || count < 0) throw new Error(`${what} is not a whole number: ${value}`)
  return count
}

function addressOf(env: Host['env']): Address {
  refuseEnterpriseServer(env)
  const token = env.ACTIONS_RUNTIME_TOKEN
  const url = env.ACTIONS_RESULTS_URL
  if (!token || !url) throw noService(token ? 'ACTIONS_RESULTS_URL' : 'ACTIONS_RUNTIME_TOKEN')
  return { origin: new URL(url).origin, token, owner: jobIdsOf(token) }
}

function noService(variable: string): UserError {
  return new UserError(`there is no artifact service here: ${variable} is not set`, {
    hint: 'GitHub sets it for actions, not for `run` steps; elsewhere, hand the archives over in a folder instead',
  })
}

function refuseEnterpriseServer(env: Host['env']): void {
  const { hostname } = new URL(env.GITHUB_SERVER_URL || 'https://github.com')
  if (/^github\.com$|\.ghe\.com$|\.localhost$/i.test(hostname)) return
  throw new UserError(`GitHub Enterprise Server (${hostname}) does not have artifacts of version 4 and newer`, {
    hint: 'build and merge in one job and hand the archives over in a folder',
  })
}

/** The token is a JWT whose `scp` claim has `Actions.Results:<run>:<job>` among its scopes. It is not ours to verify. */
function jobIdsOf(token: string): JobIds {
  const scopes = scopesOf(token).split(' ')
  const [, run, job, ...rest] = scopes.find(scope => scope.startsWith('Actions.Results:'))?.split(':') ?? []
  if (!run || !job || rest.length > 0) throw foreignToken()
  return { run, job }
}

function scopesOf(token: string): string {
  try {
    const claims = Buffer.from(token.split('.')[1] ?? '', 'base64url').toString()
    return asString(asObject(JSON.parse(claims), 'claims').scp, 'scp')
  } catch {
    // Without the cause, which may quote the token.
    throw foreignToken()
  }
}

function foreignToken(): UserError {
  return new UserError('ACTIONS_RUNTIME_TOKEN does not open the artifact service', {
    hint: 'leave ACTIONS_RUNTIME_TOKEN and ACTIONS_RESULTS_URL as the runner sets them',
  })
}
