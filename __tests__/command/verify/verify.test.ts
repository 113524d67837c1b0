import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals'
import { createRecord } from '../../../src/command/shared/proof-record.js'
import type { Verification } from '../../../src/command/verify/verify.js'
import { formatVerification } from '../../../src/command/verify/verify-text.js'
import { verifyImage, verifyInAction } from '../../../src/command/verify-image.js'
import { writeArchive } from '../../../src/image/write-archive.js'
import { VERIFY_INPUTS } from '../../../src/input/input-table.js'
import { readInputs } from '../../../src/input/read-inputs.js'
import { CREATED, LAYER_KEYS, SYSTEM, THIN, VERSION } from '../../../src/oci/annotation-keys.js'
import type { Annotations, Blob, Descriptor } from '../../../src/oci/descriptor.js'
import { OCI_CONFIG, OCI_INDEX, OCI_LAYER_GZIP, OCI_MANIFEST } from '../../../src/oci/descriptor.js'
import { type Digest, digestOf } from '../../../src/oci/digest.js'
import { blobsOf, createBlob, encodeManifest, type Image, makeImage } from '../../../src/oci/image.js'
import { encodeIndex } from '../../../src/oci/image-index.js'
import type { System } from '../../../src/oci/platform.js'
import { makeReferrer } from '../../../src/oci/referrer.js'
import { CYCLONEDX_TYPE, writeCycloneDx } from '../../../src/sbom/cyclonedx.js'
import { SPDX_TYPE, writeSpdx } from '../../../src/sbom/spdx.js'
import { useFolder } from '../../image/fixture.js'
import { elfOf } from '../../support/elf.js'
import { silentHost, type TestHost, testHost } from '../../support/host.js'
import { tarOf } from '../../support/images.js'
import { parsePlatform } from '../../support/platform.js'
import { startRegistry, type TestRegistry } from '../../support/registry.js'
import { layerWithPaths, storeImage, storePath } from '../../support/store-images.js'

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

/** A static program. */
function program(system: System): Buffer {
  return elfOf({ machine: system === 'x86_64-linux' ? 62 : 183 })
}

interface Parts {
  /** The system of the programs. */
  readonly system: System
  readonly program?: Buffer
  readonly diffIds?: readonly Digest[]
  readonly config?: object
  readonly annotations?: Annotations
  readonly layers?: (layers: readonly Blob[]) => readonly Blob[]
}

/** An image with one program and one text. */
function imageFor(platform: string, parts: Parts): Image {
  const tars = [
    tarOf([{ name: 'bin/it', body: parts.program ?? program(parts.system), mode: 0o755 }]),
    tarOf([{ name: 'etc/text', body: Buffer.from('the same for all platforms') }]),
  ]
  const layers = tars.map(tar => createBlob(gzipSync(tar), { mediaType: OCI_LAYER_GZIP }))
  const { os, architecture } = parsePlatform(platform)
  const config = {
    os,
    architecture,
    config: { Entrypoint: ['/bin/it'] },
    rootfs: { type: 'layers', diff_ids: parts.diffIds ?? tars.map(digestOf) },
    ...parts.config,
  }
  return makeImage({
    platform: parsePlatform(platform),
    config: Buffer.from(JSON.stringify(config)),
    layers: parts.layers?.(layers) ?? layers,
    ...(parts.annotations && { annotations: parts.annotations }),
  })
}

const amd64 = (parts: Partial<Parts> = {}): Image =>
  imageFor('linux/amd64', { system: 'x86_64-linux', ...parts })
const arm64 = (parts: Partial<Parts> = {}): Image =>
  imageFor('linux/arm64', { system: 'aarch64-linux', ...parts })

/** Stores images in the registry as they are, also wrong ones, and returns the reference. */
function store(
  images: readonly Image[],
  {
    annotations,
    change = each => each,
  }: {
    readonly annotations?: Annotations
    readonly change?: (descriptor: Descriptor, n: number) => Descriptor
  } = {},
): string {
  const repository = registry.store.repository('o/it')
  for (const { manifest, config, layers } of images) {
    for (const blob of [config, ...layers]) registry.store.addBlob('o/it', bytesOf(blob), blob.digest)
    repository.manifests.set(manifest.digest, { bytes: bytesOf(manifest), mediaType: OCI_MANIFEST })
  }
  const bytes = encodeIndex(
    images.map(({ manifest }, n) => change(manifest, n)),
    annotations,
  )
  repository.manifests.set(digestOf(bytes), { bytes, mediaType: OCI_INDEX })
  repository.tags.set('1.0', digestOf(bytes))
  return `${registry.host}/o/it:1.0`
}

