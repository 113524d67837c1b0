import { readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'

/** A request that the registry has answered. */
export interface AnsweredRequest {
  readonly method: string
  readonly uri: string
  readonly status: number
}

const LINE = /^\S+ - - \[[^\]]*\] "(\S+) (\S+) HTTP\/[^"]*" (\d+) /gm

/** The requests in the log of docker-registry, in order. */
export function readAccessLog(file: string): AnsweredRequest[] {
  const lines = readFileSync(file, 'utf8').matchAll(LINE)
  return Array.from(lines, ([, method = '', uri = '', status]) => ({ method, uri, status: Number(status) }))
}

/**
 * The number of bytes that these requests uploaded, counting repeated uploads. The log contains digests and tags but no sizes,
 * which are read from the registry's data folder.
 */
export function uploadedBytes(data: string, requests: readonly AnsweredRequest[]): number {
  const root = join(data, 'docker/registry/v2')
  return requests
    .map(request => uploadedDigest(root, request))
    .reduce((total, digest) => total + (digest ? sizeOf(root, digest) : 0), 0)
}

function uploadedDigest(root: string, { method, uri, status }: AnsweredRequest): string | undefined {
  if (method !== 'PUT' || status !== 201) return undefined
  const url = new URL(uri, 'http://registry')
  const [, repository, reference] = /^\/v2\/(.+)\/manifests\/([^/]+)$/.exec(url.pathname) ?? []
  if (reference === undefined) return url.searchParams.get('digest') ?? undefined
  if (reference.includes(':')) return reference
  return readFileSync(
    `${root}/repositories/${repository}/_manifests/tags/${reference}/current/link`,
    'utf8',
  ).trim()
}

function sizeOf(root: string, digest: string): number {
  const hex = digest.slice(digest.indexOf(':') + 1)
  return statSync(`${root}/blobs/sha256/${hex.slice(0, 2)}/${hex}/data`).size
}
