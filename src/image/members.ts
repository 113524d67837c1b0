import type { FileHandle } from 'node:fs/promises'
import { posix } from 'node:path'
import { buffer } from 'node:stream/consumers'
import { type Digest, parseDigest } from '../oci/digest.js'
import { ByteReader, type Bytes, FileSource, prepended } from './format/bytes.js'
import { encodingOf, HEAD, isTar } from './format/decode.js'
import type { GzipSource } from './format/gzip-index.js'
import { type TarEntry, tarEntries } from './format/tar.js'
import type { FindKnown, ImageLayer, LayerFolder } from './pack-layers.js'

/** What an image archive holds, by the names of its members or of links to them. */
export interface ArchiveMembers {
  /** A document, as manifests and configs are; `undefined` where there is none. */
  find(name: string): Promise<Buffer | undefined>
  /** Throws an `Error` when it is missing, and `PassedOver` when it was not read. */
  layer(name: string): Promise<ImageLayer>
}

/** Symbolic and hard links: a name, and the name it stands for. */
type Links = ReadonlyMap<string, string>

/** No document that counts is larger. */
const SMALL = 4 << 20

/** A layer was taken for a known one by its name, and is another. */
export class LayerSkipped extends Error {
  override readonly name = 'PassedOver'
}

/** A document by its name. Throws an `Error` when it is missing. */
export async function documentAt(members: ArchiveMembers, name: string): Promise<Buffer> {
  const bytes = await members.find(name)
  if (!bytes) throw new Error(`${name} is not in the archive`)
  return bytes
}

/** The member that a name stands for in the end. Throws an `Error` when links lead in a circle. */
function followLinks(links: Links, name: string): string {
  const seen = new Set<string>()
  let at = posix.normalize(name)
  for (let next = links.get(at); next !== undefined; next = links.get(at)) {
    if (seen.has(at)) throw new Error(`the link ${name} leads back to itself`)
    seen.add(at)
    at = next
  }
  return at
}

function missingLayer(name: string): Error {
  return new Error(`the layer ${name} is not in the archive`)
}

/** The diff_id that a member says to have by its name, as dockerTools names layers. */
function diffIdFromName(name: string): Digest | undefined {
  const [, hex] = /^([0-9a-f]{64})\/layer\.tar$/.exec(name) ?? []
  return hex === undefined ? undefined : parseDigest(`sha256:${hex}`)
}

type Part = Extract<TarEntry, { kind: 'file' }>

/** The members of a tar file. Each is read only when it is asked for, and each layer once. */
export class FileMembers implements ArchiveMembers {
  readonly #file: FileHandle
  readonly #staging: LayerFolder
  readonly #see: (count: number) => void
  readonly #parts = new Map<string, Part>()
  readonly #links = new Map<string, string>()
  readonly #read = new Map<string, Promise<ImageLayer>>()

  /** @param see is told how many bytes have just been read */
  constructor(
    file: FileHandle,
    entries: readonly TarEntry[],
    staging: LayerFolder,
    see: (count: number) => void,
  ) {
    this.#file = file
    this.#staging = staging
    this.#see = see
    for (const entry of entries) this.#add(entry)
  }

  async find(name: string): Promise<Buffer | undefined> {
    const part = this.#part(name)
    if (!part || part.size > SMALL) return undefined
    const bytes = Buffer.alloc(part.size)
    await this.#source(part).fill(bytes)
    return bytes
  }

  async layer(name: string): Promise<ImageLayer> {
    const part = this.#part(name)
    if (!part) throw missingLayer(name)
    const layer = this.#read.get(part.name) ?? this.#staging.read(this.#source(part))
    this.#read.set(part.name, layer)
    return layer
  }

  /** As when unpacking: of two members with one name the later counts. */
  #add(entry: TarEntry): void {
    if (entry.kind === 'other') return
    this.#parts.delete(entry.name)
    this.#links.delete(entry.name)
    if (entry.kind === 'file') this.#parts.set(entry.name, entry)
    else this.#links.set(entry.name, entry.target)
  }

  #part(name: string): Part | undefined {
    return this.#parts.get(followLinks(this.#links, name))
  }

  #source(part: Part): FileSource {
    return new FileSource(this.#file, part, this.#see)
  }
}

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
  staging: LayerFolder,
  known: FindKnown,
  from?: GzipSource,
): Promise<ArchiveMembers> {
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

class Collector implements ArchiveMembers {
  /** What is small and no tar: manifests, configs and the like. */
  readonly #documents = new Map<string, Buffer>()
  readonly #layers = new Map<string, ImageLayer | 'passed over'>()
  readonly #links = new Map<string, string>()
  readonly #staging: LayerFolder
  readonly #known: FindKnown
  readonly #from: GzipSource | undefined
  #held = 0

  constructor(staging: LayerFolder, known: FindKnown, from: GzipSource | undefined) {
    this.#staging = staging
    this.#known = known
    this.#from = from
  }

  async find(name: string): Promise<Buffer | undefined> {
    return this.#documents.get(followLinks(this.#links, name))
  }

  async layer(name: string): Promise<ImageLayer> {
    const member = followLinks(this.#links, name)
    const layer = this.#layers.get(member)
    if (layer === 'passed over') throw new LayerSkipped(`${member} is not what its name says`)
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
    const diffId = diffIdFromName(name)
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