function bytesOf(blob: Blob): Buffer {
  return blob.open().read() as Buffer
}

const check = (name: string, given: Record<string, string> = {}): Promise<Verification> =>
  verifyImage(
    name,
    readInputs(VERIFY_INPUTS, key => given[key], silentHost),
    host,
  )

const problemsOf = ({ findings }: Verification): string[] =>
  findings.map(({ platform = 'index', problem }) => `${platform}: ${problem}`)

describe('a correct image', () => {
  test('has no findings, in a registry and in an archive', async () => {
    const images = [amd64(), arm64()]
    const record = createRecord(images.map(({ manifest }) => manifest))
    const name = store(images, { annotations: record })
    const result = await check(name)
    expect(result).toMatchObject({ isRight: true, findings: [] })
    expect(result.platforms).toMatchObject([
      { platform: 'linux/amd64', layers: 2, programs: { amd64: 1 } },
      { platform: 'linux/arm64', layers: 2, programs: { arm64: 1 } },
    ])
    expect(result.checked).toContain('the record of unpacked layers')
    expect(result.notChecked).toEqual([
      'who built it: signatures are not verified',
      'the SBOM of linux/amd64, linux/arm64: there is none',
      expect.stringContaining('the source: it was not built again'),
    ])
    const index = createBlob(
      encodeIndex(
        images.map(({ manifest }) => manifest),
        record,
      ),
      { mediaType: OCI_INDEX },
    )
    const file = join(folder.path, 'it.tar')
    await writeArchive(file, {
      index: [index],
      blobs: [index, ...images.map(each => each.manifest), ...blobsOf(images)],
    })
    expect(await check(file)).toMatchObject({ isRight: true, digest: result.digest })
  })

  test('is shown with one line for each platform', async () => {
    const lines = formatVerification(await check(store([amd64(), arm64()]))).split('\n')
    expect(lines[0]).toMatch(/^127\.0\.0\.1:\d+\/o\/it:1\.0 {2}sha256:/)
    expect(lines[1]).toMatch(
      /^ {2}linux\/amd64 {2}ok {2}2 layers, \d+ B, 1 program for amd64, 0 store paths$/,
    )
    expect(lines.at(-1)).toBe('Everything that was checked is right.')
  })

  test('downloads a layer that platforms share once', async () => {
    const images = [amd64(), arm64()]
    await check(store(images))
    const shared = images[0]?.layers[1]?.digest ?? ''
    expect(registry.log.filter(({ path }) => path.includes(shared))).toHaveLength(1)
  })
})

