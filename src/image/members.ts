import type { FileHandle } from 'node:fs/promises'
import { posix } from 'node:path'
import { buffer } from 'node:stream/consumers'
import { type Digest, parseDigest } from '../oci/digest.js'
import { ByteReader, type Bytes, FileSource, prependBytes } from './format/bytes.js'
import { encodingOf, HEAD_BYTES, isTar } from './format/decode.js'
import type { GzipSource } from './format/gzip-index.js'
import { readTarEntries, type TarEntry } from './format/tar.js'
import type { FindKnown, ImageLayer, LayerFolder } from './pack-layers.js'

/** What an image archive holds, by the names of its members or of links to them. */
export interface ArchiveMembers {
  /** A document, as manifests and configs are; `undefined` where there is none. */
  findDocument(name: string): Promise<Buffer | undefined>
  /** Throws an `Error` when it is missing, and `PassedOver` when it was not read. */
  packLayer(name: string): Promise<ImageLayer>
}

/** Symbolic and hard links: a name, and the name it stands for. */
type Links = ReadonlyMap<string, string>

/** No document that counts is larger. */
const MAX_DOCUMENT_BYTES = 4 << 20

/** A layer was taken for a known one by its name, and is another. */
export class LayerSkipped extends Error {
  override readonly name = 'PassedOver'
}

/** A document by its name. Throws an `Error` when it is missing. */
export async function readDocument(members: ArchiveMembers, name: string): Promise<Buffer> {
  const bytes = await members.findDocument(name)
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

function makeMissingLayerError(name: string): Error {
  return new Error(`the layer ${name} is not in the archive`)
}

/** The diff_id that a member says to have by its name, as dockerTools names layers. */
function diffIdOfName(name: string): Digest | undefined {
  const [, hex] = /^([0-9a-f]{64})\/layer\.tar$/.exec(name) ?? []
  return hex === undefined ? undefined : parseDigest(`sha256:${hex}`)
}

type Part = Extract<TarEntry, { kind: 'file' }>

/** The members of a tar file. Each is read only when it is asked for, and each layer once. */
export class FileMembers implements ArchiveMembers {
  readonly #file: FileHandle
  readonly #folder: LayerFolder
  readonly #onRead: (count: number) => void
  readonly #files = new Map<string, Part>()
  readonly #links = new Map<string, string>()
  readonly #layers = new Map<string, Promise<ImageLayer>>()

  /** @param see is told how many bytes have just been read */
  constructor(
    file: FileHandle,
    entries: readonly TarEntry[],
    staging: LayerFolder,
    see: (count: number) => void,
  ) {
    this.#file = file
    this.#folder = staging
    this.#onRead = see
    for (const entry of entries) this.#addEntry(entry)
  }

  async findDocument(name: string): Promise<Buffer | undefined> {
    const part = this.#findFile(name)
    if (!part || part.size > MAX_DOCUMENT_BYTES) return undefined
    const bytes = Buffer.alloc(part.size)
    await this.#openFile(part).fill(bytes)
    return bytes
  }

  async packLayer(name: string): Promise<ImageLayer> {
    const part = this.#findFile(name)
    if (!part) throw makeMissingLayerError(name)
    const layer = this.#layers.get(part.name) ?? this.#folder.packLayer(this.#openFile(part))
    this.#layers.set(part.name, layer)
    return layer
  }

  /** As when unpacking: of two members with one name the later counts. */
  #addEntry(entry: TarEntry): void {
    if (entry.kind === 'other') return
    this.#files.delete(entry.name)
    this.#links.delete(entry.name)
    if (entry.kind === 'file') this.#files.set(entry.name, entry)
    else this.#links.set(entry.name, entry.target)
  }

  #findFile(name: string): Part | undefined {
    return this.#files.get(followLinks(this.#links, name))
  }

  #openFile(part: Part): FileSource {
    return new FileSource(this.#file, part, this.#onRead)
  }
}

const MAX_TOTAL_DOCUMENT_BYTES = 64 << 20

/**
 * Reads a tar to its end in one pass, without knowing yet which members the image needs: the list of them may come last. A layer
 * whose name says that it is a known one is passed over. Throws an `Error` when the tar is damaged, cut off, or has far more
 * small files than images have.
 *
 * @param gzip the gzip stream that the tar is the content of, where layers may be cut out of it
 */
export async function readMembers(
  bytes: Bytes,
  folder: LayerFolder,
  findKnown: FindKnown,
  gzip?: GzipSource,
): Promise<ArchiveMembers> {
  const input = new ByteReader(bytes)
  const into = new StreamMembers(folder, findKnown, gzip)
  try {
    for await (const entry of readTarEntries(input)) await into.addEntry(entry, input)
    for await (const _ of input.readRest());
  } finally {
    await input.close()
  }
  return into
}

class StreamMembers implements ArchiveMembers {
  /** What is small and no tar: manifests, configs and the like. */
  readonly #documents = new Map<string, Buffer>()
  readonly #layers = new Map<string, ImageLayer | 'passed over'>()
  readonly #links = new Map<string, string>()
  readonly #folder: LayerFolder
  readonly #findKnown: FindKnown
  readonly #gzip: GzipSource | undefined
  #documentBytes = 0

  constructor(staging: LayerFolder, known: FindKnown, from: GzipSource | undefined) {
    this.#folder = staging
    this.#findKnown = known
    this.#gzip = from
  }

  async findDocument(name: string): Promise<Buffer | undefined> {
    return this.#documents.get(followLinks(this.#links, name))
  }

  async packLayer(name: string): Promise<ImageLayer> {
    const member = followLinks(this.#links, name)
    const layer = this.#layers.get(member)
    if (layer === 'passed over') throw new LayerSkipped(`${member} is not what its name says`)
    if (layer) return layer
    // One too small to look like a layer.
    const document = this.#documents.get(member)
    if (!document) throw makeMissingLayerError(name)
    return this.#folder.packBytes(prependBytes(document))
  }

  async addEntry(entry: TarEntry, input: ByteReader): Promise<void> {
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
    const diffId = diffIdOfName(name)
    if (diffId !== undefined && this.#findKnown(diffId)) {
      this.#layers.set(name, 'passed over')
      return
    }
    const start = input.position
    const head = await input.readExactly(Math.min(size, HEAD_BYTES))
    const body = prependBytes(head, input.take(size - head.length))
    const cut = this.#gzip && encodingOf(head) === 'none' ? { from: this.#gzip, start } : undefined
    const isLayer = size > MAX_DOCUMENT_BYTES || encodingOf(head) !== 'none' || isTar(head)
    if (isLayer) this.#layers.set(name, await this.#folder.packBytes(body, cut))
    else this.#documents.set(name, await this.#readDocument(body, size))
  }

  async #readDocument(body: Bytes, size: number): Promise<Buffer> {
    this.#documentBytes += size
    if (this.#documentBytes > MAX_TOTAL_DOCUMENT_BYTES)
      throw new Error('it holds too many files that are neither layers nor metadata')
    return buffer(body)
  }
}
