import { type Digest, digestOf } from '../../src/oci/digest.js'
import { childrenOf } from './registry-references.js'

export interface StoredManifest {
  bytes: Buffer
  mediaType: string
}

export interface StoredRepository {
  blobs: Set<Digest>
  manifests: Map<Digest, StoredManifest>
  tags: Map<string, Digest>
}

/** All that a registry remembers. */
export class Store {
  /** Every blob of every repository; empty buffers when bytes are forgotten. */
  readonly blobs = new Map<Digest, Buffer>()
  readonly sizes = new Map<Digest, number>()
  readonly repositories = new Map<string, StoredRepository>()
  readonly #lagging = new Map<string, { digest: Digest | undefined; looks: number }>()

  repository(name: string): StoredRepository {
    const known = this.repositories.get(name)
    if (known) return known
    const made: StoredRepository = { blobs: new Set(), manifests: new Map(), tags: new Map() }
    this.repositories.set(name, made)
    return made
  }

  addBlob(repository: string, bytes: Buffer, digest = digestOf(bytes), size = bytes.length): Digest {
    this.blobs.set(digest, bytes)
    this.sizes.set(digest, size)
    this.repository(repository).blobs.add(digest)
    return digest
  }

  has(repository: string, digest: Digest): boolean {
    return this.repositories.get(repository)?.blobs.has(digest) ?? false
  }

  tag(repository: string, tag: string): Digest | undefined {
    return this.repositories.get(repository)?.tags.get(tag)
  }

  /** What readers are shown, which is the old one for `lag` looks after a move. */
  visibleTag(repository: string, tag: string): Digest | undefined {
    const lagging = this.#lagging.get(`${repository}:${tag}`)
    if (!lagging || lagging.looks === 0) return this.tag(repository, tag)
    lagging.looks--
    return lagging.digest
  }

  moveTag(repository: string, tag: string, digest: Digest, lag: number): void {
    this.#lagging.set(`${repository}:${tag}`, { digest: this.tag(repository, tag), looks: lag })
    this.repository(repository).tags.set(tag, digest)
  }

  /** What a manifest or index names, all the way down, that is not there; empty when it is whole. */
  missing(repository: string, digest: Digest): Digest[] {
    const stored = this.repositories.get(repository)
    const manifest = stored?.manifests.get(digest)
    if (!manifest) return [digest]
    const { manifests, blobs } = childrenOf(manifest)
    return [
      ...manifests.flatMap(each => this.missing(repository, each)),
      ...blobs.filter(each => !stored?.blobs.has(each)),
    ]
  }
}
