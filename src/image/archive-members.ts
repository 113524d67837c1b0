import type { FileHandle } from 'node:fs/promises'
import { posix } from 'node:path'
import { type Digest, parseDigest } from '../oci/digest.js'
import { ByteReader, type Bytes, FileSource, prependBytes } from './format/bytes.js'
import { encodingOf, HEAD_BYTES, isTar } from './format/decompress.js'
import type { GzipSource } from './format/gzip-index.js'
import { checkLayerCount, limitEntries } from './format/limit-archive.js'
import { readTarEntries, type TarEntry, type TarFile } from './format/tar.js'
import type { FindKnown, GzipSlice, ImageLayer, LayerFolder } from './pack-layers.js'

/** The members of an image archive, by their names or by the names of links to them. */
export interface ArchiveMembers {
  /** A small file, such as a manifest or a config; `undefined` if it is missing. Throws an `Error` if it is something else. */
  findDocument(name: string): Promise<Buffer | undefined>
  /** Throws an `Error` if the layer is missing, and `LayerSkipped` if it was not read. */
  packLayer(name: string): Promise<ImageLayer>
}

/** A layer was skipped because its name contains the diff_id of a known layer, but the image needs its content. */
export class LayerSkipped extends Error {
  override readonly name = 'LayerSkipped'
}

/** Larger members are not documents. */
const MAX_DOCUMENT_BYTES = 4 << 20

function makeNotADocumentError(name: string): Error {
  return new Error(`${name} is not a manifest or a config: it is a tar, or larger than 4 MiB`)
}

/** Throws an `Error` if the document is missing. */
export async function readDocument(members: ArchiveMembers, name: string): Promise<Buffer> {
  const bytes = await members.findDocument(name)
  if (!bytes) throw new Error(`${name} is not in the archive`)
  return bytes
}

/** The targets of symbolic and hard links, by the name of the link. */
type Links = ReadonlyMap<string, string>

/** As in Linux. */
const MAX_LINKS = 40

/** Returns the member that a name refers to after all links. Throws an `Error` if links form a cycle, or a long chain. */
function followLinks(links: Links, name: string): string {
  const seen = new Set<string>()
  let member = posix.normalize(name)
  for (let target = links.get(member); target !== undefined; target = links.get(member)) {
    if (seen.has(member)) throw new Error(`the link ${name} points to itself`)
    if (seen.size === MAX_LINKS)
      throw new Error(`the link ${name} points to a chain of more than ${MAX_LINKS} links`)
    seen.add(member)
    member = target
  }
  return member
}

function makeMissingLayerError(name: string): Error {
  return new Error(`the layer ${name} is not in the archive`)
}

/** The members of a tar file. Each member is read only when it is needed, and each layer only once. */
export class FileMembers implements ArchiveMembers {
  readonly #file: FileHandle
  readonly #folder: LayerFolder
  readonly #onRead: (count: number) => void
  readonly #files = new Map<string, TarFile>()
  readonly #links = new Map<string, string>()
  readonly #layers = new Map<string, Promise<ImageLayer>>()

  /** @param onRead called after each read with the number of bytes */
  constructor(
    file: FileHandle,
    entries: readonly TarEntry[],
    folder: LayerFolder,
    onRead: (count: number) => void,
  ) {
    this.#file = file
    this.#folder = folder
    this.#onRead = onRead
    for (const entry of entries) this.#addEntry(entry)
  }

  async findDocument(name: string): Promise<Buffer | undefined> {
    const member = this.#findFile(name)
    if (!member) return undefined
    if (member.size > MAX_DOCUMENT_BYTES) throw makeNotADocumentError(name)
    const bytes = Buffer.alloc(member.size)
    await this.#openFile(member).fill(bytes)
    return bytes
  }

  async packLayer(name: string): Promise<ImageLayer> {
    const member = this.#findFile(name)
    if (!member) throw makeMissingLayerError(name)
    const layer = this.#layers.get(member.name) ?? this.#folder.packLayer(this.#openFile(member))
    this.#layers.set(member.name, layer)
    return layer
  }

  /** If several members have the same name, the last one is used, as when a tar is unpacked. */
  #addEntry(entry: TarEntry): void {
    if (entry.kind === 'other') return
    this.#files.delete(entry.name)
    this.#links.delete(entry.name)
    if (entry.kind === 'file') this.#files.set(entry.name, entry)
    else this.#links.set(entry.name, entry.target)
  }

  #findFile(name: string): TarFile | undefined {
    return this.#files.get(followLinks(this.#links, name))
  }

  #openFile(member: TarFile): FileSource {
    return new FileSource(this.#file, member, this.#onRead)
  }
}

