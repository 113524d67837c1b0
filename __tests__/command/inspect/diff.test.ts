import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals'
import { diff, diffPaths } from '../../../src/command/inspect/diff.js'
import { renderDiff } from '../../../src/command/inspect/diff-text.js'
import { packForInspection } from '../../../src/command/pack-result.js'
import { writeArchive } from '../../../src/image/write-archive.js'
import { INSPECT_INPUTS, type InspectInputs } from '../../../src/input/input-table.js'
import { readInputs } from '../../../src/input/read-inputs.js'
import { CONTENT, DERIVATION, SYSTEM } from '../../../src/oci/annotation-keys.js'
import type { Annotations } from '../../../src/oci/descriptor.js'
import { blobsOf, type Image } from '../../../src/oci/image.js'
import { parseReference } from '../../../src/oci/reference.js'
import { RegistryClient } from '../../../src/registry/client.js'
import { Repository } from '../../../src/registry/repository.js'
import { UsageError } from '../../../src/util/error.js'
import { useFolder } from '../../image/fixture.js'
import { silentHost, type TestHost, testHost } from '../../support/host.js'
import { withChecksum } from '../../support/images.js'
import { KEY_FORMS, keysAs } from '../../support/own-keys.js'
import { pushIndex } from '../../support/push.js'
import { startRegistry, type TestRegistry } from '../../support/registry.js'
import {
  layerWithPaths,
  type StoreLayer,
  storeArchive,
  storeImage,
  storePath,
  storeTar,
} from '../../support/store-images.js'

