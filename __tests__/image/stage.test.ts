import { execFileSync } from 'node:child_process'
import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { describe, expect, test } from '@jest/globals'
import { hasZstd } from '../../src/image/decode.js'
import { type ArchiveShape, dockerArchive, dockerMembers, manifestMember } from '../support/docker-archive.js'
import {
  below,
  hexSum,
  imageOf,
  layerOf,
  noise,
  randomImage,
  randomLayer,
  rawHeader,
  seeded,
  tarOf,
  zstdStored,
} from '../support/images.js'
import { expectImage, expectRefused, listing, stagePath, useFolder } from './fixture.js'

const folder = useFolder()

describe('docker-archives', () => {
  const random = seeded(1)
  const wrappers = { plain: (b: Buffer) => b, gzip: (b: Buffer) => gzipSync(b), zstd: zstdStored }
  const encoders: Record<string, NonNullable<ArchiveShape['encode']>> = {
    plain: tar => tar,
    gzip: tar => gzipSync(tar),
    zstd: tar => zstdStored(tar),
    mixed: (tar, n) => (n % 2 ? gzipSync(tar) : tar),
  }

  for (const naming of ['folder', 'blobs', 'flat'] as const) {
    for (const manifest of ['first', 'last'] as const) {
      for (const [encoding, encode] of Object.entries(encoders)) {
        for (const [wrapping, wrap] of Object.entries(wrappers)) {
          test(`${naming}, manifest ${manifest}, ${encoding} layers, ${wrapping} archive`, async () => {
            const image = randomImage(random)
            const path = await folder.write('image', wrap(dockerArchive(image, { naming, manifest, encode })))
            const staged = await stagePath(path, folder.staged)
            await expectImage(staged, image)
            expect(staged.names).toEqual(['app:1'])
            const files = new Set(staged.layers.map(layer => layer.digest.slice(7)))
            expect((await listing(folder.staged)).sort()).toEqual([...files].sort())
          })
        }
      }
    }
  }

  test('a layer that is already as wanted keeps its bytes', async () => {
    const image = randomImage(random, { layers: 2 })
    const stored = image.layers.map(layer => gzipSync(layer.tar, { level: 9 }))
    const path = await folder.write('image', dockerArchive(image, { encode: (_, n) => stored[n] as Buffer }))
    const { layers } = await stagePath(path, folder.staged)
    expect(layers.map(layer => layer.digest)).toEqual(stored.map(bytes => `sha256:${hexSum(bytes)}`))
  })

  test('no layers, an empty layer, and a layer of no bytes at all', async () => {
    for (const layers of [[], [layerOf(tarOf([]))], [layerOf(Buffer.alloc(0)), layerOf(tarOf([]))]]) {
      const image = imageOf(layers)
      await expectImage(
        await stagePath(await folder.write('image', dockerArchive(image)), folder.staged),
        image,
      )
    }
  })

  test('layers around the size of a block', async () => {
    const block = 1 << 20
    const sizes = [block - 513, block - 512, block - 511, block, 2 * block - 512]
    const image = imageOf(
      sizes.map(size => layerOf(tarOf([{ name: 'a', body: noise(random, size) }]).subarray(0, size + 512))),
    )
    await expectImage(
      await stagePath(await folder.write('image', dockerArchive(image)), folder.staged),
      image,
    )
  })

  test('the same layer twice, stored twice or once', async () => {
    const layer = randomLayer(random, 5000)
    const image = imageOf([layer, layer, randomLayer(random, 5000)])
    await expectImage(
      await stagePath(await folder.write('twice', dockerArchive(image)), folder.staged),
      image,
    )
    const members = dockerMembers(image)
    const once = await folder.write('once', tarOf(members.slice(1)))
    await expectImage(await stagePath(once, folder.staged), image)
    expect(await listing(folder.staged)).toHaveLength(2)
  })

  test('layers that are links: symbolic and hard, forwards and backwards, over several steps', async () => {
    const image = randomImage(random, { layers: 3 })
    const [a, b, c, config] = dockerMembers(image) as [
      { name: string },
      { name: string },
      { name: string },
      { name: string },
    ]
    const path = await folder.write(
      'image',
      tarOf([
        { name: '1/layer.tar', link: { to: `../${a.name}` } },
        a,
        b,
        { name: './2/layer.tar', link: { to: b.name, hard: true } },
        { name: '3/layer.tar', link: { to: '../4/layer.tar' } },
        { name: '4/layer.tar', link: { to: '../5/layer.tar' } },
        { name: '5/layer.tar', link: { to: c.name, hard: true } },
        c,
        { name: 'config', link: { to: config.name } },
        config,
        manifestMember('config', null, ['1/layer.tar', '2/layer.tar', './3/layer.tar']),
      ]),
    )
    const staged = await stagePath(path, folder.staged)
    await expectImage(staged, image)
    expect(staged.names).toEqual([])
  })

  test('legacy files and a copy in the OCI form beside it, as docker save writes', async () => {
    const image = randomImage(random)
    const extra = [
      { name: 'repositories', body: Buffer.from('{"app":{"1":"0"}}') },
      { name: 'abc/VERSION', body: Buffer.from('1.0') },
      { name: 'abc/json', body: Buffer.from('{}') },
      { name: 'oci-layout', body: Buffer.from('{"imageLayoutVersion":"1.0.0"}') },
      { name: 'index.json', body: Buffer.from('{"schemaVersion":2,"manifests":[]}') },
    ]
    const path = await folder.write('image', dockerArchive(image, { naming: 'blobs', extra }))
    await expectImage(await stagePath(path, folder.staged), image)
  })

  test('every header form that GNU tar writes', async () => {
    const image = imageOf([randomLayer(random, 3000)])
    const deep = join(folder.path, 'd'.repeat(120), 'e'.repeat(120))
    const name = `${'d'.repeat(120)}/${'e'.repeat(120)}/layer.tar`
    await mkdir(deep, { recursive: true })
    await writeFile(join(deep, 'layer.tar'), image.layers[0]?.tar as Buffer)
    await writeFile(join(folder.path, 'config.json'), image.config)
    await writeFile(
      join(folder.path, 'manifest.json'),
      manifestMember('config.json', [], [name]).body as Buffer,
    )
    for (const format of ['gnu', 'pax']) {
      const file = join(folder.path, `${format}.tar`)
      execFileSync('tar', [
        '-C',
        folder.path,
        `--format=${format}`,
        '-cf',
        file,
        `./${'d'.repeat(120)}`,
        './config.json',
        './manifest.json',
      ])
      await expectImage(await stagePath(file, folder.staged), image)
    }
  })
})

