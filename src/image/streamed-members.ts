import { buffer } from 'node:stream/consumers'
import { ByteReader } from './format/byte-reader.js'
import { type Bytes, prepended } from './format/bytes.js'
import type { GzipSource } from './format/gzip-index.js'
import { encodingOf, HEAD, isTar } from './format/magic.js'
import { type TarEntry, tarEntries } from './format/tar.js'
import { followLinks, type Members, missingLayer, PassedOver, SMALL, statedDiffId } from './members.js'
import type { Staging } from './pack-layers.js'
import type { ReadLayer } from './staged-layer.js'
import type { FindKnown } from './staged-parts.js'

const ALL_DOCUMENTS = 64 << 20

/**
 * Reads a tar to its end in one pass, without knowing yet which members the image needs: the list of them may come last. A layer
 * whose name says that it is a known one is passed over. Throws an `Error` when the tar is damaged, cut off, or has far more
 * small files than images have.
 *
 * @param from the gzip stream that the tar is the content of, where layers may be cut out of it
 */
export async function readMembers(
  bytes: Bytes,
  staging: Staging,
  known: FindKnown,
  from?: GzipSource,
): Promise<Members> {
  const input = new ByteReader(bytes)
  const into = new Collector(staging, known, from)
  try {
    for await (const entry of tarEntries(input)) await into.add(entry, input)
    for await (const _ of input.rest());
  } finally {
    await input.close()
  }
  return into
}

class Collector implements Members {
  /** What is small and no tar: manifests, configs and the like. */
  readonly #documents = new Map<string, Buffer>()
  readonly #layers = new Map<string, ReadLayer | 'passed over'>()
  readonly #links = new Map<string, string>()
  readonly #staging: Staging
  readonly #known: FindKnown
  readonly #from: GzipSource | undefined
  #held = 0

  constructor(staging: Staging, known: FindKnown, from: GzipSource | undefined) {
    this.#staging = staging
    this.#known = known
    this.#from = from
  }

  async find(name: string): Promise<Buffer | undefined> {
    return this.#documents.get(followLinks(this.#links, name))
  }

  async layer(name: string): Promise<ReadLayer> {
    const member = followLinks(this.#links, name)
    const layer = this.#layers.get(member)
    if (layer === 'passed over') throw new PassedOver(`${member} is not what its name says`)
    if (layer) return layer
    // One too small to look like a layer.
    const document = this.#documents.get(member)
    if (!document) throw missingLayer(name)
    return this.#staging.readBytes(prepended(document))
  }

  async add(entry: TarEntry, input: ByteReader): Promise<void> {
    // As when unpacking: of two members with one name the later counts.
    if (entry.kind !== 'other')
      for (const map of [this.#documents, this.#layers, this.#links]) map.delete(entry.name)
    switch (entry.kind) {
      case 'other':
        return
      case 'link':
        this.#links.set(entry.name, entry.target)
        return
      case 'file':
        return this.#addFile(entry.name, entry.size, input)
    }
  }

  async #addFile(name: string, size: number, input: ByteReader): Promise<void> {
    const diffId = statedDiffId(name)
    if (diffId !== undefined && this.#known(diffId)) {
      this.#layers.set(name, 'passed over')
      return
    }
    const start = input.position
    const head = await input.exactly(Math.min(size, HEAD))
    const body = prepended(head, input.take(size - head.length))
    const cut = this.#from && encodingOf(head) === 'none' ? { from: this.#from, start } : undefined
    const isLayer = size > SMALL || encodingOf(head) !== 'none' || isTar(head)
    if (isLayer) this.#layers.set(name, await this.#staging.readBytes(body, cut))
    else this.#documents.set(name, await this.#hold(body, size))
  }

  async #hold(body: Bytes, size: number): Promise<Buffer> {
    this.#held += size
    if (this.#held > ALL_DOCUMENTS)
      throw new Error('it holds too many files that are neither layers nor metadata')
    return buffer(body)
  }
}
