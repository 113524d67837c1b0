import { createHash } from 'node:crypto'
import http, { type IncomingMessage, type ServerResponse } from 'node:http'
import https from 'node:https'
import type { AddressInfo } from 'node:net'
import { gzipSync } from 'node:zlib'
import { type Descriptor, descriptorOf, OCI_LAYER_GZIP } from '../../src/oci/descriptor.js'
import { createBlob, makeImage } from '../../src/oci/image.js'
import { tarOf } from '../support/images.js'
import { parsePlatform } from '../support/platform.js'
import type { KeyPair } from './self-signed.js'

/** The names of the servers. One server of this machine answers for all of them. */
export const HOSTS = {
  registry: 'registry.example',
  token: 'auth.example',
  storage: 'storage.example',
  github: 'api.example',
  cachix: 'cachix.example',
  cache: 'cache.example',
  releases: 'releases.example',
  identity: 'identity.example',
  fulcio: 'fulcio.example',
} as const

type Service = keyof typeof HOSTS

export const KEY = 'test-1:igzpJBtavxJ/d88Xnpmrv9BYclmhOvRCifxM9XM6GW0='

/** What a client must know of the servers. It can be passed to another process as JSON. */
export interface ServiceFacts {
  readonly scheme: 'http' | 'https'
  readonly port: number
  /** A layer of the registry's repositories. */
  readonly blob: Descriptor
  /** The manifest of an image with this layer. */
  readonly image: Descriptor
  /** The content of the release of Nix. */
  readonly release: string
}

/** `https://registry.example:PORT` */
export function originOf(service: Service, { scheme, port }: Pick<ServiceFacts, 'scheme' | 'port'>): string {
  return `${scheme}://${HOSTS[service]}:${port}`
}

/** `registry.example:PORT` */
export function authorityOf(service: Service, { port }: Pick<ServiceFacts, 'port'>): string {
  return `${HOSTS[service]}:${port}`
}

/** Stand-ins for all servers that this program contacts. */
export interface Services {
  readonly facts: ServiceFacts
  /** The names of the servers that have received a request. */
  hosts(): Set<string>
  /** Credentials that were sent to a server for which they are not meant. */
  readonly violations: string[]
  close(): Promise<void>
}

const TOKEN = 'registry-token'
const RELEASE = 'a release of Nix'

const IDENTITY_TOKEN = tokenWith({
  iss: 'https://identity.example',
  repository: 'octo-org/app',
  repository_id: '1',
  repository_owner_id: '2',
  repository_visibility: 'public',
  ref: 'refs/heads/main',
  sha: 'a'.repeat(40),
  event_name: 'push',
  workflow_ref: 'octo-org/app/.github/workflows/ci.yml@refs/heads/main',
  job_workflow_ref: 'octo-org/app/.github/workflows/ci.yml@refs/heads/main',
  run_id: '3',
  run_attempt: '1',
  runner_environment: 'github-hosted',
})

function tokenWith(claims: object): string {
  return `e30.${Buffer.from(JSON.stringify(claims)).toString('base64url')}.signature`
}

/** The credentials that each server may receive. */
const MEANT_FOR: Readonly<Record<string, RegExp>> = {
  [HOSTS.registry]: /^Bearer registry-token$/,
  [HOSTS.token]: /^Basic /,
  [HOSTS.github]: /^Bearer github-token$/,
  [HOSTS.identity]: /^Bearer request-token$/,
}

/**
 * @param program the interpreter in the image
 * @param tls no TLS if absent
 */
export async function startServices(program: Buffer, tls: KeyPair | undefined): Promise<Services> {
  const scheme = tls ? 'https' : 'http'
  const layer = createBlob(gzipSync(tarOf([{ name: 'usr/bin/qemu-aarch64', body: program }])), {
    mediaType: OCI_LAYER_GZIP,
  })
  const image = makeImage({
    platform: parsePlatform('linux/amd64'),
    config: Buffer.from('{}'),
    layers: [layer],
  })
  const seen = new Set<string>()
  const violations: string[] = []
  const contents = new Map<string, Buffer>()
  for (const blob of [layer, image.manifest])
    contents.set(blob.digest, Buffer.concat(await blob.open().toArray()))

  const replies = repliesOf(contents, image.manifest)
  const answer = (request: IncomingMessage, response: ServerResponse): void => {
    const { host = '', authorization } = request.headers
    const [name = '', port] = host.split(':')
    seen.add(name)
    if (authorization && !MEANT_FOR[name]?.test(authorization)) violations.push(`${name}: ${authorization}`)
    const at = { scheme, port: Number(port) } as const
    const reply = replies[name]?.({ path: request.url ?? '', authorization, at }) ?? { status: 404 }
    const { status = 200, headers = {}, body = '' } = reply
    response.writeHead(status, { 'content-length': Buffer.byteLength(body), ...headers }).end(body)
  }
  const server = tls ? https.createServer(tls, answer) : http.createServer(answer)
  server.on('tlsClientError', () => {})
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  return {
    facts: {
      scheme,
      port,
      blob: descriptorOf(layer),
      image: descriptorOf(image.manifest),
      release: RELEASE,
    },
    hosts: () => new Set(seen),
    violations,
    close: () => {
      server.closeAllConnections()
      return new Promise(resolve => server.close(() => resolve()))
    },
  }
}

interface Asked {
  readonly path: string
  readonly authorization: string | undefined
  /** Where the client believes the servers to be. */
  readonly at: Pick<ServiceFacts, 'scheme' | 'port'>
}

interface Reply {
  readonly status?: number
  readonly headers?: http.OutgoingHttpHeaders
  readonly body?: Buffer | string
}

/** What each server replies. `contents` are the blobs and manifests by digest. */
function repliesOf(
  contents: ReadonlyMap<string, Buffer>,
  manifest: Descriptor,
): Readonly<Record<string, (asked: Asked) => Reply>> {
  return {
    [HOSTS.token]: () => ({ body: JSON.stringify({ token: TOKEN }) }),
    [HOSTS.registry]({ path, authorization, at }) {
      const challenge = `Bearer realm="${originOf('token', at)}/token",service="test"`
      if (authorization !== `Bearer ${TOKEN}`)
        return { status: 401, headers: { 'www-authenticate': challenge } }
      const [, kind, digest = ''] = /\/(manifests|blobs)\/(sha256:\w+)$/.exec(path) ?? []
      const body = contents.get(digest)
      if (body === undefined) return { status: 404 }
      if (kind === 'manifests') return { headers: { 'content-type': manifest.mediaType }, body }
      return { status: 307, headers: { location: `${originOf('storage', at)}/${digest}?signature=secret` } }
    },
    [HOSTS.storage]: ({ path }) => ({ body: contents.get(/sha256:\w+/.exec(path)?.[0] ?? '') ?? RELEASE }),
    [HOSTS.github]: () => ({ body: '[]' }),
    [HOSTS.cachix]: ({ at }) => ({
      body: JSON.stringify({ uri: originOf('cache', at), publicSigningKeys: [KEY], isPublic: true }),
    }),
    [HOSTS.cache]: () => ({ body: 'StoreDir: /nix/store\n' }),
    [HOSTS.releases]: ({ path, at }) =>
      path.endsWith('.sha256')
        ? { body: createHash('sha256').update(RELEASE).digest('hex') }
        : { status: 302, headers: { location: `${originOf('storage', at)}/nix.tar.xz` } },
    [HOSTS.identity]: () => ({ body: JSON.stringify({ value: IDENTITY_TOKEN }) }),
    [HOSTS.fulcio]: () => ({ body: '{}' }),
  }
}
