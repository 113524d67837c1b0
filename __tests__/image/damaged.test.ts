import { rm } from 'node:fs/promises'
import { gzipSync } from 'node:zlib'
import { describe, expect, test } from '@jest/globals'
import { packImage } from '../../src/image/read-image.js'
import type { ImageSource } from '../../src/image/source.js'
import { dockerArchive, dockerMembers, manifestMember } from '../support/docker-archive.js'
import { below, hexSum, randomImage, rawHeader, seeded, tarOf, zstdStored } from '../support/images.js'
import { expectImage, expectUserError, listFolder, packPath, useFolder } from './fixture.js'

const folder = useFolder()

describe('rejects a damaged archive and reports the reason', () => {
  const random = seeded(2)
  const image = randomImage(random, { layers: 3 })
  const members = dockerMembers(image)
  const pack = async (bytes: Buffer) => packPath(await folder.write('image', bytes), folder.layers)

  test('a layer with another diff_id', async () => {
    const [first, ...rest] = members
    const other = tarOf([{ name: 'other' }])
    await expectUserError(
      pack(tarOf([{ ...first, name: first?.name ?? '', body: other }, ...rest])),
      folder,
      new RegExp(
        `image: layer 1 of 3, \\w+/layer.tar, should have the diff_id ${image.layers[0]?.diffId} but has sha256:${hexSum(other)}`,
      ),
    )
  })

  test('layers in the wrong order', async () => {
    const swapped = { ...image, layers: [...image.layers].reverse() }
    await expectUserError(pack(dockerArchive(swapped)), folder, /layer 1 of 3.* should have the diff_id/)
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
      'a link to itself',
      [
        { name: members[0]?.name ?? '', link: { to: '../b' } },
        { name: 'b', link: { to: members[0]?.name ?? '' } },
        ...members.slice(1),
      ],
      /points to itself/,
    ],
    ['no manifest.json', members.slice(0, -1), /a tar with neither manifest.json nor oci-layout/],
    [
      'a member whose name is outside the archive',
      [{ name: '../../x' }, ...members],
      /image: it contains a member with an unsafe path: "\.\.\/\.\.\/x"/,
    ],
    ['a member whose name is absolute', [...members, { name: '/x' }], /image: .* unsafe path: "\/x"/],
    [
      'a layer whose link is outside the archive',
      [{ name: members[0]?.name ?? '', link: { to: '../../x' } }, ...members.slice(1)],
      /image: it contains a link with an unsafe target: "\.\.\/\.\.\/x"/,
    ],
    [
      'a manifest that lists a file outside the archive',
      [...members.slice(0, -1), manifestMember('../config.json', [], [])],
      /\.\.\/config.json is not in the archive/,
    ],
    [
      'a manifest without an image',
      [{ name: 'manifest.json', body: Buffer.from('[]') }],
      /does not list an image/,
    ],
    [
      'a manifest that is not JSON',
      [{ name: 'manifest.json', body: Buffer.from('[') }],
      /manifest.json is not JSON/,
    ],
  ])('%s', async (_, changed, words) => {
    await expectUserError(pack(tarOf(changed)), folder, words)
  })

  const source = (bytes: Buffer, kind: 'docker-archive' | 'compressed-archive' | 'oci-archive') =>
    folder.write('image', bytes).then(path => ({ path, kind, compression: 'gzip' }) as ImageSource)

  test.each([
    ['text', Buffer.from('text'.repeat(500)), /image.*: .*there is no tar header at byte 0/],
    ['a few bytes', Buffer.from('text'), /image.*: .*it is not a tar: it has only 4 bytes/],
    ['no manifest.json', tarOf(members.slice(0, -1)), /image.*: .*(neither|it has no oci-layout)/],
    ['truncated in the middle', dockerArchive(image).subarray(0, 1200), /image.*: .*it is truncated/],
    [
      'a name outside the archive',
      tarOf([{ name: '../x' }, ...members]),
      /image.*: .*unsafe path: "\.\.\/x"/,
    ],
    ['an absolute name', tarOf([{ name: '/x' }, ...members]), /image.*: .*unsafe path: "\/x"/],
  ])('%s, for all kinds of sources', async (_, bytes, words) => {
    const options = { encoding: 'gzip' as const, directory: folder.layers }
    for (const kind of ['docker-archive', 'oci-archive'] as const)
      await expectUserError(packImage(await source(bytes, kind), options), folder, words)
    const wrapped = await source(gzipSync(bytes), 'compressed-archive')
    await expectUserError(packImage(wrapped, options), folder, words)
  })

  test('several images', async () => {
    const entry = (name: string) => ({ Config: 'c', RepoTags: [name], Layers: [] })
    const body = Buffer.from(JSON.stringify([entry('one:1'), entry('two:2')]))
    await expectUserError(pack(tarOf([{ name: 'manifest.json', body }])), folder, /2 images, .*one:1, two:2/)
  })

  test('a config whose digest does not match its name', async () => {
    const changed = members.map(each =>
      each.body === image.config ? { ...each, body: Buffer.from(`${image.config} `) } : each,
    )
    await expectUserError(pack(tarOf(changed)), folder, /the config .* has the digest sha256:/)
  })

  test('a damaged compressed layer', async () => {
    const damaged = dockerArchive(image, {
      encode: tar => {
        const bytes = gzipSync(tar)
        bytes[bytes.length - 6] = (bytes[bytes.length - 6] as number) ^ 1
        return bytes
      },
    })
    await expectUserError(pack(damaged), folder, /the gzip stream is damaged/)
  })

  test('bytes after the end of a compressed layer', async () => {
    for (const more of [Buffer.alloc(20), Buffer.from('more')]) {
      const encode = (tar: Buffer) => Buffer.concat([gzipSync(tar), more])
      await expectUserError(pack(dockerArchive(image, { encode })), folder, /the gzip stream/)
    }
  })

  test('too many small files, which would fill the memory', async () => {
    const body = Buffer.alloc(4 << 20, 'x')
    const many = Array.from({ length: 17 }, (_, n) => ({ name: `${n}`, body }))
    await expectUserError(pack(gzipSync(tarOf([...many, ...members]))), folder, /too many files/)
  })

  test('a damaged pax header', async () => {
    const header = rawHeader('pax', 512, 'x')
    const tar = Buffer.concat([header, Buffer.alloc(512, '7 path'), tarOf(members)])
    await expectUserError(pack(tar), folder, /damaged pax header/)
  })

  test('an archive that is truncated at any byte', async () => {
    const random = seeded(3)
    const archives = [
      dockerArchive(image),
      dockerArchive(image, { encode: tar => gzipSync(tar), manifest: 'first' }),
    ]
    const wrapped = archives.flatMap(bytes => [bytes.subarray(0, -1023), gzipSync(bytes), zstdStored(bytes)])
    for (const whole of wrapped) {
      for (let n = 0; n < 12; n++)
        await expectUserError(pack(whole.subarray(0, below(random, whole.length))), folder, /./)
    }
  })

  test('a change of any byte, or returns the same image', async () => {
    const random = seeded(4)
    const archives = [dockerArchive(image), dockerArchive(image, { encode: tar => gzipSync(tar) })]
    let rejected = 0
    for (const whole of archives.flatMap(bytes => [bytes, gzipSync(bytes), zstdStored(bytes)])) {
      for (let n = 0; n < 12; n++) {
        const bytes = Buffer.from(whole)
        const at = below(random, bytes.length)
        bytes[at] = (bytes[at] as number) ^ (1 << below(random, 8))
        const packedImage = await pack(bytes).catch(error =>
          expectUserError(Promise.reject(error), folder, /./),
        )
        if (packedImage instanceof Error) rejected++
        else await expectImage(packedImage, image)
        for (const name of await listFolder(folder.layers)) expect(name).toMatch(/^[0-9a-f]{64}$/)
        await rm(folder.layers, { recursive: true, force: true })
      }
    }
    expect(rejected).toBeGreaterThan(50)
  })
})
