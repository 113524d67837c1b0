import { fetchFailureReason, fetchResponse, retryAfterOf } from '../http/download.js'
import { type RetryPolicy, retryTransient, TransientError } from '../http/retry.js'
import { UserError } from '../util/error.js'
import { asArray, asObject, asString, type JsonObject, parseJson } from '../util/json.js'
import { parseUrl } from '../util/text.js'
import type { Host } from './host.js'

/** One artifact as the service knows it. */
export interface ArtifactRecord {
  readonly id: number
  readonly name: string
  /** In bytes. */
  readonly size: number
  /** `sha256:` and 64 hex digits, where the service tells it. */
  readonly digest: string | undefined
  readonly owner: JobIds
}

/** What can be asked of the service that keeps a run's artifacts, uploads aside. */
export interface ResultsService {
  list(filter?: { name: string } | { id: number }): Promise<ArtifactRecord[]>
  /** An address for a plain GET. It holds a credential: it belongs into no log. */
  readSignedUrl(artifact: ArtifactRecord): Promise<string>
  /** Nothing happens when it is gone already. */
  remove(artifact: ArtifactRecord): Promise<void>
}

type Method = 'ListArtifacts' | 'GetSignedArtifactURL' | 'DeleteArtifact'

/** Failures that may pass are tried again; the last one is thrown as `Transient`, a refusal as `UserError`. */
export function createResultsService(
  address: ResultsAddress,
  retry: RetryPolicy,
  debug: (message: string) => void,
): ResultsService {
  const call = (method: Method, owner: JobIds, request: JsonObject): Promise<JsonObject> =>
    retryTransient(retry, debug, () => postRequest(address, method, { ...encodeJobIds(owner), ...request }))
  return {
    async list(filter = undefined) {
      const response = await call('ListArtifacts', address.owner, encodeFilter(filter))
      return asArray(response.artifacts ?? [], 'artifacts').map(parseRecord)
    },
    async readSignedUrl({ owner, name }) {
      const response = await call('GetSignedArtifactURL', owner, { name })
      return asString(readField(response, 'signed_url'), 'signed_url')
    },
    async remove({ owner, name }) {
      await call('DeleteArtifact', owner, { name }).catch(error => {
        if (!(error instanceof ArtifactNotFound)) throw error
      })
    },
  }
}

/** What to do when the service does not accept the job's token. */
export const TOKEN_HINT =
  "A job's token for artifacts ends with the job: this must run within the job that got it."

class ArtifactNotFound extends Error {
  override readonly name = 'NotFound'
}

/** Twirp over JSON: https://twitchtv.github.io/twirp/docs/spec_v7.html */
async function postRequest(
  address: ResultsAddress,
  method: Method,
  request: JsonObject,
): Promise<JsonObject> {
  const url = `${address.origin}/twirp/github.actions.results.api.v1.ArtifactService/${method}`
  const response = await fetchResponse(url, {
    method: 'POST',
    headers: { Authorization: `Bearer ${address.token}`, 'Content-Type': 'application/json' },
    body: JSON.stringify(request),
    // The token is for this origin alone.
    redirect: 'error',
    signal: AbortSignal.timeout(60_000),
  })
  const text = await response.text().catch(error => {
    throw new TransientError(`${method}: the answer broke off: ${fetchFailureReason(error)}`, {
      cause: error,
    })
  })
  if (!response.ok) throw describeRefusal(method, response, text)
  return asObject(parseJson(text, `the artifact service's answer to ${method}`), method)
}

function describeRefusal(method: Method, response: Response, body: string): Error {
  const message = `${method}: the artifact service answered ${response.status}: ${readErrorMessage(body)}`
  if (response.status === 429 || response.status >= 500)
    return new TransientError(message, { retryAfter: retryAfterOf(response) })
  if (response.status === 404) return new ArtifactNotFound(message)
  if (response.status !== 401 && response.status !== 403) return new Error(message)
  return new UserError(message, { hint: TOKEN_HINT })
}

/** Twirp's errors are `{"code": …, "msg": …}`; what stands before the service may answer something else. */
function readErrorMessage(body: string): string {
  try {
    return asString(asObject(JSON.parse(body), 'error').msg, 'msg')
  } catch {
    return body.trim().slice(0, 200) || '(nothing)'
  }
}

