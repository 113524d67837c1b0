import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { ATTESTATION_ROUTES } from './github-attestations.js'
import { answerAboutPackages } from './github-packages.js'
import { RELEASE_ROUTES } from './github-releases.js'
import { emptyState, type GitHubState, Refused, ROUTES } from './github-state.js'

/** A stand-in for GitHub's REST API that keeps its state in memory. */
export interface GitHubStandIn {
  readonly url: string
  readonly state: GitHubState
  /** All requests in order, including failed ones. */
  readonly requests: readonly SeenRequest[]
  /** Makes the next matching requests fail. */
  fail(fault: Fault): void
  /** Delays the next `count` matching requests until all of them have arrived, then answers them one after another. */
  meet(match: string, count: number): void
  close(): Promise<void>
}

export interface SeenRequest {
  /** Method and path with query, for example `POST /repos/owner/name/git/refs`. */
  readonly line: string
  readonly headers: IncomingMessage['headers']
  readonly status: number | 'lost'
}

export interface Fault {
  /** The beginning of the request line. */
  readonly match: string
  /** `lost`: the request takes effect, but the connection breaks before the answer. */
  readonly status: number | 'lost'
  readonly message?: string
  readonly headers?: Readonly<Record<string, string>>
  /** Default: 1. */
  readonly times?: number
}

export interface GitHubOptions {
  /** Default: `owner/name`. */
  readonly repository?: string
  /** Whether it can be read without a token. Default: `true`. */
  readonly isPublic?: boolean
  /** The permission of each token. Default: `{ writer: 'write', reader: 'read' }`. */
  readonly tokens?: Readonly<Record<string, 'read' | 'write'>>
  /** A former name of the repository. */
  readonly formerly?: string
  /** Looks up a tag that was pushed with Git, and returns its commit. */
  readonly pushed?: (tag: string) => string | undefined
}

const TOKENS = { writer: 'write', reader: 'read' } as const

export async function serveGitHubApi(options: GitHubOptions = {}): Promise<GitHubStandIn> {
  const state = emptyState()
  const requests: SeenRequest[] = []
  const faults: { fault: Fault; left: number }[] = []
  const meetings: Meeting[] = []
  const server = createServer((request, response) => {
    const line = `${request.method} ${request.url}`
    const seen = (status: SeenRequest['status']): void => {
      requests.push({ line, headers: request.headers, status })
    }
    serve({ state, options, faults, meetings, request, response, line, seen }).catch(() => response.destroy())
  })
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    state,
    requests,
    fail: fault => faults.push({ fault, left: fault.times ?? 1 }),
    meet: (match, count) => meetings.push({ match, count, waiting: [] }),
    close: () =>
      new Promise(resolve => {
        server.close(() => resolve())
        server.closeAllConnections()
      }),
  }
}

interface Meeting {
  readonly match: string
  count: number
  readonly waiting: (() => void)[]
}

interface Served {
  readonly state: GitHubState
  readonly options: GitHubOptions
  readonly faults: { readonly fault: Fault; left: number }[]
  readonly meetings: Meeting[]
  readonly request: IncomingMessage
  readonly response: ServerResponse
  readonly line: string
  seen(status: SeenRequest['status']): void
}

async function serve(served: Served): Promise<void> {
  const body = await textOf(served.request)
  await gathered(served)
  const fault = served.faults.find(each => each.left > 0 && served.line.startsWith(each.fault.match))
  if (fault) fault.left--
  const reply = fault && fault.fault.status !== 'lost' ? faulty(fault.fault) : replyTo(served, body)
  if (fault?.fault.status === 'lost') {
    served.seen('lost')
    served.response.destroy()
    return
  }
  served.seen(reply.status)
  served.response.writeHead(reply.status, {
    'content-type': 'application/json; charset=utf-8',
    ...reply.headers,
  })
  served.response.end(reply.body === undefined ? undefined : JSON.stringify(reply.body))
}

async function textOf(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = []
  for await (const chunk of request) chunks.push(chunk as Buffer)
  return Buffer.concat(chunks).toString()
}