describe('what is wrong with an archive is said', () => {
  const random = seeded(2)
  const image = randomImage(random, { layers: 3 })
  const members = dockerMembers(image)
  const stage = async (bytes: Buffer) => stagePath(await folder.write('image', bytes), folder.staged)

  test('a layer with another diff_id', async () => {
    const [first, ...rest] = members
    const other = tarOf([{ name: 'other' }])
    await expectRefused(
      stage(tarOf([{ ...first, name: first?.name ?? '', body: other }, ...rest])),
      folder,
      new RegExp(
        `image: layer 1 of 3, \\w+/layer.tar, should have the diff_id ${image.layers[0]?.diffId} but has sha256:${hexSum(other)}`,
      ),
    )
  })

  test('a layer in the wrong place', async () => {
    const swapped = { ...image, layers: [...image.layers].reverse() }
    await expectRefused(stage(dockerArchive(swapped)), folder, /layer 1 of 3.* should have the diff_id/)
  })

  test.each([
    ['a missing layer', members.slice(1), /the layer \w+\/layer.tar is not in the archive/],
    [
      'a missing config',
      members.filter(each => !each.name.endsWith('.json') || each.name === 'manifest.json'),
      /\.json is not in the archive/,
    ],
    [
      'fewer layers than diff_ids',
      [...members.slice(0, -1), manifestMember(members.at(-2)?.name ?? '', [], [])],
      /manifest.json lists 0 layers, the config 3/,
    ],
    [
      'a link that leads to itself',
      [
        { name: members[0]?.name ?? '', link: { to: '../b' } },
        { name: 'b', link: { to: members[0]?.name ?? '' } },
        ...members.slice(1),
      ],
      /leads back to itself/,
    ],
    ['no image', [{ name: 'manifest.json', body: Buffer.from('[]') }], /lists no image/],
    [
      'a manifest that is no JSON',
      [{ name: 'manifest.json', body: Buffer.from('[') }],
      /manifest.json is not JSON/,
    ],
  ])('%s', async (_, them, words) => {
    await expectRefused(stage(tarOf(them)), folder, words)
  })

  test('several images', async () => {
    const entry = (name: string) => ({ Config: 'c', RepoTags: [name], Layers: [] })
    const body = Buffer.from(JSON.stringify([entry('one:1'), entry('two:2')]))
    await expectRefused(stage(tarOf([{ name: 'manifest.json', body }])), folder, /2 images, .*one:1, two:2/)
  })

  test('a config that is not what its name says', async () => {
    const them = members.map(each =>
      each.body === image.config ? { ...each, body: Buffer.from(`${image.config} `) } : each,
    )
    await expectRefused(stage(tarOf(them)), folder, /the config .* has the digest sha256:/)
  })

  test('a damaged compressed layer', async () => {
    const damaged = dockerArchive(image, {
      encode: tar => {
        const bytes = gzipSync(tar)
        bytes[bytes.length - 6] = (bytes[bytes.length - 6] as number) ^ 1
        return bytes
      },
    })
    await expectRefused(stage(damaged), folder, /the gzip stream is damaged/)
  })

  test('bytes after the end of a compressed layer', async () => {
    for (const more of [Buffer.alloc(20), Buffer.from('more')]) {
      const encode = (tar: Buffer) => Buffer.concat([gzipSync(tar), more])
      await expectRefused(stage(dockerArchive(image, { encode })), folder, /the gzip stream/)
    }
  })

  test('a link farm of small files is not held in memory', async () => {
    const body = Buffer.alloc(4 << 20, 'x')
    const many = Array.from({ length: 17 }, (_, n) => ({ name: `${n}`, body }))
    await expectRefused(stage(tarOf([...many, ...members])), folder, /too many files/)
  })

  test('a pax header that is damaged', async () => {
    const header = rawHeader('pax', 512, 'x')
    const tar = Buffer.concat([header, Buffer.alloc(512, '7 path'), tarOf(members)])
    await expectRefused(stage(tar), folder, /damaged pax header/)
  })

  test('a part of it cut off, wherever', async () => {
    const random = seeded(3)
    const archives = [
      dockerArchive(image),
      dockerArchive(image, { encode: tar => gzipSync(tar), manifest: 'first' }),
    ]
    const wrapped = archives.flatMap(bytes => [bytes.subarray(0, -1023), gzipSync(bytes), zstdStored(bytes)])
    for (const whole of wrapped) {
      for (let n = 0; n < 12; n++)
        await expectRefused(stage(whole.subarray(0, below(random, whole.length))), folder, /./)
    }
  })

  test('a byte changed, wherever: refused, or the image is the same', async () => {
    const random = seeded(4)
    const archives = [dockerArchive(image), dockerArchive(image, { encode: tar => gzipSync(tar) })]
    let refused = 0
    for (const whole of archives.flatMap(bytes => [bytes, gzipSync(bytes), zstdStored(bytes)])) {
      for (let n = 0; n < 12; n++) {
        const bytes = Buffer.from(whole)
        const at = below(random, bytes.length)
        bytes[at] = (bytes[at] as number) ^ (1 << below(random, 8))
        const staged = await stage(bytes).catch(error => expectRefused(Promise.reject(error), folder, /./))
        if (staged instanceof Error) refused++
        else await expectImage(staged, image)
        for (const name of await listing(folder.staged)) expect(name).toMatch(/^[0-9a-f]{64}$/)
        await import('node:fs/promises').then(fs => fs.rm(folder.staged, { recursive: true, force: true }))
      }
    }
    expect(refused).toBeGreaterThan(50)
  })
})