function encodeJobIds(owner: JobIds): JsonObject {
  return { workflow_run_backend_id: owner.run, workflow_job_run_backend_id: owner.job }
}

function encodeFilter(filter: { name: string } | { id: number } | undefined): JsonObject {
  if (filter === undefined) return {}
  return 'name' in filter ? { name_filter: filter.name } : { id_filter: String(filter.id) }
}

function parseRecord(value: unknown): ArtifactRecord {
  const record = asObject(value, 'artifact')
  const text = (name: string): string => asString(readField(record, name), name)
  const digest = readField(record, 'digest')
  return {
    id: parseCount(readField(record, 'database_id'), 'database_id'),
    name: text('name'),
    size: parseCount(readField(record, 'size'), 'size'),
    digest: typeof digest === 'string' ? digest : undefined,
    owner: { run: text('workflow_run_backend_id'), job: text('workflow_job_run_backend_id') },
  }
}

/** The JSON form of protocol buffers may spell a field either way: https://protobuf.dev/programming-guides/json */
function readField(object: JsonObject, name: string): unknown {
  return object[name] ?? object[name.replace(/_([a-z])/g, (_, letter: string) => letter.toUpperCase())]
}

/** 64-bit numbers come as strings, and zero may be left out. */
function parseCount(value: unknown, what: string): number {
  const count = Number(value ?? 0)
  if (!Number.isSafeInteger(count) || count < 0) throw new Error(`${what} is not a whole number: ${value}`)
  return count
}

/** Where a job finds the service that keeps its artifacts, and who it is there. */
interface ResultsAddress {
  readonly origin: string
  readonly token: string
  readonly owner: JobIds
}

/** A run and a job of it in the service's own ids. */
interface JobIds {
  readonly run: string
  readonly job: string
}

/** Throws `UserError` when there is no service here or it is one that cannot keep artifacts this way. */
export function readResultsAddress(env: Host['env']): ResultsAddress {
  rejectEnterpriseServer(env.GITHUB_SERVER_URL || 'https://github.com')
  const token = env.ACTIONS_RUNTIME_TOKEN
  const url = env.ACTIONS_RESULTS_URL
  if (!token || !url) throw createServiceError(token ? 'ACTIONS_RESULTS_URL' : 'ACTIONS_RUNTIME_TOKEN')
  const address = parseUrl(url)
  if (address === undefined) throw createVariableError('ACTIONS_RESULTS_URL is not a URL')
  return { origin: address.origin, token, owner: parseJobIds(token) }
}

/** The same rule as in GitHub's own artifact client. */
function rejectEnterpriseServer(server: string): void {
  const host = parseUrl(server)?.hostname ?? server
  if (/^github\.com$|\.ghe\.com$|\.localhost$/i.test(host)) return
  throw new UserError(`GitHub Enterprise Server (${host}) does not keep artifacts of version 4 and newer`, {
    hint: 'Build and merge in one job, and hand the archives over in a folder.',
  })
}

function createServiceError(variable: string): UserError {
  return new UserError(`there is no artifact service here: ${variable} is not set`, {
    hint: 'GitHub sets it for actions, not for `run` steps. Elsewhere, hand the archives over in a folder.',
  })
}

/** The token is a JWT whose `scp` claim has `Actions.Results:<run>:<job>` among its scopes. It is not ours to verify. */
function parseJobIds(token: string): JobIds {
  const results = parseScopes(token).find(scope => scope.startsWith('Actions.Results:'))
  const [, run, job, ...rest] = results?.split(':') ?? []
  if (!run || !job || rest.length > 0)
    throw createVariableError('ACTIONS_RUNTIME_TOKEN is not for the artifact service')
  return { run, job }
}

function parseScopes(token: string): string[] {
  try {
    const claims = Buffer.from(token.split('.')[1] ?? '', 'base64url').toString()
    return asString(asObject(JSON.parse(claims), 'claims').scp, 'scp').split(' ')
  } catch {
    // Without the cause, which may quote the token.
    throw createVariableError('ACTIONS_RUNTIME_TOKEN cannot be read')
  }
}

function createVariableError(message: string): UserError {
  return new UserError(message, {
    hint: 'Leave ACTIONS_RUNTIME_TOKEN and ACTIONS_RESULTS_URL as the runner sets them.',
  })
}
