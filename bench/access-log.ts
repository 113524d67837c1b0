import { readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'

/** One request that a registry has answered. */
export interface Answered {
  readonly method: string
  readonly uri: string
  readonly status: number
}

const LINE = /^\S+ - - \[[^\]]*\] "(\S+) (\S+) HTTP\/[^"]*" (\d+) /gm

/** The requests of a distribution registry's log, in order. */
export function readAccessLog(file: string): Answered[] {
  const lines = readFileSync(file, 'utf8').matchAll(LINE)
  return Array.from(lines, ([, method = '', uri = '', status]) => ({ method, uri, status: Number(status) }))
}

/**
 * The sizes of all that was uploaded by these requests, as often as it was, in bytes. The log does not tell sizes, but digests
 * and tags, and what has them lies in the registry's folder.
 */
export function uploadedBytes(data: string, requests: readonly Answered[]): number {
  const root = join(data, 'docker/registry/v2')
  return requests
    .map(request => uploadedDigest(root, request))
    .reduce((total, digest) => total + (digest ? sizeOf(root, digest) : 0), 0)
}

function uploadedDigest(root: string, { method, uri, status }: Answered): string | undefined {
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