describe('a wrong image', () => {
  test.each<[string, () => string, readonly (string | RegExp)[]]>([
    [
      'a layer with other content',
      () => {
        const name = store([amd64()])
        const { digest } = amd64().layers[0] as Blob
        registry.blobs.set(digest, Buffer.from(registry.blobs.get(digest) ?? []).fill(7, 40, 41))
        return name
      },
      [/^linux\/amd64: layer 1 is damaged: .* has the digest sha256:/],
    ],
    [
      'a layer of another size than the manifest says',
      () => store([amd64({ layers: ([a, b]) => [{ ...(a as Blob), size: 9 }, b as Blob] })]),
      [/^linux\/amd64: layer 1 is damaged: .*more than 9 bytes/],
    ],
    [
      'a false diff_id',
      () => store([amd64({ diffIds: [digestOf(Buffer.from('a')), digestOf(Buffer.from('b'))] })]),
      [/^linux\/amd64: layer 1 has the diff_id sha256:/, /^linux\/amd64: layer 2 has the diff_id sha256:/],
    ],
    [
      'fewer diff_ids than layers',
      () => store([amd64({ config: { rootfs: { type: 'layers', diff_ids: [] } } })]),
      ['linux/amd64: its manifest lists 2 layers, but its config 0'],
    ],
    [
      'swapped platforms',
      () =>
        store([amd64(), arm64()], {
          change: (descriptor, n) => ({
            ...descriptor,
            platform: parsePlatform(n === 0 ? 'linux/arm64' : 'linux/amd64'),
          }),
        }),
      [
        'linux/arm64: the index says linux/arm64, but its config says linux/amd64',
        'linux/arm64: it contains 1 program for amd64 and none for arm64',
        'linux/amd64: the index says linux/amd64, but its config says linux/arm64',
        'linux/amd64: it contains 1 program for arm64 and none for amd64',
      ],
    ],
    [
      'programs for another machine',
      () => store([imageFor('linux/arm64', { system: 'x86_64-linux' })]),
      ['linux/arm64: it contains 1 program for amd64 and none for arm64'],
    ],
    [
      'an entry point without its library',
      () => store([amd64({ program: elfOf({ needed: ['libz.so.1'], interpreter: '/lib/ld.so' }) })]),
      [/^linux\/amd64: it cannot start: .*\/lib\/ld\.so/],
    ],
    [
      'a platform that is listed twice',
      () => store([amd64(), amd64({ config: { created: '2020-01-01T00:00:00Z' } })]),
      ['index: the index lists linux/amd64 more than once'],
    ],
    [
      'another system than its platform',
      () => store([amd64()], { change: each => ({ ...each, annotations: { [SYSTEM]: 'aarch64-linux' } }) }),
      [
        'index: the index says that linux/amd64 was built for the system aarch64-linux',
        'linux/amd64: it contains 1 program for amd64 and none for arm64',
      ],
    ],
    [
      'a missing layer',
      () => {
        const name = store([amd64()])
        registry.store.repository('o/it').blobs.delete((amd64().layers[1] as Blob).digest)
        return name
      },
      ['linux/amd64: layer 2 is damaged: it is missing in the registry'],
    ],
    [
      'a missing config and a missing manifest',
      () => {
        const name = store([amd64(), arm64()])
        registry.store.repository('o/it').blobs.delete(amd64().config.digest)
        registry.store.repository('o/it').manifests.delete(arm64().manifest.digest)
        return name
      },
      [
        'linux/amd64: its config cannot be read: it is missing in the registry',
        'linux/arm64: its manifest cannot be read: it is missing in the registry',
      ],
    ],
    [
      'a manifest of another size than the index says',
      () => store([amd64()], { change: each => ({ ...each, size: each.size + 1 }) }),
      [/^linux\/amd64: it has \d+ bytes, but its descriptor says \d+$/],
    ],
    [
      'a layer with another compression than its media type says',
      () =>
        store([
          amd64({
            layers: layers =>
              layers.map(each => ({ ...each, mediaType: each.mediaType.replace('gzip', 'zstd') })),
          }),
        ]),
      [/^linux\/amd64: layer 1 is damaged: its compression is gzip/, /^linux\/amd64: layer 2 is damaged/],
    ],
    [
      'a media type that is not a layer',
      () => store([amd64({ layers: ([a, b]) => [a as Blob, { ...(b as Blob), mediaType: 'text/plain' }] })]),
      ['linux/amd64: a layer has the media type text/plain, which is not a tar'],
    ],
    [
      'a config of a wrong type',
      () => store([amd64({ config: { config: { Env: 'PATH=/bin' } } })]),
      [/^linux\/amd64: its config cannot be read: config\.Env is /],
    ],
    [
      'a version that is not that of the index',
      () =>
        store([amd64({ annotations: { [VERSION]: '1.0' } })], {
          annotations: { [VERSION]: '2.0', [CREATED]: 'now' },
        }),
      [
        `index: the annotation ${CREATED} is not a date and time: "now"`,
        `linux/amd64: the annotation ${VERSION} is "1.0", but the index has "2.0"`,
      ],
    ],
    [
      'a record about other images',
      () => store([amd64()], { annotations: createRecord([arm64().manifest]) }),
      ['index: the record of unpacked layers is about other images: another program has changed the index'],
    ],
    [
      'keys for another number of layers',
      () => store([amd64()], { change: each => ({ ...each, annotations: { [LAYER_KEYS]: '-' } }) }),
      [`linux/amd64: the annotation ${LAYER_KEYS} is about 1 layers, but the image has 2`],
    ],
    ['no image', () => store([]), ['index: the index does not list an image']],
  ])('with %s', async (_, make, expected) => {
    const result = await check(make())
    expect(result.isRight).toBe(false)
    expect(problemsOf(result)).toEqual(
      expected.map(each => (typeof each === 'string' ? each : expect.stringMatching(each))),
    )
    expect(formatVerification(result)).toContain(`${expected.length} problem`)
  })

  test('in an archive: a damaged layer is named, and the rest is still checked', async () => {
    const images = [amd64({ diffIds: [digestOf(Buffer.from('a')), digestOf(Buffer.from('b'))] }), arm64()]
    const file = join(folder.path, 'it.tar')
    const index = createBlob(encodeIndex(images.map(({ manifest }) => manifest)), { mediaType: OCI_INDEX })
    await writeArchive(file, {
      index: [index],
      blobs: [index, ...images.map(each => each.manifest), ...blobsOf(images)],
    })
    const bytes = readFileSync(file)
    const own = bytesOf(images[1]?.layers[0] as Blob)
    bytes.fill(0, bytes.indexOf(own) + 30, bytes.indexOf(own) + 34)
    writeFileSync(file, bytes)
    expect(problemsOf(await check(file))).toEqual([
      expect.stringMatching(/^linux\/amd64: layer 1 has the diff_id/),
      expect.stringMatching(/^linux\/amd64: layer 2 has the diff_id/),
      expect.stringMatching(/^linux\/arm64: layer 1 is damaged: /),
    ])
  })
})

