import { createHash, randomUUID } from 'node:crypto'
import { once } from 'node:events'
import { createServer } from 'node:http'
import { createServer as createSecureServer } from 'node:https'
import { buffer } from 'node:stream/consumers'
import { blobOperation, emptyBlob, refuse, serveBlob } from './results-blobs.js'

const CALL = /^\/twirp\/github\.actions\.results\.api\.v1\.(?:ArtifactService|CacheService)\/(\w+)$/
const BLOB = /^\/devstore\/results\/([^/]+)$/

/** An error answer in Twirp's format. */
class Refusal extends Error {
  constructor(status, code, message) {
    super(message)
    this.status = status
    this.code = code
  }
}

/** @type {typeof import('./results-service.js').startResultsService} */
export async function startResultsService({ port = 0, tls } = {}) {
  const signature = randomUUID()
  const state = { artifacts: [], caches: [], blobs: new Map(), nextId: 1 }
  const requests = []
  const faults = []
  const listener = (request, response) => {
    serve(request, response).catch(error => answer(response, 500, { code: 'internal', msg: String(error) }))
  }
  const scheme = tls ? 'https' : 'http'
  const server = tls ? createSecureServer(tls, listener) : createServer(listener)
  await once(server.listen(port, '127.0.0.1'), 'listening')
  const origin = `${scheme}://127.0.0.1:${server.address().port}`
  // Uses the host of the request, so that clients behind a proxy can reach the URL.
  const signUrlFor = request => blob =>
    `${scheme}://${request.headers.host}/devstore/results/${blob.id}?sv=2026-01-01&sig=${signature}`

  async function serve(request, response) {
    const { pathname: path, searchParams: query } = new URL(request.url, origin)
    const operation = CALL.exec(path)?.[1] ?? blobOperation(request.method, query)
    const body = await buffer(request)
    const call = CALL.test(path) ? JSON.parse(body.toString()) : undefined
    requests.push({ operation, method: request.method, path, body: call, headers: request.headers })
    const fault = takeFault(faults, operation)
    if (fault?.stall) return
    if (fault?.delayMs) await new Promise(resolve => setTimeout(resolve, fault.delayMs))
    if (call) return serveCall(operation, call, request, response, fault)
    const blob = state.blobs.get(BLOB.exec(path)?.[1])
    if (fault?.status) return refuse(response, fault.status, fault.message ?? 'ServerBusy')
    if (query.get('sig') !== signature) return refuse(response, 403, 'AuthenticationFailed')
    if (!blob) return refuse(response, 404, 'BlobNotFound')
    serveBlob(blob, operation, { request, response, query, body, fault })
  }

  function serveCall(operation, call, request, response, fault) {
    try {
      if (fault?.status) throw new Refusal(fault.status, 'unknown', fault.message ?? 'as asked for')
      const method = METHODS[operation]
      if (!method) throw new Refusal(404, 'bad_route', `no method ${operation}`)
      const owner = ownerOf(request.headers.authorization)
      answer(response, 200, method(state, call, owner, signUrlFor(request)))
    } catch (error) {
      if (!(error instanceof Refusal)) throw error
      answer(response, error.status, { code: error.code, msg: error.message }, fault?.headers)
    }
  }

  return {
    origin,
    requests,
    artifacts: () => finished(state).map(({ blob, ...artifact }) => ({ ...artifact, content: blob.content })),
    caches: () => state.caches.filter(({ done }) => done).map(storedCache),
    add: artifact => addArtifact(state, artifact),
    fail: fault => void faults.push({ ...fault, left: fault.times ?? 1 }),
    environment: ({ run = 'run', job = 'job' } = {}) => environment(origin, run, job),
    async close() {
      server.close()
      server.closeAllConnections()
      await once(server, 'close')
    },
  }
}