describe('how it is done', () => {
  const random = seeded(5)

  test('the same image gives the same bytes', async () => {
    const image = randomImage(random, { layers: 3, size: 3_000_000 })
    const path = await folder.write('image', dockerArchive(image))
    const once = await stagePath(path, folder.staged)
    const again = await stagePath(path, join(folder.path, 'again'))
    expect(again.layers.map(layer => layer.digest)).toEqual(once.layers.map(layer => layer.digest))
  })

  test('progress counts the bytes of the source', async () => {
    const path = await folder.write('image', dockerArchive(randomImage(random, { size: 2_000_000 })))
    const seen: number[] = []
    await stagePath(path, folder.staged, { onProgress: bytes => seen.push(bytes) })
    expect(seen).toEqual([...seen].sort((a, b) => a - b))
    expect(seen.at(-1)).toBe((await import('node:fs')).statSync(path).size)
  })

  test('an abort stops it with its reason and leaves nothing', async () => {
    const path = await folder.write(
      'image',
      dockerArchive(randomImage(random, { layers: 4, size: 2_000_000 })),
    )
    const controller = new AbortController()
    const reason = new Error('enough')
    const work = stagePath(path, folder.staged, {
      signal: controller.signal,
      onProgress: () => controller.abort(reason),
    })
    await expect(work).rejects.toBe(reason)
    expect(await listing(folder.staged)).toEqual([])
  })

  test('what other images have in the same folder stays when one fails', async () => {
    const image = randomImage(random, { layers: 2 })
    await stagePath(await folder.write('good', dockerArchive(image)), folder.staged)
    const before = await listing(folder.staged)
    const bad = await folder.write('bad', tarOf(dockerMembers(image).slice(1)))
    await expect(stagePath(bad, folder.staged)).rejects.toThrow(/not in the archive/)
    expect(await listing(folder.staged)).toEqual(before)
  })

  test('a folder that cannot be written to is the failure that is told', async () => {
    const path = await folder.write('image', dockerArchive(randomImage(random)))
    const file = await folder.write('file', '')
    await expect(stagePath(path, join(file, 'under'))).rejects.toThrow(/ENOTDIR/)
  })

  test('zstd, where this Node.js has it', async () => {
    const image = randomImage(random, { layers: 3, size: 3_000_000 })
    const path = await folder.write('image', dockerArchive(image))
    const work = stagePath(path, folder.staged, { encoding: 'zstd' })
    if (!hasZstd()) return expect(work).rejects.toThrow(/cannot write zstd/)
    const { layers } = await work
    expect(layers.map(layer => layer.mediaType)).toEqual(
      Array(3).fill('application/vnd.oci.image.layer.v1.tar+zstd'),
    )
    return undefined
  })
})
