import { UserError } from '../util/error.js'
import { asObject, asString } from '../util/json.js'
import { urlFrom } from '../util/url.js'
import type { Host } from './host.js'

/** Where a job finds the service that keeps its artifacts, and who it is there. */
export interface ResultsAddress {
  readonly origin: string
  readonly token: string
  readonly owner: JobIds
}

/** A run and a job of it in the service's own ids. */
export interface JobIds {
  readonly run: string
  readonly job: string
}

/** Throws `UserError` when there is no service here or it is one that cannot keep artifacts this way. */
export function resultsAddress(env: Host['env']): ResultsAddress {
  refuseEnterpriseServer(env.GITHUB_SERVER_URL || 'https://github.com')
  const token = env.ACTIONS_RUNTIME_TOKEN
  const url = env.ACTIONS_RESULTS_URL
  if (!token || !url) throw noService(token ? 'ACTIONS_RESULTS_URL' : 'ACTIONS_RUNTIME_TOKEN')
  const address = urlFrom(url)
  if (address === undefined) throw foreign('ACTIONS_RESULTS_URL is not a URL')
  return { origin: address.origin, token, owner: jobIdsOf(token) }
}

/** The same rule as in GitHub's own artifact client. */
function refuseEnterpriseServer(server: string): void {
  const host = urlFrom(server)?.hostname ?? server
  if (/^github\.com$|\.ghe\.com$|\.localhost$/i.test(host)) return
  throw new UserError(`GitHub Enterprise Server (${host}) does not keep artifacts of version 4 and newer`, {
    hint: 'Build and merge in one job, and hand the archives over in a folder.',
  })
}

function noService(variable: string): UserError {
  return new UserError(`there is no artifact service here: ${variable} is not set`, {
    hint: 'GitHub sets it for actions, not for `run` steps. Elsewhere, hand the archives over in a folder.',
  })
}

/** The token is a JWT whose `scp` claim has `Actions.Results:<run>:<job>` among its scopes. It is not ours to verify. */
function jobIdsOf(token: string): JobIds {
  const results = scopesOf(token).find(scope => scope.startsWith('Actions.Results:'))
  const [, run, job, ...rest] = results?.split(':') ?? []
  if (!run || !job || rest.length > 0) throw foreign('ACTIONS_RUNTIME_TOKEN is not for the artifact service')
  return { run, job }
}

function scopesOf(token: string): string[] {
  try {
    const claims = Buffer.from(token.split('.')[1] ?? '', 'base64url').toString()
    return asString(asObject(JSON.parse(claims), 'claims').scp, 'scp').split(' ')
  } catch {
    // Without the cause, which may quote the token.
    throw foreign('ACTIONS_RUNTIME_TOKEN cannot be read')
  }
}

function foreign(message: string): UserError {
  return new UserError(message, {
    hint: 'Leave ACTIONS_RUNTIME_TOKEN and ACTIONS_RESULTS_URL as the runner sets them.',
  })
}
