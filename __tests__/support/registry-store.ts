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

/** The content of a registry. */
export class Store {
  /** All blobs of all repositories; empty buffers if bytes are not kept. */
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

  /** The digest that readers get: for `lag` reads after a move, the previous one. */
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

  /** The digests that a manifest or index refers to, directly or through other manifests, and that are missing. */
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
