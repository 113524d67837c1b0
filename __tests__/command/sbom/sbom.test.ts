import { readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals'
import { packArchive } from '../../../src/command/build/pack-archive.js'
import { packForInspection } from '../../../src/command/pack-result.js'
import { type PlatformSbom, sbom } from '../../../src/command/sbom/sbom.js'
import { writeArchive } from '../../../src/image/write-archive.js'
import { SBOM_INPUTS } from '../../../src/input/input-table.js'
import { readInputs } from '../../../src/input/read-inputs.js'
import { CREATED, VERSION } from '../../../src/oci/annotation-keys.js'
import { OCI_CONFIG, OCI_INDEX, OCI_LAYER_GZIP, OCI_MANIFEST } from '../../../src/oci/descriptor.js'
import { type Digest, digestOf, hexOf } from '../../../src/oci/digest.js'
import { blobsOf, createBlob, type Image, makeImage } from '../../../src/oci/image.js'
import { encodeIndex } from '../../../src/oci/image-index.js'
import { writeCycloneDx } from '../../../src/sbom/cyclonedx.js'
import { parseCycloneDx } from '../../../src/sbom/read-cyclonedx.js'
import { writeSpdx } from '../../../src/sbom/spdx.js'
import type { Sbom } from '../../../src/sbom/subject.js'
import { useFolder } from '../../image/fixture.js'
import { containerOf, dockerFile } from '../../support/archives.js'
import { silentHost, type TestHost, testHost } from '../../support/host.js'
import { tarOf } from '../../support/images.js'
import { parsePlatform } from '../../support/platform.js'
import { startRegistry, type TestRegistry } from '../../support/registry.js'
import { SAMPLE } from '../../support/sboms.js'

const folder = useFolder()
let host: TestHost
let registry: TestRegistry
beforeEach(async () => {
  host = testHost()
  registry = await startRegistry()
})
afterEach(async () => {
  host.remove()
  await registry.close()
})

const run = (name: string, given: Record<string, string> = {}): Promise<PlatformSbom[]> =>
  sbom(
    name,
    readInputs(SBOM_INPUTS, key => given[key], silentHost),
    host,
    packForInspection,
  )

const ZLIB = `/nix/store/${'d'.repeat(32)}-zlib-1.3.1`
const OPENSSL = `/nix/store/${'c'.repeat(32)}-openssl-3.5.1-bin`

/** An image with a base image and two store paths. */
function imageFor(platform: string): Image {
  const tars = [
    tarOf([{ name: 'etc/os-release', body: Buffer.from('base') }]),
    tarOf([
      { name: `${ZLIB}/lib/libz.so`.slice(1), body: Buffer.from(platform) },
      { name: `${OPENSSL}/bin/openssl`.slice(1), body: Buffer.from(platform) },
    ]),
  ]
  const { os, architecture } = parsePlatform(platform)
  const rootfs = { type: 'layers', diff_ids: tars.map(digestOf) }
  return makeImage({
    platform: parsePlatform(platform),
    config: Buffer.from(JSON.stringify({ os, architecture, rootfs })),
    layers: tars.map(tar => createBlob(gzipSync(tar), { mediaType: OCI_LAYER_GZIP })),
  })
}

const REPOSITORY = 'me/tools'

function keep(bytes: Buffer, mediaType: string): Digest {
  registry.store.repository(REPOSITORY).manifests.set(digestOf(bytes), { bytes, mediaType })
  return digestOf(bytes)
}

/** Stores an index with these platforms and returns its reference. */
function store(images: readonly Image[]): string {
  for (const { manifest, config, layers } of images) {
    for (const blob of [config, ...layers]) registry.store.addBlob(REPOSITORY, blob.open().read() as Buffer)
    keep(manifest.open().read() as Buffer, OCI_MANIFEST)
  }
  const annotations = { [VERSION]: '1.2.3', [CREATED]: '2024-11-28T10:33:09Z' }
  const digest = keep(
    encodeIndex(
      images.map(({ manifest }) => manifest),
      annotations,
    ),
    OCI_INDEX,
  )
  registry.store.repository(REPOSITORY).tags.set('1', digest)
  return `${registry.host}/${REPOSITORY}:1`
}

/** Attaches a document to an image, as the merge and as `oras attach` do. */
function attach(
  image: Image,
  text: string,
  { type = 'cyclonedx', created = '2024-01-01T00:00:00Z' } = {},
): Digest {
  const { digest, size, mediaType } = image.manifest
  const artifactType = type === 'cyclonedx' ? 'application/vnd.cyclonedx+json' : 'application/spdx+json'
  const document = Buffer.from(text)
  const config = Buffer.from('{}')
  const manifest = {
    schemaVersion: 2,
    mediaType: OCI_MANIFEST,
    artifactType,
    config: { mediaType: OCI_CONFIG.replace('image.config', 'empty'), digest: digestOf(config), size: 2 },
    layers: [{ mediaType: artifactType, digest: digestOf(document), size: document.length }],
    subject: { mediaType, digest, size },
    annotations: { [CREATED]: created },
  }
  for (const blob of [config, document]) registry.store.addBlob(REPOSITORY, blob)
  return keep(Buffer.from(JSON.stringify(manifest)), OCI_MANIFEST)
}

/** Lists a document in the tag that replaces the referrers API. */
function listInTag(image: Image, ...digests: readonly Digest[]): void {
  const { manifests, tags } = registry.store.repository(REPOSITORY)
  const entries = digests.map(digest => {
    const size = manifests.get(digest)?.bytes.length ?? 0
    return { mediaType: OCI_MANIFEST, digest, size, artifactType: 'application/vnd.cyclonedx+json' }
  })
  tags.set(`sha256-${hexOf(image.manifest.digest)}`, keep(encodeIndex(entries), OCI_INDEX))
}

/** The sample, about an image. */
const about = ({ manifest, platform }: Image): Sbom => ({
  ...SAMPLE,
  subject: { ...SAMPLE.subject, digest: manifest.digest, platform },
})

const OTHER_SBOM =
  '{"bomFormat":"CycloneDX","metadata":{"tools":{"components":[{"name":"syft"}]},"component":{"name":"nix-multiarch"}}}'

describe('an image in a registry', () => {
  const amd64 = imageFor('linux/amd64')
  const arm64 = imageFor('linux/arm64')

  test.each([true, false, 'draft'] as const)(
    'has an attached document (referrers API: %s)',
    async referrers => {
      registry.options.referrers = referrers
      const name = store([amd64])
      const digest = attach(amd64, writeCycloneDx(about(amd64)))
      if (referrers === false) listInTag(amd64, digest)
      expect(await run(name)).toEqual([
        {
          platform: 'linux/amd64',
          digest: amd64.manifest.digest,
          format: 'cyclonedx',
          source: 'attached',
          text: writeCycloneDx(about(amd64)),
        },
      ])
      expect(host.logged).toEqual([])
    },
  )

  test('a document that refers to another image is not used, also if the list names it', async () => {
    registry.options.referrers = false
    const name = store([amd64, arm64])
    listInTag(amd64, attach(arm64, OTHER_SBOM))
    expect(await run(name, { platform: 'linux/amd64' })).toMatchObject([{ source: 'layers' }])
  })

  test.each(['was deleted', 'is not an image manifest'])(
    'the list names an artifact that %s, and other documents are used',
    async what => {
      registry.options.referrers = false
      const name = store([amd64])
      const other = keep(Buffer.from('{"mediaType":"application/x"}'), OCI_MANIFEST)
      listInTag(amd64, other, attach(amd64, writeCycloneDx(about(amd64))))
      if (what === 'was deleted') registry.store.repository(REPOSITORY).manifests.delete(other)
      expect(await run(name)).toMatchObject([{ source: 'attached' }])
    },
  )

  test('has a document in SPDX, or one that is written from CycloneDX', async () => {
    const name = store([amd64])
    attach(amd64, writeCycloneDx(about(amd64)))
    const [converted] = await run(name, { format: 'spdx' })
    expect(converted).toMatchObject({ source: 'attached', text: writeSpdx(about(amd64)) })
    attach(
      amd64,
      '{"spdxVersion":"SPDX-2.3","creationInfo":{"creators":["Tool: nix-multiarch-0"]},"x":"' +
        amd64.manifest.digest +
        '"}',
      { type: 'spdx' },
    )
    const [attached] = await run(name, { format: 'spdx' })
    expect(attached?.text).toMatch('"Tool: nix-multiarch-0"')
  })

  test('prefers its own documents, then the newest', async () => {
    const name = store([amd64])
    attach(amd64, OTHER_SBOM, { created: '2030-01-01T00:00:00Z' })
    expect((await run(name))[0]?.text).toBe(OTHER_SBOM)
    const older = writeCycloneDx({ ...about(amd64), basis: 'layers' })
    attach(amd64, older, { created: '2024-01-02T05:00:00+10:00' })
    attach(amd64, writeCycloneDx(about(amd64)), { created: '2024-01-02T00:00:00Z' })
    expect((await run(name))[0]?.text).toBe(writeCycloneDx(about(amd64)))
  })

  test('a document that is about another image is an error', async () => {
    const name = store([amd64])
    attach(amd64, writeCycloneDx(about(arm64)))
    await expect(run(name)).rejects.toThrow(`is not about ${amd64.manifest.digest}`)
  })

  test('a damaged document is an error', async () => {
    const name = store([amd64])
    attach(amd64, '{"bomFormat":')
    await expect(run(name)).rejects.toThrow(/the SBOM sha256:\S+ is not JSON/)
  })

  test('without a document, the store paths are read from the layers', async () => {
    const [found] = await run(store([amd64]))
    expect(found).toMatchObject({ source: 'layers' })
    expect(parseCycloneDx(found?.text ?? '')).toEqual({
      subject: {
        name: 'tools',
        version: '1.2.3',
        platform: { os: 'linux', architecture: 'amd64' },
        digest: amd64.manifest.digest,
        repository: { registry: registry.host, repository: REPOSITORY },
        commitDate: new Date('2024-11-28T10:33:09Z'),
      },
      contents: {
        components: [
          { path: OPENSSL, name: 'openssl', version: '3.5.1', references: [] },
          { path: ZLIB, name: 'zlib', version: '1.3.1', references: [] },
        ],
        otherLayers: [{ diffId: digestOf(tarOf([{ name: 'etc/os-release', body: Buffer.from('base') }])) }],
      },
      basis: 'layers',
    })
    expect(host.logged.join()).toMatch(/has no SBOM for linux\/amd64\..* build and publish the image with/)
  })

  test('several platforms: one is selected, or all are written to a folder', async () => {
    const name = store([amd64, arm64])
    attach(amd64, writeCycloneDx(about(amd64)))
    attach(arm64, writeCycloneDx(about(arm64)))
    await expect(run(name)).rejects.toMatchObject({
      message: expect.stringContaining('has one SBOM for each of its 2 platforms'),
      hint: expect.stringMatching(/platform.*: linux\/amd64, linux\/arm64\. Or .*output/),
    })
    await expect(run(name, { platform: 'linux/s390x' })).rejects.toThrow('has no image for linux/s390x')
    expect(await run(name, { platform: 'linux/arm64' })).toMatchObject([{ platform: 'linux/arm64' }])
    expect(await run(name, { json: 'true' })).toHaveLength(2)
    const output = join(folder.path, 'new/sboms')
    await run(name, { output, format: 'spdx' })
    expect(readdirSync(output).sort()).toEqual([
      'tools-aarch64-linux.spdx.json',
      'tools-x86_64-linux.spdx.json',
    ])
    expect(readFileSync(join(output, 'tools-aarch64-linux.spdx.json'), 'utf8')).toBe(writeSpdx(about(arm64)))
  })
})

describe('a file', () => {
  test('an archive of `build` has the contents', async () => {
    const file = join(folder.path, 'fd-x86_64-linux.oci.tar')
    const container = containerOf('fd', 'x86_64-linux')
    await packArchive(container, dockerFile(host.temp, container), host, {
      file,
      encoding: 'gzip',
      collectContents: async () => SAMPLE.contents,
    })
    const [found] = await run(file)
    expect(found).toMatchObject({ source: 'archive', platform: 'linux/amd64' })
    const { subject, contents, basis } = parseCycloneDx(found?.text ?? '')
    expect({ contents, basis }).toEqual({ contents: SAMPLE.contents, basis: 'build' })
    expect(subject).toMatchObject({ name: 'fd', version: '1.0', digest: found?.digest })
  })

  test('an archive of `merge` has a document next to it', async () => {
    const image = imageFor('linux/arm64')
    const path = join(folder.path, 'fd.oci.tar')
    await writeArchive(path, { index: [image.manifest], blobs: [image.manifest, ...blobsOf([image])] })
    writeFileSync(join(folder.path, 'fd.linux-arm64.cdx.json'), writeCycloneDx(about(image)))
    expect(await run(path)).toMatchObject([{ source: 'attached', text: writeCycloneDx(about(image)) }])
    // Of another image.
    writeFileSync(join(folder.path, 'fd.linux-arm64.cdx.json'), writeCycloneDx(SAMPLE))
    expect(await run(path)).toMatchObject([{ source: 'layers' }])
    expect(host.logged.join()).toContain('fd.linux-arm64.cdx.json is not used: it is about another image')
  })

  test('an image without store paths', async () => {
    const container = containerOf('fd', 'x86_64-linux')
    await expect(run(dockerFile(folder.path, container))).rejects.toMatchObject({
      message: expect.stringContaining('has no SBOM, and its layers contain no store paths'),
      hint: expect.stringContaining('syft'),
    })
  })

  test('Nix is asked about the store paths of a file', async () => {
    const infos = {
      [ZLIB]: {
        narHash: 'sha256-47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=',
        narSize: 7,
        references: [OPENSSL],
      },
    }
    const script = `#!/bin/sh\ncase "$*" in *--version) echo "nix (Nix) 2.24.1" ;; *path-info*) echo '${JSON.stringify(infos)}' ;; *) echo '{}' ;; esac\n`
    writeFileSync(join(host.temp, 'nix'), script, { mode: 0o755 })
    host = { ...host, env: { ...host.env, PATH: `${host.temp}:/usr/bin:/bin` } }
    const image = imageFor('linux/amd64')
    const path = join(folder.path, 'it.tar')
    await writeArchive(path, { index: [image.manifest], blobs: [image.manifest, ...blobsOf([image])] })
    const [found] = await run(path)
    expect(parseCycloneDx(found?.text ?? '').contents.components).toMatchObject([
      { path: OPENSSL },
      { path: ZLIB, narSize: 7, references: [OPENSSL] },
    ])
  })
})