test('an image cannot write control characters to a terminal', () => {
  const part = 'a\u001b[2J\nEverything is right'
  const text = formatVerification(
    {
      name: 'x',
      digest: digestOf(Buffer.of()),
      isRight: true,
      platforms: [],
      findings: [],
      checked: [],
      notChecked: [`platforms other than ${part}`],
    },
    [`copied: ${part}`],
  )
  expect(text).not.toContain('\u001b')
  expect(text.split('\n')).toHaveLength(4)
})

describe('what is not checked', () => {
  test('the entry point, with skip-checks', async () => {
    const name = store([amd64({ program: elfOf({ interpreter: '/lib/ld.so' }) })])
    expect(await check(name)).toMatchObject({ isRight: false })
    const skipped = await check(name, { 'skip-checks': 'all' })
    expect(skipped.isRight).toBe(true)
    expect(skipped.notChecked).toContain('entry points (`--skip-checks`)')
  })

  test('the entry point of another operating system', async () => {
    const config = { config: { Entrypoint: ['C:\\\\it.exe'] } }
    const name = store([imageFor('windows/amd64', { system: 'x86_64-linux', config }), amd64()])
    const result = await check(name)
    expect(result).toMatchObject({ isRight: true, findings: [] })
    expect(result.notChecked).toContain('the start of windows/amd64: programs for windows are not read')
  })

  test('platforms that were not selected', async () => {
    const result = await check(store([amd64({ diffIds: [] }), arm64()]), { platform: 'linux/arm64/v8' })
    expect(result).toMatchObject({ isRight: true, platforms: [{ platform: 'linux/arm64' }] })
    expect(result.notChecked).toContain('platforms other than linux/arm64')
  })

  test('a platform that is missing is an error', async () => {
    await expect(check(store([amd64()]), { platform: 'linux/s390x' })).rejects.toMatchObject({
      message: expect.stringContaining('has no image for linux/s390x'),
      hint: expect.stringContaining('linux/amd64'),
    })
  })

  test('the layers that a thin archive omits', async () => {
    const image = amd64()
    const file = join(folder.path, 'thin.tar')
    const manifest = { ...image.manifest, annotations: { [THIN]: 'ghcr.io/o/it' } }
    await writeArchive(file, { index: [manifest], blobs: [manifest, image.config, image.layers[0] as Blob] })
    const result = await check(file)
    expect(result.isRight).toBe(true)
    expect(result.notChecked).toContain(
      'linux/amd64: 1 layer, whose content is in ghcr.io/o/it (a thin archive)',
    )
  })

  test('the content of foreign layers', async () => {
    const foreign = { ...(amd64().layers[1] as Blob), urls: ['https://example.com/base'] }
    const result = await check(store([amd64({ layers: ([a]) => [a as Blob, foreign] })]))
    expect(result.isRight).toBe(true)
    expect(result.notChecked.join('\n')).toContain('1 layer, whose content is elsewhere (foreign layers)')
  })

  test('artifacts in the index', async () => {
    const image = amd64()
    const sbom = createBlob(
      encodeManifest({ config: createBlob(Buffer.from('{}'), { mediaType: OCI_CONFIG }), layers: [] }),
      { mediaType: OCI_MANIFEST, artifactType: 'application/spdx+json' },
    )
    const bytes = encodeIndex([image.manifest, sbom])
    const name = store([image])
    registry.store.repository('o/it').manifests.set(digestOf(bytes), { bytes, mediaType: OCI_INDEX })
    registry.store.repository('o/it').tags.set('1.0', digestOf(bytes))
    const result = await check(name)
    expect(result).toMatchObject({ isRight: true, platforms: [{ platform: 'linux/amd64' }] })
    expect(result.notChecked.join('\n')).toContain(`1 artifact in the index: ${sbom.digest}`)
  })
})