async function gathered({ meetings, line }: Served): Promise<void> {
  const meeting = meetings.find(({ match, count }) => count > 0 && line.startsWith(match))
  if (!meeting) return
  meeting.count--
  if (meeting.count > 0) await new Promise<void>(resolve => meeting.waiting.push(resolve))
  else for (const go of meeting.waiting) go()
}

interface Reply {
  readonly status: number
  readonly body: unknown
  readonly headers?: Readonly<Record<string, string>>
}

function faulty({ status, message = 'as asked for', headers = {} }: Fault): Reply {
  return { status: Number(status), body: { message, status: String(status) }, headers }
}

function replyTo(served: Served, body: string): Reply {
  try {
    return answer(served, body)
  } catch (error) {
    if (!(error instanceof Refused)) throw error
    const { status, message, errors } = error
    const wanted = message.startsWith('Resource not accessible') && {
      'x-accepted-github-permissions': 'contents=write',
    }
    return {
      status,
      body: { message, ...(errors && { errors }), status: String(status) },
      ...(wanted && { headers: wanted }),
    }
  }
}

function answer({ state, options, request }: Served, body: string): Reply {
  const url = new URL(request.url ?? '', 'http://stand-in')
  const { repository = 'owner/name', formerly, pushed = () => undefined } = options
  const may = rights(options, request)
  if (!request.headers['user-agent']) throw new Refused(403, 'Request forbidden by administrative rules.')
  if (may !== 'nothing') {
    const { accounts, user, scopes } = state
    const reply = answerAboutPackages(accounts, { method: request.method ?? '', url, user })
    const headers = scopes === undefined ? {} : { 'x-oauth-scopes': scopes }
    if (reply) return { ...reply, headers: { ...headers, ...reply.headers } }
  }
  const old = `/repos/${formerly}`
  if (formerly && url.pathname.startsWith(`${old}/`))
    return redirect(
      `http://${request.headers.host}/repositories/1${url.pathname.slice(old.length)}${url.search}`,
    )
  const path = pathBelow(url.pathname, [`/repos/${repository}`, '/repositories/1'])
  const route = [...ROUTES, ...RELEASE_ROUTES, ...ATTESTATION_ROUTES].find(
    each => each.method === request.method && each.path.test(path ?? ''),
  )
  if (path === undefined || !route || may === 'nothing') throw new Refused(404, 'Not Found')
  if (route.write && may === 'read') throw new Refused(403, 'Resource not accessible by integration')
  const groups = (route.path.exec(path)?.slice(1) ?? []).map(decodeURIComponent)
  const isUpload = /\/assets$/.test(path)
  const call = {
    state,
    groups,
    query: url.searchParams,
    body: isUpload ? {} : JSON.parse(body || '{}'),
    content: body,
    contentType: request.headers['content-type'] ?? '',
    base: `http://${state.uploadHost ?? request.headers.host}/repos/${repository}`,
    pushed,
  }
  const answered = route.answer(call)
  const headers = route.headers?.(call)
  const statuses: Readonly<Record<string, number>> = { POST: 201, DELETE: 204 }
  return { status: statuses[request.method ?? ''] ?? 200, body: answered, ...(headers && { headers }) }
}

function redirect(location: string): Reply {
  return { status: 301, body: { message: 'Moved Permanently', url: location }, headers: { location } }
}

function pathBelow(path: string, places: readonly string[]): string | undefined {
  const place = places.find(each => `${path}/`.startsWith(`${each}/`))
  return place && path.slice(place.length)
}

/** GitHub answers 404 both for a missing repository and for one that the token cannot read. */
function rights({ tokens = TOKENS, isPublic = true }: GitHubOptions, request: IncomingMessage) {
  const token = /^Bearer (.+)$/.exec(request.headers.authorization ?? '')?.[1]
  if (token === undefined) return isPublic && request.method === 'GET' ? 'read' : 'nothing'
  const may = (tokens as Readonly<Record<string, 'read' | 'write'>>)[token]
  if (!may) throw new Refused(401, 'Bad credentials')
  return may
}
