import { renameSync } from 'node:fs'
import { openLayout } from '../../src/image/layout.js'
import { writeArchive } from '../../src/image/write-archive.js'
import { CONTAINER } from '../../src/oci/annotation-keys.js'
import { type Descriptor, isIndexType } from '../../src/oci/descriptor.js'
import { type Digest, digestOf } from '../../src/oci/digest.js'
import { blobsOf } from '../../src/oci/image.js'
import type { TestRegistry } from './registry.js'

const PREFIX = CONTAINER.slice(0, -'container'.length)

/** What stands before the names of our own keys: what is written now, and what older and other programs wrote. */
export const KEY_FORMS = {
  current: PREFIX,
  plain: 'nix-multiarch.',
  "another account's": 'io.github.some-body.nix-multiarch.',
} as const

/** Anything of JSON, with our own keys in another form. */
export function keysAs<T>(prefix: string, value: T): T {
  return JSON.parse(JSON.stringify(value).replaceAll(`"${PREFIX}`, `"${prefix}`))
}

/** Writes an archive of the build anew, with keys of another form; thin archives too. */
export async function rekeyArchive(path: string, prefix: string): Promise<void> {
  const layout = await openLayout(path)
  const [top] = layout.index.manifests as [Descriptor]
  const image = await layout.readImage(top, layer => ({ ...layer, open: () => layout.getBlob(layer).open() }))
  const blobs = [image.manifest, ...blobsOf([image])].filter(blob => layout.hasBlob(blob))
  await writeArchive(`${path}.new`, { index: keysAs(prefix, [top]), blobs })
  renameSync(`${path}.new`, path)
}

/** Writes the indexes that the tags of a repository hold anew, with keys of another form, and gives the digest of each tag. */
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
