import { fetchFailureReason, fetchResponse, retryAfterOf } from '../http/download.js'
import { type RetryPolicy, retryTransient, TransientError } from '../http/retry.js'
import { UserError } from '../util/error.js'
import { asArray, asObject, asString, type JsonObject, parseJson } from '../util/json.js'
import { parseUrl } from '../util/text.js'
import type { Host } from './host.js'

/** One artifact, as the artifact service describes it. */
export interface ArtifactRecord {
  readonly id: number
  readonly name: string
  /** In bytes. */
  readonly size: number
  /** `sha256:` and 64 hex digits; `undefined` if the service does not know it. */
  readonly digest: string | undefined
  readonly jobIds: JobIds
}

/** GitHub's artifact service, without uploads. */
export interface ResultsService {
  list(filter?: { name: string } | { id: number }): Promise<ArtifactRecord[]>
  /** Returns a URL for a GET request without other credentials. The URL is a credential: do not log it. */
  readSignedUrl(artifact: ArtifactRecord): Promise<string>
  /** Does nothing if the artifact does not exist. */
  remove(artifact: ArtifactRecord): Promise<void>
}

type Method = 'ListArtifacts' | 'GetSignedArtifactURL' | 'DeleteArtifact'

/** Transient errors are retried; the last one is thrown as `TransientError`. A refusal is thrown as `UserError`. */
export function createResultsService(
  address: ResultsAddress,
  retry: RetryPolicy,
  debug: (message: string) => void,
): ResultsService {
  const call = (method: Method, jobIds: JobIds, request: JsonObject): Promise<JsonObject> =>
    retryTransient(retry, debug, () => postRequest(address, method, { ...encodeJobIds(jobIds), ...request }))
  return {
    async list(filter = undefined) {
      const response = await call('ListArtifacts', address.jobIds, encodeFilter(filter))
      return asArray(response.artifacts ?? [], 'artifacts').map(parseRecord)
    },
    async readSignedUrl({ jobIds, name }) {
      const response = await call('GetSignedArtifactURL', jobIds, { name })
      return asString(readField(response, 'signed_url'), 'signed_url')
    },
    async remove({ jobIds, name }) {
      await call('DeleteArtifact', jobIds, { name }).catch(error => {
        if (!(error instanceof ArtifactNotFound)) throw error
      })
    },
  }
}

/** The hint for a rejected token. */
export const TOKEN_HINT =
  "A job's token for artifacts ends with the job: this must run within the job that got it."

class ArtifactNotFound extends Error {
  override readonly name = 'ArtifactNotFound'
}

/** Calls a method of Twirp over JSON: https://twitchtv.github.io/twirp/docs/spec_v7.html */
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
    // Another origin must not get the token.
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

/** Reads Twirp's `{"code": …, "msg": …}`. A proxy may answer with anything else. */
function readErrorMessage(body: string): string {
  try {
    return asString(asObject(JSON.parse(body), 'error').msg, 'msg')
  } catch {
    return body.trim().slice(0, 200) || '(nothing)'
  }
}

function encodeJobIds({ run, job }: JobIds): JsonObject {
  return { workflow_run_backend_id: run, workflow_job_run_backend_id: job }
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
    jobIds: { run: text('workflow_run_backend_id'), job: text('workflow_job_run_backend_id') },
  }
}

/** Protobuf JSON allows both snake_case and camelCase names: https://protobuf.dev/programming-guides/json */
function readField(object: JsonObject, name: string): unknown {
  return object[name] ?? object[name.replace(/_([a-z])/g, (_, letter: string) => letter.toUpperCase())]
}

/** Protobuf JSON writes 64-bit integers as strings and may omit zero. */
function parseCount(value: unknown, name: string): number {
  const count = Number(value ?? 0)
  if (!Number.isSafeInteger(count) || count < 0) throw new Error(`${name} is not a whole number: ${value}`)
  return count
}

/** The address of the artifact service, and the credentials of the job. */
interface ResultsAddress {
  readonly origin: string
  readonly token: string
  readonly jobIds: JobIds
}

/** The ids of a run and of its job in the artifact service. */
interface JobIds {
  readonly run: string
  readonly job: string
}

/** Throws a `UserError` if there is no artifact service, or if it is the one of GitHub Enterprise Server. */
export function readResultsAddress(env: Host['env']): ResultsAddress {
  rejectEnterpriseServer(env.GITHUB_SERVER_URL || 'https://github.com')
  const token = env.ACTIONS_RUNTIME_TOKEN
  const url = env.ACTIONS_RESULTS_URL
  if (!token || !url) throw createServiceError(token ? 'ACTIONS_RESULTS_URL' : 'ACTIONS_RUNTIME_TOKEN')
  const address = parseUrl(url)
  if (address === undefined) throw createVariableError('ACTIONS_RESULTS_URL is not a URL')
  return { origin: address.origin, token, jobIds: parseJobIds(token) }
}

/** Uses the same rule as @actions/artifact. */
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

/** The token is a JWT. Its claim `scp` contains the scope `Actions.Results:<run>:<job>`. The signature is not verified here. */
function parseJobIds(token: string): JobIds {
  const scope = parseScopes(token).find(each => each.startsWith('Actions.Results:'))
  const [, run, job, ...rest] = scope?.split(':') ?? []
  if (!run || !job || rest.length > 0)
    throw createVariableError('ACTIONS_RUNTIME_TOKEN is not for the artifact service')
  return { run, job }
}

function parseScopes(token: string): string[] {
  try {
    const claims = Buffer.from(token.split('.')[1] ?? '', 'base64url').toString()
    return asString(asObject(JSON.parse(claims), 'claims').scp, 'scp').split(' ')
  } catch {
    // No `cause`: its message may quote the token.
    throw createVariableError('ACTIONS_RUNTIME_TOKEN cannot be read')
  }
}

function createVariableError(message: string): UserError {
  return new UserError(message, {
    hint: 'Leave ACTIONS_RUNTIME_TOKEN and ACTIONS_RESULTS_URL as the runner sets them.',
  })
}
