import { posix } from 'node:path'
import { buffer } from 'node:stream/consumers'
import { ByteReader } from './byte-reader.js'
import { type Bytes, prepended } from './bytes.js'
import { encodingOf, HEAD, isTar } from './magic.js'
import type { ReadLayer, Staging } from './staging.js'
import { type TarEntry, tarEntries } from './tar.js'

/**
 * What an image archive holds, read in one pass without knowing yet which members the image needs: the list of them
 * may come last.
 */
export interface Members {
  /** What is small and no tar: manifests, configs and the like, by name. */
  readonly documents: ReadonlyMap<string, Buffer>
  /** All else, as layers, by name. */
  readonly layers: ReadonlyMap<string, ReadLayer>
  /** Symbolic and hard links: a name, and the name it stands for. */
  readonly links: ReadonlyMap<string, string>
}

const SMALL = 4 << 20
const ALL_DOCUMENTS = 64 << 20

/** Reads a tar to its end. Throws an `Error` when it is damaged, cut off, or has far more small files than images have. */
export async function readMembers(bytes: Bytes, staging: Staging): Promise<Members> {
  const input = new ByteReader(bytes)
  const into = new Collector(staging)
  try {
    for await (const entry of tarEntries(input)) await into.add(entry, input)
    for await (const _ of input.rest());
  } finally {
    await input.close()
  }
  return into
}

/** A document by its name or a link to it. Throws an `Error` when it is missing. */
export function documentAt(members: Members, name: string): Buffer {
  const bytes = members.documents.get(followLinks(members, name))
  if (!bytes) throw new Error(`${name} is not in the archive`)
  return bytes
}

/** A layer by its name or a link to it; one too small to look like a layer too. Throws an `Error` when it is missing. */
export async function layerAt(members: Members, name: string, staging: Staging): Promise<ReadLayer> {
  const member = followLinks(members, name)
  const layer = members.layers.get(member)
  if (layer) return layer
  const document = members.documents.get(member)
  if (!document) throw new Error(`the layer ${name} is not in the archive`)
  return staging.read(prepended(document))
}

/** The member that a name stands for in the end. Throws an `Error` when links lead in a circle. */
function followLinks(members: Members, name: string): string {
  const seen = new Set<string>()
  let at = posix.normalize(name)
  for (let next = members.links.get(at); next !== undefined; next = members.links.get(at)) {
    if (seen.has(at)) throw new Error(`the link ${name} leads back to itself`)
    seen.add(at)
    at = next
  }
  return at
}

class Collector implements Members {
  readonly documents = new Map<string, Buffer>()
  readonly layers = new Map<string, ReadLayer>()
  readonly links = new Map<string, string>()
  readonly #staging: Staging
  #held = 0

  constructor(staging: Staging) {
    this.#staging = staging
  }

  async add(entry: TarEntry, input: ByteReader): Promise<void> {
    // As when unpacking: of two members with one name the later counts.
    if (entry.kind !== 'other')
      for (const map of [this.documents, this.layers, this.links]) map.delete(entry.name)
    switch (entry.kind) {
      case 'other':
        return
      case 'link':
        this.links.set(entry.name, entry.target)
        return
      case 'file':
        return this.#addFile(entry.name, entry.size, input)
    }
  }

  async #addFile(name: string, size: number, input: ByteReader): Promise<void> {
    const head = await input.exactly(Math.min(size, HEAD))
    const body = prepended(head, input.take(size - head.length))
    const isLayer = size > SMALL || encodingOf(head) !== 'none' || isTar(head)
    if (isLayer) this.layers.set(name, await this.#staging.read(body))
    else this.documents.set(name, await this.#hold(body, size))
  }

  async #hold(body: Bytes, size: number): Promise<Buffer> {
    this.#held += size
    if (this.#held > ALL_DOCUMENTS)
      throw new Error('it holds too many files that are neither layers nor metadata')
    return buffer(body)
  }
}
