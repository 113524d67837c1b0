import { renameSync } from 'node:fs'
import { openLayout } from '../../src/image/layout.js'
import { writeArchive } from '../../src/image/write-archive.js'
import { CONTAINER } from '../../src/oci/annotation-keys.js'
import { type Descriptor, isIndexType } from '../../src/oci/descriptor.js'
import { type Digest, digestOf } from '../../src/oci/digest.js'
import { blobsOf } from '../../src/oci/image.js'
import type { TestRegistry } from './registry.js'

const PREFIX = CONTAINER.slice(0, -'container'.length)

/** The prefixes of our annotation keys: the current one, and the ones of older versions and other programs. */
export const KEY_FORMS = {
  current: PREFIX,
  plain: 'nix-multiarch.',
  "another account's": 'io.github.some-body.nix-multiarch.',
} as const

/** A copy of a JSON value in which our annotation keys have another prefix. */
export function keysAs<T>(prefix: string, value: T): T {
  return JSON.parse(JSON.stringify(value).replaceAll(`"${PREFIX}`, `"${prefix}`))
}

/** Rewrites a build archive with another prefix of the annotation keys. Works on thin archives too. */
export async function rekeyArchive(path: string, prefix: string): Promise<void> {
  const layout = await openLayout(path)
  const [top] = layout.index.manifests as [Descriptor]
  const image = await layout.readImage(top, layer => ({ ...layer, open: () => layout.getBlob(layer).open() }))
  const blobs = [image.manifest, ...blobsOf([image])].filter(blob => layout.hasBlob(blob))
  await writeArchive(`${path}.new`, { index: keysAs(prefix, [top]), blobs })
  renameSync(`${path}.new`, path)
}

/** Rewrites the index of each tag of a repository with another prefix of the annotation keys. Returns the digest of each tag. */
export function rekeyTags(
  registry: TestRegistry,
  repository: string,
  prefix: string,
): ReadonlyMap<string, Digest> {
  const { manifests, tags } = registry.repository(repository)
  for (const [tag, digest] of tags) {
    const held = manifests.get(digest)
    if (!held || !isIndexType(held.mediaType)) continue
    const bytes = Buffer.from(JSON.stringify(keysAs(prefix, JSON.parse(String(held.bytes)))))
    manifests.set(digestOf(bytes), { ...held, bytes })
    tags.set(tag, digestOf(bytes))
  }
  return new Map(tags)
}