const MAX_TOTAL_DOCUMENT_BYTES = 64 << 20

/** GNU tar fills the last record with zeros, up to 1 MiB with `--blocking-factor=2048`. */
const MAX_TRAILER_BYTES = 64 << 20

/**
 * Reads a whole tar in one pass and packs all its layers, because the list of the needed members can be the last member. A layer
 * is skipped if its name contains the diff_id of a known layer. Throws an `Error` if the tar is damaged or truncated, or far
 * larger than an image.
 *
 * @param gzip the gzip stream that contains the tar, if layers can be sliced from it
 */
export async function readMembers(
  bytes: Bytes,
  folder: LayerFolder,
  findKnown: FindKnown,
  gzip?: GzipSource,
): Promise<ArchiveMembers> {
  const input = new ByteReader(bytes)
  const members = new StreamMembers(folder, findKnown, gzip)
  try {
    for await (const entry of limitEntries(readTarEntries(input))) await members.addEntry(entry, input)
    const end = input.position
    for await (const _ of input.readRest()) {
      if (input.position - end > MAX_TRAILER_BYTES)
        throw new Error('it continues after the end mark of the tar')
    }
  } finally {
    await input.close()
  }
  return members
}

class StreamMembers implements ArchiveMembers {
  /** Small files that are not tars, such as manifests and configs. */
  readonly #documents = new Map<string, Buffer>()
  readonly #layers = new Map<string, ImageLayer | 'skipped'>()
  readonly #links = new Map<string, string>()
  readonly #folder: LayerFolder
  readonly #findKnown: FindKnown
  readonly #gzip: GzipSource | undefined
  #documentBytes = 0
  #layerCount = 0

  constructor(folder: LayerFolder, findKnown: FindKnown, gzip: GzipSource | undefined) {
    this.#folder = folder
    this.#findKnown = findKnown
    this.#gzip = gzip
  }

  async findDocument(name: string): Promise<Buffer | undefined> {
    const member = followLinks(this.#links, name)
    if (this.#layers.has(member)) throw makeNotADocumentError(name)
    return this.#documents.get(member)
  }

  async packLayer(name: string): Promise<ImageLayer> {
    const member = followLinks(this.#links, name)
    const layer = this.#layers.get(member)
    if (layer === 'skipped') throw new LayerSkipped(`the content of ${member} does not match its name`)
    if (layer) return layer
    // A layer that is too small to be detected as a layer.
    const document = this.#documents.get(member)
    if (!document) throw makeMissingLayerError(name)
    return this.#folder.packBytes(prependBytes(document))
  }

  async addEntry(entry: TarEntry, input: ByteReader): Promise<void> {
    // If several members have the same name, the last one is used, as when a tar is unpacked.
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
      this.#layers.set(name, 'skipped')
      return
    }
    const start = input.position
    const head = await input.readExactly(Math.min(size, HEAD_BYTES))
    const body = prependBytes(head, input.take(size - head.length))
    const slice = this.#gzip && encodingOf(head) === 'none' ? { source: this.#gzip, start } : undefined
    const isLayer = size > MAX_DOCUMENT_BYTES || encodingOf(head) !== 'none' || isTar(head)
    if (isLayer) this.#layers.set(name, await this.#packLayer(body, slice))
    else this.#documents.set(name, await this.#readDocument(head, size, input))
  }

  #packLayer(body: Bytes, slice: GzipSlice | undefined): Promise<ImageLayer> {
    this.#layerCount += 1
    checkLayerCount(this.#layerCount)
    return this.#folder.packBytes(body, slice)
  }

  async #readDocument(head: Buffer, size: number, input: ByteReader): Promise<Buffer> {
    this.#documentBytes += size
    if (this.#documentBytes > MAX_TOTAL_DOCUMENT_BYTES)
      throw new Error('it contains too many files that are neither layers nor metadata')
    return Buffer.concat([head, await input.readExactly(size - head.length)])
  }
}

/** Returns the diff_id in the name of a member. dockerTools names its layers `<hex>/layer.tar`. */
function diffIdOfName(name: string): Digest | undefined {
  const [, hex] = /^([0-9a-f]{64})\/layer\.tar$/.exec(name) ?? []
  return hex === undefined ? undefined : parseDigest(`sha256:${hex}`)
}
