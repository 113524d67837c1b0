import { isLoopback, redactUrl } from '../http/address.js'
import { UserError } from '../util/error.js'
import { nameInput } from '../util/input-name.js'
import { asString, type JsonObject, parseObjectOrEmpty } from '../util/json.js'
import { parseUrl } from '../util/text.js'
import {
  createServiceClient,
  readAnswer,
  type ServiceClient,
  type ServiceLimits,
  type SigningService,
} from './signing-service.js'

/** What GitHub says about a job in its identity token (OIDC). */
export interface IdentityClaims {
  /** `https://token.actions.githubusercontent.com` */
  readonly issuer: string
  /** `owner/name` */
  readonly repository: string
  readonly repositoryId: string
  readonly ownerId: string
  readonly visibility: 'public' | 'private' | 'internal'
  /** The slug of the enterprise that the repository belongs to. */
  readonly enterprise?: string
  readonly ref: string
  /** The commit that the run is about. */
  readonly sha: string
  readonly eventName: string
  /** The workflow that was started: `owner/name/.github/workflows/ci.yml@refs/heads/main`. */
  readonly workflowRef: string
  /** The workflow that has the job: a reusable one, or the same as `workflowRef`. It is the name in the certificate. */
  readonly jobWorkflowRef: string
  readonly runId: string
  readonly runAttempt: string
  /** `github-hosted` or `self-hosted` */
  readonly runnerEnvironment: string
}

export interface IdentityToken {
  readonly token: string
  readonly claims: IdentityClaims
}

interface TokenHost {
  readonly env: Readonly<Record<string, string | undefined>>
  readonly signal: AbortSignal
  maskSecret(value: string): void
}

/** The service that the token is for. Every instance of Sigstore accepts this audience. */
const AUDIENCE = 'sigstore'

/**
 * Requests an identity token for Sigstore. Throws a `UserError` if the job may not request one (`id-token: write`), or the
 * service fails.
 */
export async function requestIdentityToken(host: TokenHost, limits?: ServiceLimits): Promise<IdentityToken> {
  const { url, requestToken } = readVariables(host.env)
  const client = createServiceClient({ env: host.env, signal: host.signal, ...(limits && { limits }) })
  try {
    const answer = await sendRequest(client, url, requestToken)
    const token = readToken(url, answer)
    host.maskSecret(token)
    return { token, claims: readAnswer(tokenService(url), Buffer.from(token), () => parseClaims(token)) }
  } finally {
    client.close()
  }
}

interface TokenVariables {
  readonly url: URL
  readonly requestToken: string
}

/** GitHub sets the variables only for jobs that may request a token. */
function readVariables(env: TokenHost['env']): TokenVariables {
  const { ACTIONS_ID_TOKEN_REQUEST_URL: address, ACTIONS_ID_TOKEN_REQUEST_TOKEN: token } = env
  if (!address || !token) throw missingPermissionError(env)
  const url = parseUrl(address)
  if (url === undefined)
    throw new UserError('ACTIONS_ID_TOKEN_REQUEST_URL is not a URL', { hint: RUNNER_HINT })
  if (url.protocol !== 'https:' && !isLoopback(url)) throw plainHttpError(url)
  if (!/^[\x21-\x7e]+$/.test(token))
    throw new UserError(
      'ACTIONS_ID_TOKEN_REQUEST_TOKEN contains characters that are not allowed in a token',
      {
        hint: RUNNER_HINT,
      },
    )
  return { url, requestToken: token }
}

const RUNNER_HINT = 'The runner of GitHub Actions sets this variable. Do not change it.'

function plainHttpError(url: URL): UserError {
  return new UserError(
    `No identity token is requested from ${redactUrl(url)} because it is not an https URL`,
    {
      hint: RUNNER_HINT,
    },
  )
}

function missingPermissionError(env: TokenHost['env']): UserError {
  if (env.GITHUB_ACTIONS !== 'true')
    return new UserError('Only a job of GitHub Actions has an identity to sign with', {
      hint: `Elsewhere, set ${nameInput('signing-key')}.`,
    })
  return new UserError('This job may not request an identity token', { hint: PERMISSION_HINT })
}

const PERMISSION_HINT =
  'Set `permissions: id-token: write` in the job. If the job calls a reusable workflow (`uses: …/publish.yml`), set it in ' +
  'the calling job. Pull requests from forks never get this permission.'

function tokenService(url: URL): SigningService {
  return {
    name: "GitHub's token service",
    // The path contains the ID of the run.
    url: new URL(url.origin),
    refusalHint: () =>
      `${PERMISSION_HINT} If the job has it, check https://www.githubstatus.com, and run the job again.`,
  }
}

async function sendRequest(client: ServiceClient, url: URL, requestToken: string): Promise<Buffer> {
  const request = new URL(url)
  request.search = `${url.search === '' ? '?' : `${url.search}&`}audience=${AUDIENCE}`
  const headers = { authorization: `Bearer ${requestToken}` }
  return (await client.request(tokenService(url), { method: 'GET', url: request, headers })).body
}

/** The error does not quote the answer, which contains the token. */
function readToken(url: URL, answer: Buffer): string {
  return readAnswer(tokenService(url), answer, () => {
    const { value } = parseObjectOrEmpty(answer.toString())
    if (typeof value !== 'string' || !/^[\w-]+\.[\w-]+\.[\w-]*$/.test(value))
      throw new Error('it does not contain a token')
    return value
  })
}

/** Reads the claims of a token. Its signature is not checked: the token is from GitHub, over TLS. Fulcio checks it. */
export function readTokenClaims(token: string): JsonObject {
  const [, payload = ''] = token.split('.')
  return parseObjectOrEmpty(Buffer.from(payload, 'base64url').toString())
}

function parseClaims(token: string): IdentityClaims {
  const claims = readTokenClaims(token)
  const read = (name: string, pattern = /^[^\s\p{C}]+$/u): string => readClaim(claims, name, pattern)
  return {
    issuer: read('iss', /^https:\/\/[^\s\p{C}]+$/u),
    repository: read('repository', /^[\w.-]+\/[\w.-]+$/),
    repositoryId: read('repository_id', NUMBER),
    ownerId: read('repository_owner_id', NUMBER),
    visibility: read('repository_visibility', /^(public|private|internal)$/) as IdentityClaims['visibility'],
    ...(claims.enterprise !== undefined && { enterprise: read('enterprise') }),
    ref: read('ref', /^[^\s\p{C}]*$/u),
    sha: read('sha', /^[0-9a-f]{40}([0-9a-f]{24})?$/),
    eventName: read('event_name', /^\w+$/),
    workflowRef: read('workflow_ref', WORKFLOW),
    jobWorkflowRef: read('job_workflow_ref', WORKFLOW),
    runId: read('run_id', NUMBER),
    runAttempt: read('run_attempt', NUMBER),
    runnerEnvironment: read('runner_environment', /^[\w-]+$/),
  }
}

const NUMBER = /^\d+$/
/** `owner/name/.github/workflows/ci.yml@refs/heads/main`; the name of the file may contain spaces. */
const WORKFLOW = /^[\w.-]+\/[\w.-]+\/[^\p{C}]+@[^\s\p{C}]+$/u

function readClaim(claims: JsonObject, name: string, pattern: RegExp): string {
  const text = asString(claims[name], `the claim ${name}`)
  if (!pattern.test(text)) throw new Error(`the claim ${name} is ${JSON.stringify(text.slice(0, 100))}`)
  return text
}
