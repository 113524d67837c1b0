import { createHash, generateKeyPairSync, type KeyObject, sign } from 'node:crypto'
import { once } from 'node:events'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { canonicalize } from '@tufjs/canonical-json'

const DAY = 86_400_000

interface SigningKey {
  readonly id: string
  readonly json: object
  readonly privateKey: KeyObject
}

export interface Publication {
  /** In milliseconds since 1970; in a week by default. */
  readonly expires?: number
}

/** A stand-in for an update service: a repository of TUF on a loopback port, which signs its files. */
export class UpdateServiceStandIn {
  /** The paths of all requests, in order. */
  readonly requests: string[] = []
  /** Each answer waits for this time. */
  delayMs = 0
  readonly #server: Server
  /** What the service sends, by path. */
  readonly #files = new Map<string, Buffer>()
  readonly #roots: object[] = []
  #rootKey = newKey()
  #targetsKey = newKey()
  readonly #onlineKey = newKey()
  #version = 0
  #url = ''

  private constructor() {
    this.#server = createServer((request, response) => {
      const path = (request.url ?? '').slice(1)
      this.requests.push(path)
      const bytes = this.#files.get(path)
      setTimeout(() => response.writeHead(bytes ? 200 : 404).end(bytes), this.delayMs)
    })
  }

  static async start(): Promise<UpdateServiceStandIn> {
    const service = new UpdateServiceStandIn()
    service.#publishRoot([service.#rootKey])
    service.#server.listen(0, '127.0.0.1')
    await once(service.#server, 'listening')
    service.#url = `http://127.0.0.1:${(service.#server.address() as AddressInfo).port}`
    return service
  }

  get url(): string {
    return this.#url
  }

  /** The first version of the keys. */
  get tufRoot(): Record<string, unknown> {
    return this.#roots[0] as Record<string, unknown>
  }

  /** Publishes files under the next version, and signs their list. */
  publish(targets: Readonly<Record<string, string>>, { expires }: Publication = {}): void {
    this.#version++
    const list = Object.fromEntries(
      Object.entries(targets).map(([name, text]) => [name, describe(Buffer.from(text))]),
    )
    for (const [name, text] of Object.entries(targets))
      this.#files.set(`targets/${sha256(Buffer.from(text))}.${name}`, Buffer.from(text))
    const version = this.#version
    this.#put(`${version}.targets.json`, this.#signed('targets', { targets: list }, this.#targetsKey))
    const meta = { 'targets.json': { version } }
    const snapshot = this.#put(
      `${version}.snapshot.json`,
      this.#signed('snapshot', { meta }, this.#onlineKey),
    )
    const timestamp = { meta: { 'snapshot.json': { version, ...describe(snapshot) } } }
    this.#put('timestamp.json', this.#signed('timestamp', timestamp, this.#onlineKey, expires))
  }

  /** Replaces the keys of the root and of the list of files. The old and the new ones sign the new root. */
  rotateKeys(): void {
    const old = this.#rootKey
    this.#rootKey = newKey()
    this.#targetsKey = newKey()
    this.#publishRoot([old, this.#rootKey])
  }

  /** Publishes a new root that only a stranger has signed. */
  publishStrangeRoot(): void {
    this.#rootKey = newKey()
    this.#publishRoot([this.#rootKey])
  }

  /** What the service sends now. */
  snapshot(): ReadonlyMap<string, Buffer> {
    return new Map(this.#files)
  }

  /** Sends other files: an earlier `snapshot`, or that of another service. */
  restore(files: ReadonlyMap<string, Buffer>): void {
    this.#files.clear()
    for (const [path, bytes] of files) this.#files.set(path, bytes)
  }

  /** Changes the content of files whose path ends so. */
  change(end: string, edit: (bytes: Buffer) => Buffer): void {
    for (const [path, bytes] of this.#files) if (path.endsWith(end)) this.#files.set(path, edit(bytes))
  }

  /** Refuses connections from now on. */
  async close(): Promise<void> {
    this.#server.closeAllConnections()
    if (this.#server.listening) await new Promise(resolve => this.#server.close(resolve))
  }

  #publishRoot(signers: readonly SigningKey[]): void {
    const roles = {
      root: this.#rootKey,
      targets: this.#targetsKey,
      snapshot: this.#onlineKey,
      timestamp: this.#onlineKey,
    }
    const signed = {
      ...common('root', this.#roots.length + 1, Date.now() + 365 * DAY),
      consistent_snapshot: true,
      keys: Object.fromEntries(Object.values(roles).map(({ id, json }) => [id, json])),
      roles: Object.fromEntries(
        Object.entries(roles).map(([role, { id }]) => [role, { keyids: [id], threshold: 1 }]),
      ),
    }
    const root = { signed, signatures: signers.map(key => signatureOf(signed, key)) }
    this.#roots.push(root)
    this.#put(`${this.#roots.length}.root.json`, root)
  }

  #signed(type: string, fields: object, key: SigningKey, expires = Date.now() + 7 * DAY): object {
    const signed = { ...common(type, this.#version, expires), ...fields }
    return { signed, signatures: [signatureOf(signed, key)] }
  }

  #put(path: string, content: object): Buffer {
    const bytes = Buffer.from(JSON.stringify(content))
    this.#files.set(path, bytes)
    return bytes
  }
}

function common(type: string, version: number, expires: number): object {
  const date = new Date(expires).toISOString().replace(/\.\d+Z$/, 'Z')
  return { _type: type, spec_version: '1.0.31', version, expires: date }
}

function newKey(): SigningKey {
  const { publicKey, privateKey } = generateKeyPairSync('ed25519')
  const raw = publicKey.export({ format: 'der', type: 'spki' }).subarray(-32)
  const json = { keytype: 'ed25519', scheme: 'ed25519', keyval: { public: raw.toString('hex') } }
  return { id: sha256(Buffer.from(canonicalize(json))), json, privateKey }
}

function signatureOf(signed: object, { id, privateKey }: SigningKey): object {
  return { keyid: id, sig: sign(null, Buffer.from(canonicalize(signed)), privateKey).toString('hex') }
}

function describe(bytes: Buffer): object {
  return { length: bytes.length, hashes: { sha256: sha256(bytes) } }
}

function sha256(bytes: Buffer): string {
  return createHash('sha256').update(bytes).digest('hex')
}