describe('an SBOM', () => {
  const paths = [storePath('fd-10.2.0'), storePath('glibc-2.40')]

  /** Stores an image with two store paths, and its SBOMs, which list other ones. */
  async function storeWithSbom(
    listed: readonly string[],
    { spdx = listed, subject }: { readonly spdx?: readonly string[]; readonly subject?: Digest } = {},
  ): Promise<string> {
    const image = storeImage('linux/amd64', {
      layers: [layerWithPaths({ [paths[0] as string]: 10, [paths[1] as string]: 20 })],
    })
    const name = store([image])
    const about = { name: 'fd', platform: image.platform, digest: subject ?? image.manifest.digest }
    const contentsOf = (all: readonly string[]) => ({
      components: all.map(path => ({ path, name: 'x', version: '1', references: [] })),
      otherLayers: [],
    })
    const documents = [
      [CYCLONEDX_TYPE, writeCycloneDx({ subject: about, contents: contentsOf(listed), basis: 'build' })],
      [SPDX_TYPE, writeSpdx({ subject: about, contents: contentsOf(spdx), basis: 'build' })],
    ] as const
    for (const [mediaType, text] of documents) {
      const document = createBlob(Buffer.from(text), { mediaType })
      const { manifest, blobs } = makeReferrer({ subject: image.manifest, document })
      for (const blob of blobs) registry.store.addBlob('o/it', bytesOf(blob))
      registry.store
        .repository('o/it')
        .manifests.set(manifest.digest, { bytes: bytesOf(manifest), mediaType: OCI_MANIFEST })
    }
    return name
  }

  test('that lists the store paths of the layers is right', async () => {
    const result = await check(await storeWithSbom(paths))
    expect(result).toMatchObject({ isRight: true, platforms: [{ storePaths: 2 }] })
    expect(result.checked).toContain('SBOMs, compared with the store paths in the layers')
  })

  test('that does not list a store path is wrong', async () => {
    expect(problemsOf(await check(await storeWithSbom(paths.slice(1))))).toEqual([
      `linux/amd64: its SBOM does not list ${paths[0]}`,
    ])
  })

  test('that lists one more store path is wrong', async () => {
    const more = storePath('bash-5.2')
    expect(problemsOf(await check(await storeWithSbom([...paths, more])))).toEqual([
      `linux/amd64: its SBOM lists ${more}, but the layers do not contain it`,
    ])
  })

  test('in SPDX that lists other store paths than the one in CycloneDX is wrong', async () => {
    expect(problemsOf(await check(await storeWithSbom(paths, { spdx: paths.slice(1) })))).toEqual([
      expect.stringMatching(
        /^linux\/amd64: its SBOM in SPDX differs: it does not list SPDXRef-.*-fd-10\.2\.0$/,
      ),
    ])
  })

  test('about another image is wrong', async () => {
    const subject = digestOf(Buffer.from('other'))
    expect(problemsOf(await check(await storeWithSbom(paths, { subject })))).toEqual([
      `linux/amd64: its SBOM is about ${subject}`,
    ])
  })
})

describe('the action', () => {
  const act = (given: Record<string, string>) =>
    verifyInAction(
      readInputs(VERIFY_INPUTS, key => given[key], silentHost),
      host,
    )

  test('sets outputs', async () => {
    await act({ image: store([amd64()]) })
    expect(host.outputs.get('digest')).toMatch(/^sha256:/)
    expect(host.outputs.get('verdict')).toBe('')
    expect(JSON.parse(host.outputs.get('json') ?? '')).toMatchObject({ isRight: true })
  })

  test('sets outputs and fails if something is wrong', async () => {
    await expect(act({ image: store([]) })).rejects.toThrow('the index does not list an image')
    expect(JSON.parse(host.outputs.get('json') ?? '')).toMatchObject({ isRight: false })
  })

  test('needs an image', async () => {
    await expect(act({})).rejects.toMatchObject({ name: 'UsageError' })
  })
})

test('a failing registry is an error, not a finding', async () => {
  const name = store([amd64()])
  registry.fault({ path: /\/blobs\//, times: 1000, action: { kind: 'status', status: 403 } })
  await expect(check(name)).rejects.toThrow('403')
})
