import { chmodSync, mkdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { gunzipSync, gzipSync } from 'node:zlib'
import { beforeEach, describe, expect, test } from '@jest/globals'
import { openSource } from '../../../src/image/source.js'
import { parseDescription } from '../../../src/image/store/description-file.js'
import { GoPatterns } from '../../../src/image/store/go-pattern.js'
import { NIX2CONTAINER_IMAGE } from '../../../src/image/store/nix2container.js'
import { listTreeMembers } from '../../../src/image/store/nix2container-tree.js'
import type { StoreImage } from '../../../src/image/store/store-image.js'
import { digestOf } from '../../../src/oci/digest.js'
import { UserError } from '../../../src/util/error.js'
import { tarOf, zstdStored } from '../../support/images.js'
import { readSource } from '../../support/store-trees.js'
import { bytesOf, packPath, useFolder } from '../fixture.js'

const folder = useFolder()

const pathOf = (letter: string, name = letter): string => `/nix/store/${letter.repeat(32)}-${name}`
const A = pathOf('a')
const B = pathOf('b')
const DESCRIPTION = pathOf('d', 'image.json')
const DIFF_ID = `sha256:${'1'.repeat(64)}`

/** The path on this machine. */
const at = (path: string): string => join(folder.path, path)

function add(path: string, content = '', mode = 0o444): void {
  mkdirSync(dirname(at(path)), { recursive: true })
  // Only root could write to the read-only file of an earlier call.
  rmSync(at(path), { force: true })
  writeFileSync(at(path), content)
  chmodSync(at(path), mode)
}

beforeEach(() => {
  add(`${A}/bin/a`, 'program', 0o555)
  add(`${A}/share/f`, 'text')
  add(`${B}/bin/b`, 'other', 0o555)
})

type Fields = Readonly<Record<string, unknown>>

const layerWith = (fields: Fields): Fields => ({ digest: DIFF_ID, size: 0, diff_ids: DIFF_ID, ...fields })

function describeImage(fields: Fields): string {
  const defaults = {
    version: 1,
    'image-config': {},
    layers: [layerWith({ paths: [{ path: A }] })],
    arch: 'amd64',
  }
  writeFileSync(at(DESCRIPTION), JSON.stringify({ ...defaults, ...fields }))
  return at(DESCRIPTION)
}

const withPaths = (...paths: readonly unknown[]): Fields => ({ layers: [layerWith({ paths })] })

function readImage(path: string): Promise<StoreImage> {
  return parseDescription(readFileSync(path), path, NIX2CONTAINER_IMAGE)
}

async function failureOf(fields: Fields): Promise<UserError> {
  const error = await readImage(describeImage(fields)).catch(each => each)
  if (!(error instanceof UserError)) throw new Error(`not a UserError: ${error}`)
  return error
}

describe('refuses a description that is not an image', () => {
  const perms = (rule: Fields): Fields =>
    withPaths({ path: A, options: { perms: [{ regex: '.*', ...rule }] } })
  test.each<[string, Fields, RegExp]>([
    ['another version', { version: 2 }, /it has the version 2, and only version 1 is supported/],
    ['no version', { version: undefined }, /it has the version undefined/],
    ['the result of pullImage', { arch: '' }, /it has no architecture, as the result of `pullImage`/],
    ['no layers', { layers: null }, /the image of nix2container has no layers/],
    ['an empty list of layers', { layers: [] }, /the image of nix2container has no layers/],
    ['another architecture', { arch: 7 }, /arch is not a string but 7/],
    ['another type of layers', { layers: {} }, /layers is not a list but \{\}/],
    ['another type of layer', { layers: ['x'] }, /layers\[0\] is not an object but "x"/],
    ['another config', { 'image-config': [] }, /image-config is not an object but \[\]/],
    ['another time', { created: 0 }, /created is not a string but 0/],
    ['no diff_id', { layers: [{}] }, /layers\[0\]\.diff_ids is not a string but nothing/],
    [
      'a wrong diff_id',
      { layers: [{ diff_ids: 'x' }] },
      /layers\[0\]\.diff_ids is not a sha256 digest but "x"/,
    ],
    ['another history', { layers: [layerWith({ History: [] })] }, /layers\[0\]\.History is not an object/],
    ['another type of path', withPaths(A), /layers\[0\]\.paths\[0\] is not an object/],
    ['a mode that is not octal', perms({ mode: 'rwx' }), /perms\[0\]\.mode is not octal digits .* but "rwx"/],
    ['a mode that no tar can store', perms({ mode: '10000000' }), /perms\[0\]\.mode is not octal digits/],
    [
      'a user that is not a number',
      perms({ uid: 'root' }),
      /perms\[0\]\.uid is not a whole number but "root"/,
    ],
    [
      'a group that is not a whole number',
      perms({ gid: 0.5 }),
      /perms\[0\]\.gid is not a whole number but 0.5/,
    ],
  ])('%s', async (_, fields, words) => {
    const error = await failureOf(fields)
    expect(error.message).toMatch(words)
    expect(error.message).toContain(at(DESCRIPTION))
    expect(error.hint).toMatch(/nix2container/)
  })

  test('a pattern that Go refuses is named, with its path', async () => {
    const { message } = await failureOf(
      withPaths({ path: A, options: { rewrite: { regex: '(?=x)', repl: '' } } }),
    )
    expect(message).toMatch(new RegExp(`${A}: the regular expression "\\(\\?=x\\)" is invalid for Go`))
    expect(
      (await failureOf(withPaths({ path: B, options: { perms: [{ regex: 'a{1001}' }] } }))).message,
    ).toContain(B)
  })
})

describe('refuses files that are not in the store', () => {
  test.each(['/etc/passwd', '/nix/store', '/nix/store/..', `${A}/..`, '/nix/store/x', `${A}/../../../etc`])(
    '%s',
    async path => {
      expect((await failureOf(withPaths({ path }))).message).toContain(
        `${JSON.stringify(path)}, which is not in`,
      )
      const layers = [layerWith({ 'layer-path': path })]
      expect((await failureOf({ layers })).message).toContain(`${JSON.stringify(path)}, which is not in`)
    },
  )

  test('also in a description that is not in a store, except for files in its own folder', async () => {
    const write = (path: string): void =>
      add('/elsewhere/image.json', readFileSync(describeImage(withPaths({ path })), 'utf8'))
    write('/etc')
    await expect(readImage(at('/elsewhere/image.json'))).rejects.toThrow(
      'it names "/etc", which is neither in the Nix store nor in the folder of the description',
    )
    write(at('/elsewhere'))
    const { layers } = await readImage(at('/elsewhere/image.json'))
    expect(layers).toMatchObject([{ kind: 'paths', paths: [at('/elsewhere')] }])
  })

  test('a relative path', async () => {
    expect((await failureOf(withPaths({ path: 'nix' }))).message).toContain(
      'is not an absolute path but "nix"',
    )
  })

  test('a path through a link', async () => {
    symlinkSync('/etc', at(`${A}/etc`))
    expect((await failureOf(withPaths({ path: `${A}/etc/passwd` }))).message).toContain(
      `is behind a link to a file outside of ${A}`,
    )
    const layers = [layerWith({ 'layer-path': `${A}/etc/passwd` })]
    expect((await failureOf({ layers })).message).toContain('is not in the Nix store')
  })

  test('a link to another file is packed as a link', async () => {
    symlinkSync('/etc/passwd', at(pathOf('c')))
    expect(await listMembers(withPaths({ path: pathOf('c') }))).toContain(`${pathOf('c')} -> /etc/passwd`)
  })
})

test('a description is found by its keys', async () => {
  const source = { kind: 'description', path: at(DESCRIPTION) }
  expect(await openSource(describeImage({}))).toMatchObject(source)
  expect(await openSource(describeImage({ layers: null }))).toMatchObject(source)
})

describe('the config', () => {
  const textOf = async (text: string): Promise<string> => {
    add(DESCRIPTION, text, 0o644)
    const image = await readImage(at(DESCRIPTION))
    return image.encodeConfig(image.layers.map(({ diffId }) => diffId as never)).toString()
  }
  const layer = `{"diff_ids":"${DIFF_ID}"}`
  const rootfs = `"rootfs":{"type":"layers","diff_ids":["${DIFF_ID}"]}`

  test.each([
    ['no time, config and history', `{"version":1,"layers":[${layer}],"arch":"arm64"}`],
    [
      'null for all of them',
      `{"version":1,"image-config":null,"created":null,"layers":[{"diff_ids":"${DIFF_ID}","History":null,"paths":null}],"arch":"arm64"}`,
    ],
  ])('has the default values for %s', async (_, text) => {
    expect(await textOf(text)).toBe(
      `{"architecture":"arm64","os":"linux","config":{},${rootfs},"history":[{}]}`,
    )
  })

  test('keeps escapes, numbers and the order of keys, and has no white space outside of strings', async () => {
    const config =
      '{ "Labels" : {\n\t"10": "\\u003ca\\\\ \\" b\\u003e", "9": "é\\u2028" },\r\n "ArgsEscaped": true }'
    const text = `{"arch":"amd64", "image-config": ${config}, "created": "0001-01-01T00:00:00Z", "version": 1, "layers": [ ${layer} ] }`
    expect(await textOf(text)).toBe(
      '{"created":"0001-01-01T00:00:00Z","architecture":"amd64","os":"linux",' +
        '"config":{"Labels":{"10":"\\u003ca\\\\ \\" b\\u003e","9":"é\\u2028"},"ArgsEscaped":true},' +
        `${rootfs},"history":[{}]}`,
    )
  })
})

test.each([
  ['plain', (tar: Buffer) => tar],
  ['gzip', (tar: Buffer) => gzipSync(tar)],
  ['zstd', (tar: Buffer) => zstdStored(tar)],
])('a layer that is a file is used, whatever its paths and its type are: %s', async (_, encode) => {
  const tar = tarOf([{ name: 'a', body: Buffer.from('content') }])
  const file = `${pathOf('c', 'layers')}/${'1'.repeat(64)}.tar`
  mkdirSync(dirname(at(file)), { recursive: true })
  writeFileSync(at(file), encode(tar))
  const layer = {
    'layer-path': file,
    paths: [{ path: '/wrong', options: { rewrite: { regex: '(' } } }],
    mediatype: 'application/vnd.oci.image.layer.v1.tar+gzip',
    diff_ids: digestOf(tar),
  }
  const path = describeImage({ layers: [layerWith(layer)] })
  const { layers } = await readImage(path)
  expect(layers).toEqual([{ kind: 'file', path: at(file), diffId: digestOf(tar) }])
  const [packed] = (await packPath(path, folder.layers)).layers
  expect(packed && gunzipSync(await bytesOf(packed.open()))).toEqual(tar)
})

test('a layer that does not have its diff_id is an error', async () => {
  await expect(packPath(describeImage({}), folder.layers)).rejects.toThrow(
    /image\.json: layer 1 of 1 should have the diff_id sha256:1{64} but has sha256:\w{64}\. It is made from \/nix\/store\/a/,
  )
})

/** The members of the only layer. All have short names of ASCII. */
async function readMembers(fields: Fields): Promise<Buffer> {
  const [layer] = (await readImage(describeImage(fields))).layers
  if (layer?.kind !== 'paths') throw new Error('the layer is not made of paths')
  return readSource(layer.open())
}

/** A line for each member: its name, with its content or its target. */
async function listMembers(fields: Fields): Promise<string[]> {
  return parseTar(await readMembers(fields)).map(({ name, content }) => name + content)
}

/** A line for each member: its name, permissions and owners. */
async function listOwners(fields: Fields): Promise<string[]> {
  return parseTar(await readMembers(fields)).map(({ name, owners }) => `${name} ${owners}`)
}

function parseTar(tar: Buffer): { name: string; content: string; owners: string }[] {
  const members = []
  for (let at = 0; tar[at] !== 0; ) {
    const text = (offset: number, length: number): string =>
      tar.toString('latin1', at + offset, at + offset + length).split('\0')[0] ?? ''
    const octal = (offset: number, length: number): number => Number.parseInt(text(offset, length), 8)
    const [size, type] = [octal(124, 12), text(156, 1)]
    const body = tar.toString('latin1', at + 512, at + 512 + size)
    members.push({
      name: text(0, 100),
      content: type === '5' ? '' : type === '2' ? ` -> ${text(157, 100)}` : ` = ${body}`,
      owners: `${octal(100, 8).toString(8)} ${octal(108, 8)}:${octal(116, 8)} ${text(265, 32)}:${text(297, 32)}`,
    })
    at += 512 + Math.ceil(size / 512) * 512
  }
  return members
}

const moved = (path: string, repl: string): Fields => ({
  path,
  options: { rewrite: { regex: `^${path}`, repl } },
})

describe('the tree of a layer', () => {
  test('folders above the store paths are added, and each folder comes before its content', async () => {
    expect(await listMembers(withPaths({ path: B }, { path: A }))).toEqual([
      '/',
      '/nix',
      '/nix/store',
      A,
      `${A}/bin`,
      `${A}/bin/a = program`,
      `${A}/share`,
      `${A}/share/f = text`,
      B,
      `${B}/bin`,
      `${B}/bin/b = other`,
    ])
  })

  test('paths that are moved to the root are merged, and are not members themselves', async () => {
    const expected = ['/', '/bin', '/bin/a = program', '/bin/b = other', '/share', '/share/f = text']
    expect(await listMembers(withPaths(moved(A, ''), moved(B, '')))).toEqual(expected)
    // The same by patterns that have to be matched.
    const general = (path: string): Fields => ({
      path,
      options: { rewrite: { regex: `^(${path})`, repl: '' } },
    })
    expect(await listMembers(withPaths(general(B), general(A)))).toEqual(expected)
    expect(await listMembers(withPaths(general(B), moved(A, '')))).toEqual(expected)
  })

  test('a path that is moved to the root and has no files adds nothing', async () => {
    mkdirSync(at(pathOf('c')))
    expect(await listMembers(withPaths(moved(pathOf('c'), '')))).toEqual([])
    expect(await listMembers(withPaths({ path: pathOf('c') }))).toEqual([
      '/',
      '/nix',
      '/nix/store',
      pathOf('c'),
    ])
  })

  test.each([
    ['/opt', ['/', '/opt', '/opt/bin', '/opt/bin/b = other']],
    ['/opt//x/../', ['/', '/opt', '/opt/bin', '/opt/bin/b = other']],
    ['/', ['/', '/bin', '/bin/b = other']],
    ['opt/x', ['opt', 'opt/x', 'opt/x/bin', 'opt/x/bin/b = other']],
    ['.', ['.', 'bin', 'bin/b = other']],
    ['..', ['..', '../bin', '../bin/b = other']],
    ['$$', ['$', '$/bin', '$/bin/b = other']],
    ['/x$0', ['/', '/x', '/x/nix', '/x/nix/store', `/x${B}`, `/x${B}/bin`, `/x${B}/bin/b = other`]],
  ])('a path is moved to %s', async (repl, expected) => {
    expect(await listMembers(withPaths(moved(B, repl)))).toEqual(expected)
  })

  test('the names of each folder are in the order of their bytes', async () => {
    const names = ['a-b', 'a.b', 'a', 'B', '\u{1f600}', '\uffff', 'é']
    for (const name of names) add(`${pathOf('c')}/${name}/x`)
    const listed = await readMembers(withPaths(moved(pathOf('c'), '')))
    // Names that are not ASCII are in extended headers, whose order is the same.
    const positions = new Map(names.map(name => [listed.indexOf(`/${name}`), name]))
    const sorted = [...positions.keys()].sort((a, b) => a - b).map(position => positions.get(position))
    expect(sorted).toEqual(['B', 'a', 'a-b', 'a.b', 'é', '\uffff', '\u{1f600}'])
  })

  test('the pattern of a path is not quoted: a plus sign does not match itself', async () => {
    const path = pathOf('c', 'gtk+3')
    add(`${path}/x`)
    expect(await listMembers(withPaths(moved(path, '')))).toEqual([
      '/',
      '/nix',
      '/nix/store',
      path,
      `${path}/x = `,
    ])
    const quoted = { regex: `^${path.replace('+', '\\+')}`, repl: '' }
    expect(await listMembers(withPaths({ path, options: { rewrite: quoted } }))).toEqual(['/', '/x = '])
  })

  test('a suffix that Nix adds on file systems without case is removed', async () => {
    add(`${pathOf('c')}/x~nix~case~hack~1/Y~nix~case~hack~2`)
    const rewrite = { regex: '/x/', replacement: '/z/' }
    const list = (hasCaseHack: boolean, path: object): number =>
      [
        ...listTreeMembers([{ path: pathOf('c'), perms: [], ...path }], {
          storeRoot: folder.path,
          patterns,
          hasCaseHack,
        }),
      ]
        .map(({ header }) => header.toString('latin1', 0, 100).replace(/\0.*/, ''))
        .filter(name => name.endsWith('/x/Y')).length
    const patterns = new GoPatterns()
    expect([list(true, {}), list(false, {})]).toEqual([1, 0])
    expect(() => list(true, { rewrite })).toThrow('is not compiled')
  })
})

test.each([`^${A}`, '^(/)'])('a name that is too long for Linux is refused: %s', async regex => {
  const rewrite = { regex, repl: '/x'.repeat(2100) }
  await expect(listMembers(withPaths({ path: A, options: { rewrite } }))).rejects.toThrow(
    /a file gets a name of 42\d\d bytes, and Linux permits 4095/,
  )
})

test('the names that patterns make are limited', async () => {
  const rewrite = { regex: '/(f|a)$', replacement: '/x/x/x/x/x/$1' }
  const patterns = new GoPatterns()
  await patterns.add(rewrite.regex)
  const list = (maxPlaces: number) => [
    ...listTreeMembers([{ path: A, perms: [], rewrite }], { storeRoot: folder.path, patterns, maxPlaces }),
  ]
  // The root, nix, store, A, bin, share, and twice five folders and a file.
  expect(list(18).filter(({ header }) => header.length > 0)).toHaveLength(18)
  expect(() => list(17)).toThrow('regular expressions move more than 17 files and folders')
})

test('the number of files that get one name is limited', () => {
  const list = (count: number) => [
    ...listTreeMembers(
      Array.from({ length: count }, () => ({ path: `${A}/share/f`, perms: [] })),
      { storeRoot: folder.path, patterns: new GoPatterns() },
    ),
  ]
  expect(list(3).at(-1)?.file?.path).toBe(`${A}/share/f`)
  expect(() => list(10_001)).toThrow(
    `more than 10000 files get one name in a layer, for example ${A}/share/f`,
  )
})

test('the regular expressions of all layers together are limited', async () => {
  const perms = (letter: string): Fields =>
    layerWith({ paths: [{ path: A, options: { perms: [{ regex: `${letter}{1000}`.repeat(260) }] } }] })
  const { message } = await failureOf({ layers: [perms('a'), perms('b')] })
  expect(message).toContain(`${A}: the regular expressions need too much memory, with "b{1000}`)
  expect((await readImage(describeImage({ layers: [perms('a'), perms('a')] }))).layers).toHaveLength(2)
})

describe('two files with the same name', () => {
  const general = (path: string): Fields => ({
    path,
    options: { rewrite: { regex: `^(${path})`, repl: '' } },
  })

  test('the later one is used', async () => {
    add(`${B}/share/f`, 'TEXT')
    const contentOf = async (...paths: readonly Fields[]): Promise<string | undefined> =>
      (await listMembers(withPaths(...paths))).find(line => line.startsWith('/share/f'))
    for (const [first, second] of [
      [moved, moved],
      [general, general],
      [general, moved],
      [moved, general],
    ] as const) {
      expect(await contentOf(first(A, ''), second(B, ''))).toBe('/share/f = TEXT')
      expect(await contentOf(first(B, ''), second(A, ''))).toBe('/share/f = text')
    }
  })

  test.each<[string, () => void, RegExp]>([
    ['another size', () => add(`${B}/share/f`, 'longer text'), /different sizes/],
    ['another mode', () => add(`${B}/share/f`, 'TEXT', 0o555), /different permissions/],
    ['another kind', () => add(`${B}/share/f/x`), /different kinds/],
  ])('must not have %s', async (_, change, words) => {
    change()
    const message = `two files get the name /share/f in one layer`
    await expect(listMembers(withPaths(moved(A, ''), moved(B, '')))).rejects.toThrow(words)
    await expect(listMembers(withPaths(general(A), moved(B, '')))).rejects.toThrow(message)
    await expect(listMembers(withPaths(general(A), moved(B, '')))).rejects.toThrow(
      `${A}/share/f and ${B}/share/f`,
    )
  })

  test('must not have other perms', async () => {
    const paths = [A, B].map((path, n) => ({
      path,
      options: {
        rewrite: { regex: `^${path}`, repl: '' },
        perms: [{ regex: 'x', mode: '', uid: n, gid: 0 }],
      },
    }))
    await expect(listMembers(withPaths(...paths))).rejects.toThrow(
      'the name /bin in one layer, and have different perms',
    )
  })
})

describe('owners and permissions', () => {
  const withPerms = (...perms: readonly Fields[]): Fields =>
    withPaths({ path: A, options: { rewrite: { regex: `^${A}`, repl: '/opt' }, perms } })

  test('are of root, without rules', async () => {
    chmodSync(at(`${A}/bin/a`), 0o4555)
    symlinkSync('a', at(`${A}/bin/link`))
    const lines = await listOwners(withPaths(moved(A, '/opt')))
    expect(lines.filter(line => !/^\/\S* (755|444|777|4555) 0:0 root:root$/.test(line))).toEqual([])
    expect(lines).toContain('/opt/bin/a 4555 0:0 root:root')
    expect(lines).toContain('/opt/bin/link 777 0:0 root:root')
  })

  test('a rule is for the path in the store, not for folders that are added', async () => {
    const rule = { regex: '/nix/store', mode: '0700', uid: 1, gid: 2, uname: 'u', gname: 'g' }
    expect(await listOwners(withPerms(rule))).toEqual([
      '/ 755 0:0 root:root',
      '/opt 700 1:2 u:g',
      '/opt/bin 700 1:2 u:g',
      '/opt/bin/a 700 1:2 u:g',
      '/opt/share 700 1:2 u:g',
      '/opt/share/f 700 1:2 u:g',
    ])
    expect(await listOwners(withPerms({ ...rule, regex: '/opt' }))).toEqual(await listOwners(withPerms()))
  })

  test('the later rule wins, and keeps the names and the mode if it has none', async () => {
    const first = { regex: '.*', mode: '600', uid: 1, gid: 2, uname: 'u', gname: 'g' }
    const second = { regex: 'bin/a$', mode: '', uid: 7, gid: 0, uname: '', gname: 'h' }
    const lines = await listOwners(withPerms(first, second))
    expect(lines.filter(line => line.includes('bin'))).toEqual([
      '/opt/bin 600 1:2 u:g',
      '/opt/bin/a 600 7:0 u:h',
    ])
    expect(await listOwners(withPerms(second, first))).toContain('/opt/bin/a 600 1:2 u:g')
  })

  test('missing fields are 0 or empty', async () => {
    expect(await listOwners(withPerms({ regex: 'bin/a' }))).toContain('/opt/bin/a 555 0:0 root:root')
  })
})

test('the key of a layer depends on its paths, patterns and rules', async () => {
  const rulesOf = async (...paths: readonly Fields[]): Promise<string> => {
    const [layer] = (await readImage(describeImage(withPaths(...paths)))).layers
    return layer?.kind === 'paths' ? JSON.stringify([layer.paths, layer.rules]) : ''
  }
  const perms = (rule: Fields): Fields => ({ path: A, options: { perms: [{ regex: '.*', ...rule }] } })
  const all = [
    [{ path: A }],
    [{ path: B }],
    [{ path: A }, { path: B }],
    [{ path: B }, { path: A }],
    [moved(A, '')],
    [moved(A, '/opt')],
    [perms({})],
    ...['mode', 'uname', 'gname'].map(key => [perms({ [key]: '700' })]),
    ...['uid', 'gid'].map(key => [perms({ [key]: 1 })]),
  ]
  const rules: string[] = []
  for (const paths of all) rules.push(await rulesOf(...paths))
  expect(new Set(rules).size).toBe(all.length)
  expect(await rulesOf({ path: A })).toBe(rules[0])
})

test('a store path that is missing is named', async () => {
  await expect(listMembers(withPaths({ path: pathOf('c') }))).rejects.toThrow(pathOf('c'))
})
