import type { FileHandle } from 'node:fs/promises'
import { FileSource } from './format/file-source.js'
import type { TarEntry } from './format/tar.js'
import { followLinks, type Members, missingLayer, SMALL } from './members.js'
import type { Staging } from './pack-layers.js'
import type { ReadLayer } from './staged-layer.js'

type Part = Extract<TarEntry, { kind: 'file' }>

/** The members of a tar file. Each is read only when it is asked for, and each layer once. */
export class FileMembers implements Members {
  readonly #file: FileHandle
  readonly #staging: Staging
  readonly #see: (count: number) => void
  readonly #parts = new Map<string, Part>()
  readonly #links = new Map<string, string>()
  readonly #read = new Map<string, Promise<ReadLayer>>()

  /** @param see is told how many bytes have just been read */
  constructor(
    file: FileHandle,
    entries: readonly TarEntry[],
    staging: Staging,
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

  async layer(name: string): Promise<ReadLayer> {
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