describe('diff', () => {
  const libc = layerWithPaths({ [storePath('glibc-2.40')]: 9000 })
  const fdOld = layerWithPaths({ [storePath('fd-10.1.0')]: 5000, [storePath('old')]: 10 })
  const fdNew = layerWithPaths({ [storePath('fd-10.2.0')]: 6000, [storePath('bash-5.2')]: 20 })
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

  async function fileOf(
    name: string,
    images: readonly Image[],
    annotations: Annotations = {},
  ): Promise<string> {
    const path = join(folder.path, name)
    await storeArchive(path, images, annotations)
    return path
  }

  async function pushed(tag: string, images: readonly Image[]): Promise<string> {
    const name = `${registry.host}/o/fd:${tag}`
    const client = new RegistryClient({})
    const index = await storeArchive(join(folder.path, `${tag}.tar`), images)
    await pushIndex(index, new Repository(client, parseReference(name)), [tag])
    client.close()
    return name
  }

  const compare = (a: string, b: string, given = {}) => diff([a, b], inputs(given), host, packForInspection)
  const plain = (text: string): string[] =>
    text
      .replaceAll(folder.path, '')
      .replaceAll(/sha256:[0-9a-f]{64}/g, 'sha256:…')
      .split('\n')

  describe('two versions of an image', () => {
    const run = {
      Entrypoint: ['/bin/fd'],
      Env: ['PATH=/bin', 'OLD=1'],
      ExposedPorts: { '80/tcp': {} },
      Volumes: { '/data': {} },
    }
    const before = storeImage('linux/amd64', {
      layers: [libc, fdOld],
      run,
      annotations: { version: '10.1.0' },
    })
    const after = storeImage('linux/amd64', {
      layers: [libc, fdNew],
      run: { Entrypoint: ['/bin/fd', '-H'], Env: ['PATH=/bin:/sbin'], User: '1000', Labels: { x: 'y' } },
      annotations: { version: '10.2.0' },
    })
    const same = storeImage('linux/arm64', { layers: [libc] })
    const files = async (): Promise<[string, string]> => [
      await fileOf('a.tar', [before, same, storeImage('linux/386', { layers: [libc] })], {
        version: '10.1.0',
      }),
      await fileOf('b.tar', [after, same, storeImage('linux/riscv64', { layers: [libc] })], {
        version: '10.2.0',
        new: 'n',
      }),
    ]

    test('are compared for each platform', async () => {
      const found = await compare(...(await files()))
      expect(found).toMatchObject({
        same: false,
        annotations: [
          { key: 'version', a: '10.1.0', b: '10.2.0' },
          { key: 'new', b: 'n' },
        ],
      })
      const kinds = found.platforms.map(({ platform, kind }) => `${platform} ${kind}`)
      expect(kinds.sort()).toEqual([
        'linux/386 only-a',
        'linux/amd64 different',
        'linux/arm64 same',
        'linux/riscv64 only-b',
      ])
    })

    test('have a pull size of the config and the layers that A does not have', async () => {
      const found = await compare(...(await files()))
      const own = after.layers[1]
      expect(found.platforms.find(({ kind }) => kind === 'different')).toMatchObject({
        a: before.manifest.digest,
        b: after.manifest.digest,
        layers: {
          shared: { count: 1, size: before.layers[0]?.size },
          onlyA: [{ digest: before.layers[1]?.digest, isRecompressed: false }],
          onlyB: [{ digest: own?.digest, size: own?.size }],
          pull: (own?.size ?? 0) + after.config.size,
        },
      })
    })

    test('have changes in the config', async () => {
      const found = await compare(...(await files()))
      const [platform] = found.platforms.filter(each => each.kind === 'different')
      expect(platform?.config).toEqual([
        { key: 'entrypoint', a: '["/bin/fd"]', b: '["/bin/fd","-H"]' },
        { key: 'ports', a: '80/tcp' },
        { key: 'volumes', a: '["/data"]' },
        { key: 'env.PATH', a: '/bin', b: '/bin:/sbin' },
        { key: 'env.OLD', a: '1' },
        { key: 'user', b: '1000' },
        { key: 'labels.x', b: 'y' },
      ])
    })

    test('are formatted as text', async () => {
      const text = renderDiff(await compare(...(await files())))
      expect(plain(text).map(line => line.replaceAll(/\d+(\.\d)? k?B/g, '# B'))).toEqual([
        'A  /a.tar  sha256:…  # B',
        'B  /b.tar  sha256:…  # B',
        '├─ annotations',
        '│  ├─ version: 10.1.0 → 10.2.0',
        '│  └─ + new = n',
        '├─ - linux/386  sha256:…  only in A, # B',
        '├─ linux/amd64  update from A to B: # B of # B',
        '│  ├─ - sha256:…',
        '│  ├─ + sha256:…',
        '│  ├─ layers: 1 in both (# B), 1 only in A (# B), 1 only in B (# B)',
        '│  │  ├─ - sha256:…  # B',
        '│  │  └─ + sha256:…  # B',
        '│  ├─ store paths: 1 in both, 1 with another version, 0 rebuilt, 1 only in A, 1 only in B',
        '│  │  ├─ fd  10.1.0 → 10.2.0',
        `│  │  ├─ - ${storePath('old')}`,
        `│  │  └─ + ${storePath('bash-5.2')}`,
        '│  ├─ config',
        '│  │  ├─ entrypoint: ["/bin/fd"] → ["/bin/fd","-H"]',
        '│  │  ├─ - ports = 80/tcp',
        '│  │  ├─ - volumes = ["/data"]',
        '│  │  ├─ env.PATH: /bin → /bin:/sbin',
        '│  │  ├─ - env.OLD = 1',
        '│  │  ├─ + user = 1000',
        '│  │  └─ + labels.x = y',
        '│  └─ annotations',
        '│     └─ version: 10.1.0 → 10.2.0',
        '├─ linux/arm64  the same, sha256:…',
        '└─ + linux/riscv64  sha256:…  only in B, # B',
      ])
    })

    test('have sizes of store paths if the layers were read', async () => {
      const text = renderDiff(await compare(...(await files()), { paths: 'true' }))
      expect(text).toContain('fd  10.1.0 → 10.2.0  5.0 kB → 6.0 kB')
      expect(text).toContain(`- ${storePath('old')}  10 B`)
    })
  })

  test('control characters in annotations are quoted', async () => {
    const strange = (layer: StoreLayer, text: string): Image =>
      storeImage('linux/amd64', { layers: [layer], annotations: { '\x1b[2J': text } })
    const a = await fileOf('a.tar', [strange(fdOld, '\n')])
    const b = await fileOf('b.tar', [strange(fdNew, '\u202e')])
    const lines = renderDiff(await compare(a, b)).split('\n')
    expect(lines.filter(line => /[\x00-\x1f\x7f-\x9f\u202e]/.test(line))).toEqual([])
    expect(lines.join('\n')).toContain('"\\u001b[2J: \\n → \\u202e"')
  })

  test('an image in a file and in a registry is the same, and no layer is read', async () => {
    const image = storeImage('linux/amd64', { layers: [{ tar: libc.tar }] })
    const found = await compare(await pushed('1', [image]), await fileOf('b.tar', [image]), { paths: 'true' })
    expect(found).toMatchObject({ same: true, annotations: [], platforms: [{ kind: 'same' }] })
    expect(renderDiff(found).split('\n').at(-1)).toBe('Both are the same image.')
    expect(registry.requests('GET', new RegExp(`blobs/${image.layers[0]?.digest}`))).toEqual([])
  })

  describe.each(Object.entries(KEY_FORMS))('annotation keys with %s prefix', (_, prefix) => {
    async function written(name: string, keys: string, layer: StoreLayer, say: string): Promise<string> {
      const image = storeImage('linux/amd64', { layers: [layer] })
      const annotations = keysAs(keys, { [SYSTEM]: 'x86_64-linux', [DERIVATION]: say })
      const manifest = { ...image.manifest, annotations }
      return fileOf(name, [{ ...image, manifest }], keysAs(keys, { [CONTENT]: say }))
    }

    test('are not a difference', async () => {
      const a = await written('a.tar', prefix, fdOld, 'it')
      const b = await written('b.tar', KEY_FORMS.current, fdOld, 'it')
      const found = await compare(a, b)
      expect(found).toMatchObject({ annotations: [], platforms: [{ kind: 'same', annotations: [] }] })
      expect(renderDiff(found)).not.toContain('nix-multiarch.')
    })

    test('are shown by their new names if their values differ', async () => {
      const a = await written('a.tar', prefix, fdOld, 'old')
      const b = await written('b.tar', KEY_FORMS.current, fdNew, 'new')
      const { annotations, platforms } = await compare(a, b)
      expect(annotations).toEqual([{ key: CONTENT, a: 'old', b: 'new' }])
      expect(platforms).toMatchObject([{ annotations: [{ key: DERIVATION, a: 'old', b: 'new' }] }])
    })
  })

  test('a recompressed layer is reported as the same content that must be downloaded', async () => {
    const again = { ...libc, stored: gzipSync(libc.tar, { level: 1 }) }
    const [a, b] = [libc, again].map(layer => storeImage('linux/amd64', { layers: [layer] })) as [
      Image,
      Image,
    ]
    const found = await compare(await fileOf('a.tar', [a]), await fileOf('b.tar', [b]))
    expect(found.platforms).toMatchObject([
      {
        layers: { onlyB: [{ isRecompressed: true }], pull: b.layers[0]?.size },
        paths: { same: 1, came: [], went: [] },
        config: [],
      },
    ])
    expect(renderDiff(found)).toContain('same content, different compression')
  })

  describe('a layer that differs in the times of its files only', () => {
    const retimed = (seconds: number, name = 'fd-10.1.0'): StoreLayer => {
      const tar = storeTar({ [storePath(name)]: 5000 })
      const header = tar.subarray(0, 512)
      header.write(`${seconds.toString(8).padStart(11, '0')}\0`, 136, 'latin1')
      withChecksum(header)
      return { tar }
    }
    const imageWith = (layer: StoreLayer): Image => storeImage('linux/amd64', { layers: [libc, layer] })

    test('is reported as the same content', async () => {
      const [a, b] = [imageWith(retimed(1)), imageWith(retimed(1_793_527_200))]
      const found = await compare(await fileOf('a.tar', [a]), await fileOf('b.tar', [b]))
      expect(found.platforms).toMatchObject([
        { layers: { onlyA: [{ isRetimed: true }], onlyB: [{ isRetimed: true, isRecompressed: false }] } },
      ])
      expect(renderDiff(found)).toContain('same content, different times')
    })

    test('is not reported if a file differs too', async () => {
      const [a, b] = [imageWith(retimed(1)), imageWith(retimed(2, 'fd-10.2.0'))]
      const found = await compare(await fileOf('a.tar', [a]), await fileOf('b.tar', [b]))
      expect(renderDiff(found)).not.toContain('same content')
    })

    test('is downloaded from a registry only with --paths', async () => {
      const [a, b] = [await pushed('1', [imageWith(retimed(1))]), await pushed('2', [imageWith(retimed(2))])]
      expect(renderDiff(await compare(a, b))).not.toContain('same content')
      expect(renderDiff(await compare(a, b, { paths: 'true' }))).toContain('same content, different times')
    })
  })

  describe('layers in a registry whose store paths are not in the config', () => {
    const base = { tar: storeTar({ [storePath('base')]: 300 }) }
    const untold = storeImage('linux/amd64', { layers: [base, { tar: fdNew.tar }] })

    test('are not compared, and the text says so', async () => {
      const a = await fileOf('a.tar', [storeImage('linux/amd64', { layers: [base, fdOld] })])
      const b = await pushed('2', [untold])
      const found = await compare(a, b)
      expect(found.platforms[0]).not.toHaveProperty('paths')
      expect(renderDiff(found).split('\n').at(-1)).toMatch(/Use --paths to read the layers\.$/)
      const read = await compare(a, b, { paths: 'true' })
      expect(read.platforms).toMatchObject([{ paths: { same: 1, changed: [{ name: 'fd' }] } }])
    })

    test('are ignored if both images have them', async () => {
      const [a, b] = [fdOld, fdNew].map(layer => [storeImage('linux/amd64', { layers: [base, layer] })])
      const found = await compare(await pushed('1', a as Image[]), await pushed('2', b as Image[]))
      expect(found.platforms).toMatchObject([{ paths: { same: 0, changed: [{ name: 'fd' }] } }])
    })
  })

  describe('fails for', () => {
    const image = storeImage('linux/amd64', { layers: [libc] })

    test('a file that does not exist', async () => {
      await expect(compare(await fileOf('a.tar', [image]), './absent.tar')).rejects.toThrow(
        'The file ./absent.tar does not exist',
      )
    })

    test('a file with several images', async () => {
      const other = storeImage('linux/arm64', { layers: [libc] })
      const images = [image, other]
      const path = join(folder.path, 'several.tar')
      const blobs = [...images.map(({ manifest }) => manifest), ...blobsOf(images)]
      await writeArchive(path, { index: images.map(({ manifest }) => manifest), blobs })
      await expect(compare(path, path)).rejects.toThrow(
        'several.tar contains 2 images, but `--diff` compares single images',
      )
    })

    test('one password for two registries', async () => {
      const both = { username: 'me', password: 'planted' }
      const failure = compare(`${registry.host}/o/fd:1`, 'ghcr.io/o/fd:1', both)
      await expect(failure).rejects.toThrow(UsageError)
      expect(registry.log).toEqual([])
    })
  })
})