const METHODS = {
  CreateArtifact(state, call, owner, signedUrl) {
    if (!call.name || call.version !== 7 || !call.mime_type)
      throw new Refusal(400, 'invalid_argument', 'incomplete')
    if (finished(state).some(sameArtifact(call, owner)))
      throw new Refusal(
        409,
        'already_exists',
        'an artifact with this name already exists on the workflow run',
      )
    state.artifacts = state.artifacts.filter(artifact => !sameArtifact(call, owner)(artifact))
    const artifact = newArtifact(state, owner, call.name, call.mime_type)
    return { ok: true, signed_upload_url: signedUrl(artifact.blob) }
  },
  FinalizeArtifact(state, call, owner) {
    const artifact = state.artifacts.find(sameArtifact(call, owner))
    if (!artifact?.blob.content) throw new Refusal(404, 'not_found', 'nothing was uploaded')
    if (Number(call.size) !== artifact.blob.content.length || call.hash !== digestOf(artifact.blob.content))
      throw new Refusal(400, 'invalid_argument', 'size or hash do not match what was uploaded')
    finish(artifact, call.hash)
    return { ok: true, artifact_id: String(artifact.id) }
  },
  ListArtifacts(state, call, owner) {
    const found = finished(state).filter(
      ({ run, name, id }) =>
        run === owner.run &&
        (call.name_filter ?? name) === name &&
        String(call.id_filter ?? id) === String(id),
    )
    return { artifacts: found.map(listed) }
  },
  GetSignedArtifactURL(state, call, owner, signedUrl) {
    return { signed_url: signedUrl(existing(state, call, owner).blob) }
  },
  DeleteArtifact(state, call, owner) {
    const artifact = existing(state, call, owner)
    state.artifacts = state.artifacts.filter(other => other !== artifact)
    state.blobs.delete(artifact.blob.id)
    return { ok: true, artifact_id: String(artifact.id) }
  },
  CreateCacheEntry(state, call, _owner, signedUrl) {
    if (state.caches.some(entry => entry.key === call.key && entry.version === call.version))
      return { ok: false }
    const blob = newBlob(state, 'application/octet-stream', 'cache')
    state.caches.push({ id: state.nextId++, key: call.key, version: call.version, blob, done: false })
    return { ok: true, signed_upload_url: signedUrl(blob) }
  },
  FinalizeCacheEntryUpload(state, call) {
    const entry = state.caches.find(({ key, version }) => key === call.key && version === call.version)
    if (!entry?.blob.content) throw new Refusal(404, 'not_found', 'nothing was uploaded')
    entry.done = true
    return { ok: true, entry_id: String(entry.id) }
  },
  GetCacheEntryDownloadURL(state, call, _owner, signedUrl) {
    const newestFirst = state.caches.filter(({ done, version }) => done && version === call.version).reverse()
    const entry =
      newestFirst.find(({ key }) => key === call.key) ??
      (call.restore_keys ?? [])
        .map(prefix => newestFirst.find(({ key }) => key.startsWith(prefix)))
        .find(found => found !== undefined)
    if (!entry) return { ok: false }
    return { ok: true, signed_download_url: signedUrl(entry.blob), matched_key: entry.key }
  },
}

function newBlob(state, type, fileName) {
  const blob = emptyBlob(randomUUID(), type, fileName)
  state.blobs.set(blob.id, blob)
  return blob
}

function newArtifact(state, { run, job }, name, mimeType) {
  const blob = newBlob(state, mimeType, name)
  const artifact = {
    id: state.nextId++,
    run,
    job,
    name,
    mimeType,
    size: 0,
    digest: undefined,
    done: false,
    blob,
  }
  state.artifacts.push(artifact)
  return artifact
}

function finish(artifact, digest) {
  Object.assign(artifact, { size: artifact.blob.content.length, digest, done: true, createdAt: new Date() })
}

function addArtifact(
  state,
  { name, content, run = 'run', job = 'job', mimeType = 'application/x-tar', digest, fileName = name },
) {
  const artifact = newArtifact(state, { run, job }, name, mimeType)
  artifact.blob.content = Buffer.from(content)
  artifact.blob.fileName = fileName
  finish(artifact, digest === undefined ? digestOf(artifact.blob.content) : (digest ?? undefined))
  return artifact.id
}

function storedCache({ key, version, blob: { content } }) {
  return { key, version, content }
}

function finished(state) {
  return state.artifacts.filter(({ done }) => done)
}

function existing(state, call, owner) {
  const artifact = finished(state).findLast(sameArtifact(call, owner))
  if (!artifact) throw new Refusal(404, 'not_found', 'the artifact does not exist')
  return artifact
}

/** An artifact name is unique in a run, across all jobs. */
function sameArtifact(call, owner) {
  return artifact => artifact.run === owner.run && artifact.name === call.name
}

function listed(artifact) {
  return {
    workflow_run_backend_id: artifact.run,
    workflow_job_run_backend_id: artifact.job,
    database_id: String(artifact.id),
    name: artifact.name,
    size: String(artifact.size),
    created_at: artifact.createdAt.toISOString(),
    ...(artifact.digest === undefined ? {} : { digest: artifact.digest }),
  }
}

function takeFault(faults, operation) {
  const fault = faults.find(candidate => candidate.operation === operation && candidate.left > 0)
  if (fault) fault.left--
  return fault
}

function ownerOf(authorization) {
  const claims = /^Bearer [^.]+\.([^.]+)\./.exec(authorization ?? '')?.[1]
  if (!claims) throw new Refusal(401, 'unauthenticated', 'no token')
  const [, run, job] = JSON.parse(Buffer.from(claims, 'base64url').toString()).scp.split(':')
  return { run, job }
}

function environment(origin, run, job) {
  const part = value => Buffer.from(JSON.stringify(value)).toString('base64url')
  return {
    ACTIONS_RESULTS_URL: `${origin}/`,
    ACTIONS_RUNTIME_TOKEN: `${part({ alg: 'none' })}.${part({ scp: `Actions.Results:${run}:${job}` })}.unsigned`,
    ACTIONS_CACHE_SERVICE_V2: '1',
  }
}

function digestOf(content) {
  return `sha256:${createHash('sha256').update(content).digest('hex')}`
}

function answer(response, status, body, headers = {}) {
  response.writeHead(status, { 'content-type': 'application/json', ...headers })
  response.end(JSON.stringify(body))
}
