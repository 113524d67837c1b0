import { gzipSync } from 'node:zlib'
import { type Descriptor, OCI_CONFIG, OCI_INDEX, OCI_LAYER, OCI_MANIFEST } from '../../src/oci/descriptor.js'
import { digestOf } from '../../src/oci/digest.js'
import { encodeIndex } from '../../src/oci/image-index.js'
import type { TestImage, TestMember } from './images.js'

/** Collects the members of a layout. */
export class LayoutBuilder {
  readonly blobs: TestMember[] = []

  add(body: Buffer, more: Partial<Descriptor> = {}): Descriptor {
    const digest = digestOf(body)
    const name = `blobs/sha256/${digest.slice(7)}`
    if (this.blobs.every(each => each.name !== name)) this.blobs.push({ name, body })
    return { mediaType: 'application/octet-stream', digest, size: body.length, ...more }
  }

  image(
    image: TestImage,
    more: Partial<Descriptor> = {},
    encode = (tar: Buffer, _n: number): Buffer => gzipSync(tar),
    about: Partial<Descriptor>[] = [],
    moreOfManifest: object = {},
  ): Descriptor {
    const layers = image.layers.map(({ tar }, n) =>
      this.add(encode(tar, n), { mediaType: OCI_LAYER, ...about[n] }),
    )
    const config = this.add(image.config, { mediaType: OCI_CONFIG })
    const manifest = { schemaVersion: 2, config, layers, ...moreOfManifest }
    return this.add(Buffer.from(JSON.stringify(manifest)), { mediaType: OCI_MANIFEST, ...more })
  }

  artifact(manifest: object, more: Partial<Descriptor> = {}): Descriptor {
    const empty = this.add(Buffer.from('{}'), { mediaType: 'application/vnd.oci.empty.v1+json' })
    const document = {
      schemaVersion: 2,
      mediaType: OCI_MANIFEST,
      config: empty,
      layers: [empty],
      ...manifest,
    }
    return this.add(Buffer.from(JSON.stringify(document)), { mediaType: OCI_MANIFEST, ...more })
  }

  index(manifests: Descriptor[], more: Partial<Descriptor> = {}): Descriptor {
    return this.add(encodeIndex(manifests), { mediaType: OCI_INDEX, ...more })
  }

  members(top: Descriptor[]): TestMember[] {
    return [
      ...this.blobs,
      { name: 'index.json', body: encodeIndex(top) },
      { name: 'oci-layout', body: Buffer.from('{"imageLayoutVersion":"1.0.0"}') },
    ]
  }
}