describe('diffPaths', () => {
  const of = (...names: string[]) => names.map(name => ({ path: storePath(name) }))
  const changed = (a: string[], b: string[]): string[] =>
    diffPaths(of(...a), of(...b)).changed.map(({ name, a, b }) => `${name} ${a.version} → ${b.version}`)

  describe('store paths of two images', () => {
    test('are added, removed, changed or the same', () => {
      const diff = diffPaths(of('glibc-2.40', 'fd-10.1.0', 'old-1'), of('glibc-2.40', 'fd-10.2.0', 'new-1'))
      expect(diff).toMatchObject({ same: 1, came: of('new-1'), went: of('old-1'), rebuilt: [] })
      expect(diff.changed).toEqual([
        {
          name: 'fd',
          a: { path: storePath('fd-10.1.0'), version: '10.1.0' },
          b: { path: storePath('fd-10.2.0'), version: '10.2.0' },
        },
      ])
    })

    test('are paired by output', () => {
      const a = ['glibc-2.40', 'glibc-2.40-bin', 'glibc-2.40-dev']
      const b = ['glibc-2.42-dev', 'glibc-2.42', 'glibc-2.42-bin']
      expect(changed(a, b)).toEqual([
        'glibc 2.40 → 2.42',
        'glibc 2.40-bin → 2.42-bin',
        'glibc 2.40-dev → 2.42-dev',
      ])
    })

    test('are paired if the version loses its suffix', () => {
      expect(changed(['foo-1.0-beta'], ['foo-1.0'])).toEqual(['foo 1.0-beta → 1.0'])
    })

    test('are paired in the order of their versions', () => {
      expect(changed(['go-1.9', 'go-1.20'], ['go-1.21', 'go-1.10'])).toEqual([
        'go 1.9 → 1.10',
        'go 1.20 → 1.21',
      ])
    })

    test('are not paired if one image has more of them', () => {
      const diff = diffPaths(of('go-1.9', 'go-1.10'), of('go-1.11'))
      expect(diff).toMatchObject({ changed: [], came: of('go-1.11'), went: of('go-1.9', 'go-1.10') })
    })

    test('are rebuilt if only the hash differs', () => {
      const [a, b] = [storePath('bash-5.2'), storePath('bash-5.2', 'otherwise')]
      const diff = diffPaths([{ path: a, size: 1 }], [{ path: b, size: 2 }])
      expect(diff).toEqual({
        same: 0,
        came: [],
        went: [],
        changed: [],
        rebuilt: [
          { name: 'bash', a: { path: a, version: '5.2', size: 1 }, b: { path: b, version: '5.2', size: 2 } },
        ],
      })
    })

    test('are counted once if they are in two layers', () => {
      expect(diffPaths(of('a-1', 'a-1'), of('a-1'))).toMatchObject({ same: 1, came: [], went: [] })
    })
  })
})
