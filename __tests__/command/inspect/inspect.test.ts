import { execFileSync } from 'node:child_process'
import { mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals'
import { BUNDLE_TYPE } from '../../../src/attestation/bundle.js'
import { makeBundleReferrer } from '../../../src/attestation/bundle-artifact.js'
import { diff } from '../../../src/command/inspect/diff.js'
import { inspect } from '../../../src/command/inspect/inspect.js'
import { renderTree } from '../../../src/command/inspect/tree-text.js'
import { packForInspection } from '../../../src/command/pack-result.js'
import { formatResult } from '../../../src/entry/json-output.js'
import { writeArchive } from '../../../src/image/write-archive.js'
import { INSPECT_INPUTS, type InspectInputs } from '../../../src/input/input-table.js'
import { readInputs } from '../../../src/input/read-inputs.js'
import { CONTENT, DERIVATION, SYSTEM } from '../../../src/oci/annotation-keys.js'
import { type Descriptor, descriptorOf } from '../../../src/oci/descriptor.js'
import { blobsOf, createBlob } from '../../../src/oci/image.js'
import { type Index, makeIndex } from '../../../src/oci/image-index.js'
import { parseReference } from '../../../src/oci/reference.js'
import { makeReferrer, type Referrer } from '../../../src/oci/referrer.js'
import { RegistryClient } from '../../../src/registry/client.js'
import { pushReferrers } from '../../../src/registry/push-referrers.js'
import { Repository } from '../../../src/registry/repository.js'
import { UserError } from '../../../src/util/error.js'
import { packPath, useFolder } from '../../image/fixture.js'
import { dockerArchive } from '../../support/docker-archive.js'
import { silentHost, type TestHost, testHost } from '../../support/host.js'
import { imageOf, randomImage, seeded } from '../../support/images.js'
import { parseResult } from '../../support/output.js'
import { KEY_FORMS, keysAs } from '../../support/own-keys.js'
import { pushIndex } from '../../support/push.js'
import { startRegistry, type TestRegistry } from '../../support/registry.js'
import {
  layerWithPaths,
  type StoreImage,
  storeArchive,
  storeImage,
  storePath,
  storeTar,
} from '../../support/store-images.js'

const [fd, libc] = [storePath('fd-10.2.0'), storePath('glibc-2.40')]
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

const inputs = (given: Record<string, string> = {}): InspectInputs =>
  readInputs(INSPECT_INPUTS, name => given[name], silentHost)
const fileOf = async (image: StoreImage): Promise<string> => {
  const path = join(folder.path, 'image.tar')
  await storeArchive(path, [storeImage('linux/amd64', image)])
  return path
}

async function push(index: Index): Promise<string> {
  const reference = parseReference(`${registry.host}/o/fd:1`)
  const client = new RegistryClient({})
  await pushIndex(index, new Repository(client, reference), ['1'])
  client.close()
  return `${registry.host}/o/fd:1`
}

const plain = (text: string): string[] => text.replaceAll(/sha256:[0-9a-f]{64}/g, 'sha256:…').split('\n')
const layersOf = async (name: string, given = {}) =>
  (await inspect(name, inputs(given), host, packForInspection))[0]?.platforms[0]?.layers ?? []

describe('the store paths of a file', () => {
  test('come from the config if it has them', async () => {
    const layers = await layersOf(await fileOf({ layers: [layerWithPaths({ [libc]: 900, [fd]: 500 })] }))
    expect(layers).toMatchObject([{ encoding: 'gzip', paths: [{ path: libc }, { path: fd }] }])
    expect(layers[0]).not.toHaveProperty('contentSize')
  })

  test('come from the layers if the config does not have them', async () => {
    const tar = storeTar({ [fd]: 500 })
    const layers = await layersOf(await fileOf({ layers: [{ tar }] }))
    expect(layers).toMatchObject([{ contentSize: tar.length, paths: [{ path: fd, size: 500 }] }])
  })

  test('have sizes with --paths', async () => {
    const layers = await layersOf(await fileOf({ layers: [layerWithPaths({ [fd]: 500 })] }), {
      paths: 'true',
    })
    expect(layers).toMatchObject([{ paths: [{ path: fd, size: 500 }] }])
  })

  test('are shown below their layer, sorted by size', async () => {
    const layers = [{ tar: storeTar({ [fd]: 500, [libc]: 900 }) }, { tar: storeTar({}) }]
    const [tree] = await inspect(await fileOf({ layers }), inputs(), host, packForInspection)
    expect(plain(renderTree(tree as never)).slice(4)).toEqual([
      expect.stringMatching(/^ {3}├─ layer {3}sha256:… {2}\d+ B {2}gzip$/),
      `   │  ├─ ${libc}  900 B`,
      `   │  └─ ${fd}  500 B`,
      expect.stringMatching(/^ {3}└─ layer {3}sha256:… {2}\d+ B {2}gzip {2}no store paths$/),
    ])
  })

  test('are limited in a layer with many, and complete with --paths', async () => {
    const many = Object.fromEntries(Array.from({ length: 30 }, (_, n) => [storePath(`lib-${n}`), n]))
    const [tree] = await inspect(
      await fileOf({ layers: [layerWithPaths(many)] }),
      inputs(),
      host,
      packForInspection,
    )
    const text = renderTree(tree as never)
    expect(text).toContain('… and 22 more: --paths shows all')
    expect(text.match(/nix\/store/g)).toHaveLength(8)
    expect(renderTree(tree as never, { all: true }).match(/nix\/store/g)).toHaveLength(30)
  })
})

describe('a damaged layer', () => {
  test('is an error that names its digest', async () => {
    const tar = storeTar({ [fd]: 500 })
    const path = await fileOf({ layers: [{ tar, stored: Buffer.alloc(3000, 'x') }] })
    const failure = inspect(path, inputs(), host, packForInspection)
    await expect(failure).rejects.toThrow(UserError)
    await expect(failure).rejects.toThrow(
      new RegExp(`^${path}: the layer sha256:[0-9a-f]{64} is damaged: there is no tar header at byte 0$`),
    )
  })

  test('is an error if the file is damaged', async () => {
    const path = await fileOf({ layers: [{ tar: storeTar({ [fd]: 500 }), stored: storeTar({ [fd]: 500 }) }] })
    const bytes = readFileSync(path)
    bytes.fill('y', bytes.indexOf(Buffer.alloc(400, fd)), bytes.indexOf(Buffer.alloc(400, fd)) + 10)
    writeFileSync(path, bytes)
    await expect(inspect(path, inputs(), host, packForInspection)).rejects.toThrow(
      /image\.tar: the content of sha256:\w+ has the digest sha256:\w+/,
    )
  })

  test('is not read if its paths are in the config', async () => {
    const layer = { ...layerWithPaths({ [fd]: 500 }), stored: Buffer.alloc(3000, 'x') }
    const path = await fileOf({ layers: [layer] })
    expect(await layersOf(path)).toHaveLength(1)
    await expect(inspect(path, inputs({ paths: 'true' }), host, packForInspection)).rejects.toThrow(
      'is damaged',
    )
  })
})

describe('a layer in a registry', () => {
  const image = storeImage('linux/amd64', { layers: [{ tar: storeTar({ [fd]: 500 }) }] })
  const pushed = async (): Promise<string> =>
    push(await storeArchive(join(folder.path, 'pushed.tar'), [image]))
  const layerReads = () => registry.requests('GET', new RegExp(`blobs/${image.layers[0]?.digest}`)).length

  test('is not read by default, and the text mentions --paths', async () => {
    const [tree] = await inspect(await pushed(), inputs(), host, packForInspection)
    expect(tree?.platforms[0]?.layers[0]).not.toHaveProperty('paths')
    expect(layerReads()).toBe(0)
    expect(
      renderTree(tree as never)
        .split('\n')
        .at(-1),
    ).toMatch(/Use --paths to read the layers\.$/)
  })

  test('is read with --paths', async () => {
    const [tree] = await inspect(await pushed(), inputs({ paths: 'true' }), host, packForInspection)
    expect(tree?.platforms[0]?.layers).toMatchObject([{ paths: [{ path: fd, size: 500 }] }])
    expect(layerReads()).toBe(1)
    expect(renderTree(tree as never)).not.toContain('--paths')
  })

  test('is read again if the connection breaks', async () => {
    const name = await pushed()
    registry.fault({
      method: 'GET',
      path: new RegExp(`blobs/${image.layers[0]?.digest}`),
      action: { kind: 'cut' },
    })
    const [tree] = await inspect(name, inputs({ paths: 'true' }), host, packForInspection)
    expect(tree?.platforms[0]?.layers).toMatchObject([{ paths: [{ path: fd, size: 500 }] }])
    expect(layerReads()).toBe(2)
  })
})

test('control characters in annotations are quoted', async () => {
  const path = await fileOf({ layers: [], annotations: { note: 'two\nlines\x1b[2J' } })
  const [tree] = await inspect(path, inputs(), host, packForInspection)
  expect(renderTree(tree as never)).toContain('"note = two\\nlines\\u001b[2J"')
})

test.each(Object.entries(KEY_FORMS))(
  'annotation keys with %s prefix are shown unchanged',
  async (_, prefix) => {
    const image = storeImage('linux/amd64', { layers: [layerWithPaths({ [fd]: 500 })] })
    const { manifest } = image
    const said = keysAs(prefix, { [SYSTEM]: 'x86_64-linux', [DERIVATION]: '/nix/store/fd.drv' })
    const path = join(folder.path, 'image.tar')
    const onIndex = keysAs(prefix, { [CONTENT]: 'content' })
    await storeArchive(path, [{ ...image, manifest: { ...manifest, annotations: said } }], onIndex)
    const [tree] = await inspect(path, inputs(), host, packForInspection)
    expect(tree).toMatchObject({ annotations: onIndex, platforms: [{ annotations: said }] })
    const text = renderTree(tree as never)
    for (const [key, value] of Object.entries({ ...said, ...onIndex }))
      expect(text).toContain(`${key} = ${value}`)
  },
)

test('every image of a file is shown', async () => {
  const images = ['linux/amd64', 'linux/arm64'].map(platform =>
    storeImage(platform, { layers: [layerWithPaths({ [fd]: 500 })] }),
  )
  const path = join(folder.path, 'several.tar')
  const blobs = [...images.map(({ manifest }) => manifest), ...blobsOf(images)]
  await writeArchive(path, { index: images.map(({ manifest }) => manifest), blobs })
  const trees = await inspect(path, inputs(), host, packForInspection)
  expect(trees.map(({ name }) => name)).toEqual([`${path} (1)`, `${path} (2)`])
})

describe('a name that is not an image', () => {
  const failureOf = async (name: string): Promise<Error> =>
    inspect(name, inputs(), host, packForInspection).then(
      () => undefined,
      error => error,
    ) as never

  test.each<[string, (path: string) => void, RegExp]>([
    ['an empty file', path => writeFileSync(path, ''), /x is not a container image\. It is an empty file$/],
    [
      'a pipe',
      path => void execFileSync('mkfifo', [path]),
      /x is not a container image\. It is neither a file nor a folder$/,
    ],
    [
      'a link to a device',
      path => symlinkSync('/dev/zero', path),
      /zero is not .* It is neither a file nor a folder$/,
    ],
    [
      'a broken link',
      path => symlinkSync('nowhere', path),
      /x is a symbolic link to nowhere, which does not exist$/,
    ],
    [
      'a link to itself',
      path => symlinkSync(path, path),
      /x is a symbolic link to .*x, which does not exist$/,
    ],
    ['an empty folder', path => mkdirSync(path), /It is a folder without oci-layout \(it is empty\)$/],
    [
      'a file of zeros',
      path => writeFileSync(path, Buffer.alloc(5_000_000)),
      /It is a (tar with|file of an unknown kind)/,
    ],
    [
      'a folder of folders',
      path => mkdirSync(join(path, 'index.json'), { recursive: true }),
      /It is a folder without oci-layout \(it contains index\.json\)$/,
    ],
  ])('%s', async (_what, create, message) => {
    const path = join(folder.path, 'x')
    create(path)
    expect(await failureOf(path)).toMatchObject({
      name: 'UserError',
      message: expect.stringMatching(message),
    })
  })

  test.each([
    ['/dev/zero', /It is neither a file nor a folder$/],
    ['file:/%', /^"file:\/%" is not an image reference: /],
    ['file:///x', /it contains a scheme/],
    ['%', /is not a repository name$/],
    ['', /is not a repository name$/],
    ['a\0b', /^"a\\u0000b" is not an image reference/],
    ['x'.repeat(100_000), /^"x{200}…" is not an image reference: a name has at most 255 characters$/],
    ['http://', /it contains a scheme/],
    ['[::1', /is not/],
    ['ghcr.io:99999/a', /is not a host$/],
    ['./missing', /^The file \.\/missing does not exist$/],
  ])('%j', async (name, message) => {
    expect(await failureOf(name)).toMatchObject({
      name: 'UserError',
      message: expect.stringMatching(message),
    })
  })

  test('a folder with many other files is read', async () => {
    const path = join(folder.path, 'x')
    mkdirSync(path)
    for (let n = 0; n < 3000; n++) writeFileSync(join(path, `${n}`), '')
    writeFileSync(join(path, 'oci-layout'), '{"imageLayoutVersion": "1.0.0"}')
    writeFileSync(join(path, 'index.json'), '{"manifests": []}')
    expect(await inspect(path, inputs(), host, packForInspection)).toEqual([])
  })

  test.each(['oci-layout', 'index.json'])('a layout whose %s is deep JSON', async file => {
    const path = join(folder.path, 'x')
    mkdirSync(path)
    writeFileSync(join(path, 'oci-layout'), '{"imageLayoutVersion": "1.0.0"}')
    writeFileSync(join(path, 'index.json'), '{"manifests": []}')
    writeFileSync(join(path, file), '['.repeat(100_000))
    expect((await failureOf(path)).message).toMatch(
      /x is not an OCI image layout: \S+ is nested more than 100 levels deep$/,
    )
  })
})

test('of a file with many images the first hundred are shown, and a warning says so', async () => {
  const image = storeImage('linux/amd64', { layers: [] })
  const path = join(folder.path, 'many.tar')
  const index = Array.from({ length: 20_000 }, () => image.manifest)
  await writeArchive(path, { index, blobs: [image.manifest, ...blobsOf([image])] })
  expect(await inspect(path, inputs(), host, packForInspection)).toHaveLength(100)
  expect(host.logged).toEqual([
    `warning: ${path}: only the first 100 images are shown, and 19900 more are left out`,
  ])
})

describe('an image as Nix built it', () => {
  const random = seeded(3)
  const image = imageOf(randomImage(random, { layers: 2 }).layers, 'amd64', { Cmd: ['/bin/true'] })
  const archive = dockerArchive(image)
  const load = (name: string) => inspect(name, inputs(), host, packForInspection)
  const write = (name: string, bytes: Buffer) => folder.write(name, bytes)

  test.each([
    ['a docker-archive', () => write('result', archive), ''],
    ['a gzipped docker-archive', () => write('result.gz', gzipSync(archive)), ''],
    ['docker-archive:', () => write('result', archive), 'docker-archive:'],
    [
      'a link such as result',
      async () => {
        symlinkSync(await write('stored', archive), join(folder.path, 'result'))
        return join(folder.path, 'result')
      },
      '',
    ],
  ])('%s has the layers that a push would have', async (_, create, prefix) => {
    const name = prefix + (await create())
    const [tree, ...others] = await load(name)
    expect(others).toEqual([])
    expect(tree).toMatchObject({ name, platforms: [{ platform: 'linux/amd64', cmd: ['/bin/true'] }] })
    const layers = tree?.platforms[0]?.layers ?? []
    expect(layers.map(({ diffId }) => diffId)).toEqual(image.layers.map(({ diffId }) => diffId))
    const packed = await packPath(name.replace(prefix, ''), folder.layers)
    expect(layers.map(({ digest }) => digest)).toEqual(packed.layers.map(({ digest }) => digest))
  })

  test('is compared with a layout by --diff', async () => {
    const a = await write('result', archive)
    const b = await write('other', dockerArchive(randomImage(random, { layers: 1 })))
    const difference = await diff([a, `docker-archive:${b}`], inputs(), host, packForInspection)
    expect(difference.platforms).toHaveLength(1)
  })

  test('oci-archive: and oci: with a tag select images of a layout', async () => {
    const path = await fileOf({ layers: [{ tar: storeTar({ [fd]: 500 }) }] })
    expect(await load(`oci-archive:${path}`)).toHaveLength(1)
    await expect(load(`oci-archive:${path}:2.0`)).rejects.toThrow(`no image in ${path} has the tag 2.0`)
    await expect(load(`oci:${path}-not:2.0`)).rejects.toMatchObject({
      message: `The file ${path}-not:2.0 does not exist`,
      hint: 'Check the path. An image in a registry is written like ghcr.io/owner/name:tag.',
    })
  })

  test('docker:// is a reference, and stores of engines are refused with a way', async () => {
    const stored = storeImage('linux/amd64', { layers: [layerWithPaths({ [fd]: 500 })] })
    const name = await push(await storeArchive(join(folder.path, 'pushed.tar'), [stored]))
    expect(await load(`docker://${name}`)).toMatchObject([{ name }])
    await expect(load('docker-daemon:hello:1')).rejects.toMatchObject({
      message: expect.stringContaining('cannot be read'),
      hint: expect.stringContaining('docker save'),
    })
  })
})

test('artifacts in a layout are listed with the image that they are about', async () => {
  const image = storeImage('linux/amd64', { layers: [layerWithPaths({ [fd]: 500 })] })
  const subject = descriptorOf(image.manifest)
  const empty = createBlob(Buffer.from('{}'), { mediaType: 'application/vnd.oci.empty.v1+json' })
  const sbom = createBlob(
    Buffer.from(
      JSON.stringify({
        artifactType: 'application/spdx+json',
        config: descriptorOf(empty),
        layers: [],
        subject,
      }),
    ),
    { mediaType: 'application/vnd.oci.image.manifest.v1+json' },
  )
  const path = join(folder.path, 'with-sbom.tar')
  const blobs = [image.manifest, sbom, empty, ...blobsOf([image])]
  await writeArchive(path, { index: [sbom, image.manifest], blobs })
  const trees = await inspect(path, inputs(), host, packForInspection)
  expect(trees).toMatchObject([
    {
      platforms: [{ platform: 'linux/amd64' }],
      artifacts: [{ digest: sbom.digest, artifactType: 'application/spdx+json', subject: subject.digest }],
    },
  ])
  expect(plain(renderTree(trees[0] as never)).slice(-2)).toEqual([
    `└─ artifact  sha256:…  ${sbom.size} B  application/spdx+json`,
    '   └─ about linux/amd64  sha256:…',
  ])
})

describe('SBOMs in a registry', () => {
  const index = makeIndex([
    storeImage('linux/amd64', { layers: [] }),
    storeImage('linux/arm64', { layers: [] }),
  ])
  const subjects = [index.blob, ...index.images.map(({ manifest }) => manifest)]

  async function pushWithSboms(): Promise<string> {
    return pushWith(subject => {
      const document = createBlob(Buffer.from(subject.digest), { mediaType: 'application/spdx+json' })
      return makeReferrer({ subject, document })
    })
  }

  async function pushWith(refer: (subject: Descriptor) => Referrer): Promise<string> {
    const name = await push(index)
    const referrers = subjects.map(refer)
    const client = new RegistryClient({})
    const repository = new Repository(client, parseReference(name))
    await pushReferrers([{ index, referrers, repository, newSubjects: [] }])
    client.close()
    return name
  }

  test.each([true, 'draft', false] as const)(
    'signatures are shown with what is signed; referrers API: %s',
    async referrers => {
      registry.options.referrers = referrers
      const bundle = createBlob(Buffer.from('{}'), { mediaType: BUNDLE_TYPE })
      const predicateType = 'https://slsa.dev/provenance/v1'
      const signed = { bundle, predicateType, created: '2026-01-02T03:04:05Z' }
      const name = await pushWith(subject => makeBundleReferrer({ ...signed, subject }))
      const [tree] = await inspect(name, inputs(), host, packForInspection)
      expect(tree?.artifacts?.map(({ subject }) => subject)).toEqual(subjects.map(({ digest }) => digest))
      expect(tree?.artifacts?.[0]).toMatchObject({ artifactType: BUNDLE_TYPE, predicateType })
      expect(parseResult(formatResult('inspect', [tree], 0))).toEqual([tree])
      expect(plain(renderTree(tree as never)).join('\n')).toMatch(
        /artifact {2}sha256:… {2}\d+ B {2}signed https:\/\/slsa/,
      )
    },
  )

  test.each([true, 'draft', false] as const)(
    'are shown with their platform; referrers API: %s',
    async referrers => {
      registry.options.referrers = referrers
      const [tree] = await inspect(await pushWithSboms(), inputs(), host, packForInspection)
      expect(tree?.artifacts?.map(({ subject }) => subject)).toEqual(subjects.map(({ digest }) => digest))
      expect(parseResult(formatResult('inspect', [tree], 0))).toEqual([tree])
      const lines = plain(renderTree(tree as never)).slice(-6)
      expect(lines.filter(line => line.includes('artifact'))).toEqual([
        expect.stringMatching(/^├─ artifact {2}sha256:… {2}\d+ B {2}application\/spdx\+json$/),
        expect.stringMatching(/^├─ /),
        expect.stringMatching(/^└─ /),
      ])
      expect(lines.filter(line => line.includes('about')).map(line => line.replace(/^[│ └─]+/, ''))).toEqual([
        'about the index  sha256:…',
        'about linux/amd64  sha256:…',
        'about linux/arm64  sha256:…',
      ])
    },
  )

  test('cost one request if there are none, and two without the referrers API', async () => {
    const name = await push(index)
    const countRequests = async (): Promise<number> => {
      registry.log.length = 0
      await inspect(name, inputs(), host, packForInspection)
      return registry.log.filter(({ path }) => /referrers|sha256-/.test(path)).length
    }
    expect(await countRequests()).toBe(1)
    registry.options.referrers = false
    expect(await countRequests()).toBe(2)
  })

  test('are only missing, with a warning, if the registry refuses to list them', async () => {
    const name = await pushWithSboms()
    registry.fault({ path: /referrers/, times: 99, action: { kind: 'status', status: 403 } })
    const [tree] = await inspect(name, inputs(), host, packForInspection)
    expect(tree?.platforms).toHaveLength(2)
    expect(host.logged.join('\n')).toContain(`warning: Cannot list the SBOMs and signatures of ${name}`)
  })
})
