import { createHash } from 'node:crypto'

/** The content of a tag, read directly from the registry. */
export interface TagState {
  /** `undefined` if the tag does not exist. */
  readonly digest: string | undefined
  /** Missing or corrupt content, one per line. */
  readonly faults: readonly string[]
  /** The sorted digests of all configs and layers. They do not depend on the form of the manifests. */
  readonly blobs: readonly string[]
}

const MANIFESTS = [
  'application/vnd.oci.image.index.v1+json',
  'application/vnd.oci.image.manifest.v1+json',
  'application/vnd.docker.distribution.manifest.list.v2+json',
  'application/vnd.docker.distribution.manifest.v2+json',
].join(', ')

interface Named {
  readonly digest: string
  readonly size: number
}

interface Document {
  readonly manifests?: readonly Named[]
  readonly config?: Named
  readonly layers?: readonly Named[]
}

/** Reads all manifests and blobs of a tag and verifies their digests. `image` is `host:port/repository`. */
export async function tagState(image: string, tag: string): Promise<TagState> {
  const [host = '', ...path] = image.split('/')
  const base = `http://${host}/v2/${path.join('/')}`
  const top = await read(`${base}/manifests/${tag}`)
  if (top === undefined) return { digest: undefined, faults: [], blobs: [] }
  const { faults, blobs } = await checkContent(base, top)
  return { digest: digestOf(top), faults, blobs: [...new Set(blobs)].sort() }
}

type CheckedContent = Pick<TagState, 'faults' | 'blobs'>

async function checkContent(base: string, bytes: Buffer): Promise<CheckedContent> {
  const { manifests = [], config, layers = [] } = JSON.parse(bytes.toString()) as Document
  const blobs = [...(config ? [config] : []), ...layers]
  const found: CheckedContent[] = await Promise.all([
    ...manifests.map(async named => {
      const content = await read(`${base}/manifests/${named.digest}`)
      const { faults, blobs } = content ? await checkContent(base, content) : { faults: [], blobs: [] }
      return { faults: [...faultOf(named, content), ...faults], blobs }
    }),
    ...blobs.map(async named => {
      return { faults: faultOf(named, await read(`${base}/blobs/${named.digest}`)), blobs: [named.digest] }
    }),
  ])
  return { faults: found.flatMap(each => each.faults), blobs: found.flatMap(each => each.blobs) }
}

function faultOf({ digest, size }: Named, bytes: Buffer | undefined): string[] {
  if (bytes === undefined) return [`${digest} is missing`]
  if (bytes.length !== size) return [`${digest} has ${bytes.length} bytes, not ${size}`]
  return digestOf(bytes) === digest ? [] : [`${digest} holds ${digestOf(bytes)}`]
}

/** docker-registry 2.8 does not write a tag's file atomically. While it writes, even if the client was killed, it answers 500. */
const WRITE_TIMEOUT_MS = 2000

async function read(url: string, deadline = Date.now() + WRITE_TIMEOUT_MS): Promise<Buffer | undefined> {
  const response = await fetch(url, { headers: { accept: MANIFESTS } })
  const bytes = Buffer.from(await response.arrayBuffer())
  if (response.status === 500 && Date.now() < deadline) {
    await new Promise(resolve => setTimeout(resolve, 50))
    return read(url, deadline)
  }
  if (response.status === 404) return undefined
  if (response.status !== 200) throw new Error(`${url}: ${response.status} ${bytes}`)
  return bytes
}

function digestOf(bytes: Buffer): string {
  return `sha256:${createHash('sha256').update(bytes).digest('hex')}`
}
