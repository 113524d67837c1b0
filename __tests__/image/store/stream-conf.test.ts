import { createHash } from 'node:crypto'
import { linkSync, mkdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { beforeEach, describe, expect, test } from '@jest/globals'
import { openSource } from '../../../src/image/source.js'
import type { StoreImage, StoreLayer } from '../../../src/image/store/store-image.js'
import { parseStreamConf, type StreamConfOptions } from '../../../src/image/store/stream-conf.js'
import { type Digest, digestOf } from '../../../src/oci/digest.js'
import { tarOf } from '../../support/images.js'
import { useFolder } from '../fixture.js'

const HELLO = `/nix/store/${'0'.repeat(32)}-hello`
const LINK = `/nix/store/${'1'.repeat(32)}-link`
const LAYER = `/nix/store/${'2'.repeat(32)}-customisation-layer`
const BASE = `/nix/store/${'3'.repeat(32)}-base.tar`

const CUSTOMISATION = tarOf([{ name: './a', body: Buffer.from('a') }])

const FIELDS = {
  architecture: 'amd64',
  config: { Cmd: ['/bin/hello'], Env: ['B=2', 'A=3', 'A=4'] },
  os: 'linux',
  store_dir: '/nix/store',
  from_image: null as string | null,
  store_layers: [[HELLO, LINK], []],
  customisation_layer: LAYER,
  repo_tag: 'hello:1.0',
  created: '2024-01-01T00:00:00+00:00',
  mtime: '1970-01-01T00:00:01+00:00',
  uid: '0',
  gid: '0',
  uname: 'root',
  gname: 'root',
}

const folder = useFolder()
let inRoot: (path: string) => string
beforeEach(() => {
  inRoot = path => join(folder.path, path)
  mkdirSync(inRoot('nix/store'), { recursive: true })
  mkdirSync(inRoot(`${HELLO}/bin`), { recursive: true })
  writeFileSync(inRoot(`${HELLO}/bin/hello`), 'hello', { mode: 0o755 })
  linkSync(inRoot(`${HELLO}/bin/hello`), inRoot(`${HELLO}/bin/again`))
  writeFileSync(inRoot(`${HELLO}/bin-1`), 'b', { mode: 0o644 })
  symlinkSync('/bin/hello', inRoot(LINK))
  mkdirSync(inRoot(LAYER))
  writeFileSync(inRoot(`${LAYER}/layer.tar`), CUSTOMISATION)
  writeFileSync(inRoot(`${LAYER}/checksum`), `${createHash('sha256').update(CUSTOMISATION).digest('hex')}\n`)
  writeFileSync(inRoot(BASE), tarOf([{ name: 'manifest.json' }]))
})

async function read(fields: object | string, options: StreamConfOptions = {}): Promise<StoreImage> {
  const text = typeof fields === 'string' ? fields : JSON.stringify(fields)
  return parseStreamConf(Buffer.from(text), 'conf.json', { storeRoot: folder.path, ...options })
}

async function tarOfLayer(layer: StoreLayer | undefined): Promise<Buffer> {
  if (layer?.kind !== 'paths') throw new Error('the layer is not made from store paths')
  const chunks: Buffer[] = []
  for await (const chunk of layer.open().readRest()) chunks.push(Buffer.from(chunk))
  return Buffer.concat(chunks)
}

function namesIn(tar: Buffer): string[] {
  const names: string[] = []
  for (let at = 0; tar[at] !== 0; ) {
    names.push(tar.toString('latin1', at, at + 100).replace(/\0.*/, ''))
    at += 512 * (1 + Math.ceil(Number.parseInt(tar.toString('latin1', at + 124, at + 135), 8) / 512))
  }
  return names
}

describe('the layers of a description', () => {
  test('begin with the folders of the store, and hard links are files', async () => {
    const { names, base, layers } = await read(FIELDS)
    expect({ names, base, kinds: layers.map(({ kind }) => kind) }).toEqual({
      names: ['hello:1.0'],
      kinds: ['paths', 'paths', 'file'],
    })
    const tar = await tarOfLayer(layers[0])
    expect(namesIn(tar)).toEqual([
      '/nix/',
      '/nix/store/',
      `${HELLO}/`,
      `${HELLO}/bin/`,
      `${HELLO}/bin/again`,
      `${HELLO}/bin/hello`,
      `${HELLO}/bin-1`,
      LINK,
    ])
    expect(tar.length % 10240).toBe(0)
    expect(tar.toString('latin1').match(/hello\0{507}/g)).toHaveLength(2)
    expect(namesIn(await tarOfLayer(layers[1]))).toEqual(['/nix/', '/nix/store/'])
  })

  test('have no suffixes that Nix adds on file systems without case, and the order without them', async () => {
    mkdirSync(inRoot(`${HELLO}/terminfo/n~nix~case~hack~1`), { recursive: true })
    writeFileSync(inRoot(`${HELLO}/terminfo/n~nix~case~hack~1/nano`), '')
    for (const name of ['N', 'n+']) writeFileSync(inRoot(`${HELLO}/terminfo/${name}`), '')
    const list = async (hasCaseHack: boolean): Promise<string[]> => {
      const image = await read(FIELDS, { hasCaseHack })
      return namesIn(await tarOfLayer(image.layers[0])).filter(name => name.includes('/terminfo/'))
    }
    const withoutSuffix = ['', 'N', 'n/', 'n/nano', 'n+'].map(name => `${HELLO}/terminfo/${name}`)
    expect(await list(true)).toEqual(withoutSuffix)
    expect(await list(false)).toContain(`${HELLO}/terminfo/n~nix~case~hack~1/nano`)
  })

  test('have other rules if the owners or the time are others', async () => {
    const rulesOf = async (fields: object): Promise<string> => {
      const [layer] = (await read(fields)).layers
      return layer?.kind === 'paths' ? layer.rules : ''
    }
    const all = [FIELDS, ...['uid', 'gid', 'uname', 'gname'].map(key => ({ ...FIELDS, [key]: '1' }))]
    const rules: string[] = []
    for (const fields of [...all, { ...FIELDS, mtime: FIELDS.created }]) rules.push(await rulesOf(fields))
    expect(new Set(rules).size).toBe(6)
    expect(await rulesOf({ ...FIELDS, created: '2025-01-01T00:00:00+00:00' })).toBe(rules[0])
  })

  test('have the time of the image in releases without `mtime`', async () => {
    const { mtime: _, ...fields } = FIELDS
    const tar = await tarOfLayer((await read(fields)).layers[0])
    expect(tar.toString('latin1', 136, 147)).toBe((1704067200).toString(8).padStart(11, '0'))
  })

  test('end with the customisation layer, with the digest beside it', async () => {
    const { layers } = await read(FIELDS)
    expect(layers.at(-1)).toEqual({
      kind: 'file',
      path: inRoot(`${LAYER}/layer.tar`),
      diffId: digestOf(CUSTOMISATION),
    })
  })
})

const DIFF_IDS = ['a', 'b', 'c', 'd'].map(digit => `sha256:${digit.repeat(64)}` as Digest)

describe('the config of a description', () => {
  test('has the text that the script writes', async () => {
    const image = await read({ ...FIELDS, config: { ...FIELDS.config, Labels: { '10': 'é', '9': '' } } })
    const text = image.encodeConfig(DIFF_IDS.slice(0, 3)).toString()
    expect(text).toBe(`{
    "created": "2024-01-01T00:00:00+00:00",
    "architecture": "amd64",
    "os": "linux",
    "config": {
        "Cmd": [
            "/bin/hello"
        ],
        "Env": [
            "B=2",
            "A=3",
            "A=4"
        ],
        "Labels": {
            "9": "",
            "10": "\\u00e9"
        }
    },
    "rootfs": {
        "diff_ids": [
            "${DIFF_IDS[0]}",
            "${DIFF_IDS[1]}",
            "${DIFF_IDS[2]}"
        ],
        "type": "layers"
    },
    "history": [
        {
            "created": "2024-01-01T00:00:00+00:00",
            "comment": "store paths: ['${HELLO}', '${LINK}']"
        },
        {
            "created": "2024-01-01T00:00:00+00:00",
            "comment": "store paths: []"
        },
        {
            "created": "2024-01-01T00:00:00+00:00",
            "comment": "store paths: ['${LAYER}']"
        }
    ]
}`)
  })

  test.each([
    [
      ['A=1', 'PATH=/bin'],
      ['A=4', 'PATH=/bin', 'B=2'],
    ],
    [
      ['NAME', 'X==y=', 'X=2'],
      ['NAME', 'X=2', 'B=2', 'A=4'],
    ],
    [[], ['B=2', 'A=4']],
    [null, ['B=2', 'A=4']],
    [undefined, ['B=2', 'A=4']],
  ])('adds its variables to those of its base: %j', async (Env, expected) => {
    const image = await read({ ...FIELDS, from_image: BASE })
    const base = { config: Buffer.from(JSON.stringify({ config: { Env } })), layerNames: ["it's/layer.tar"] }
    const config = JSON.parse(image.encodeConfig(DIFF_IDS, base).toString())
    expect(Object.entries(config.config)).toEqual([
      ['Cmd', ['/bin/hello']],
      ['Env', expected],
    ])
    expect(config.history[0].comment).toBe('store paths: ["it\'s/layer.tar"]')
  })

  test('has no Env if neither it nor its base has one', async () => {
    const image = await read({ ...FIELDS, config: {}, from_image: BASE })
    const base = { config: Buffer.from('{"config":{}}'), layerNames: ['a'] }
    expect(JSON.parse(image.encodeConfig(DIFF_IDS, base).toString()).config).toEqual({})
  })

  test('has the current time for `now`, once for all', async () => {
    const image = await read(
      { ...FIELDS, created: 'now', mtime: 'now' },
      { now: new Date('2024-01-02T03:04:05.678Z') },
    )
    const { created, history } = JSON.parse(image.encodeConfig(DIFF_IDS.slice(0, 3)).toString())
    const times = new Set([created, ...history.map((entry: { created: string }) => entry.created)])
    expect([...times]).toEqual(['2024-01-02T03:04:05.678000+00:00'])
    expect((await tarOfLayer(image.layers[1])).toString('latin1', 136, 147)).toBe((1704164645).toString(8))
  })
})

describe('a description that its script may understand in another way is refused', () => {
  const without = (key: string): object =>
    Object.fromEntries(Object.entries(FIELDS).filter(([k]) => k !== key))
  test.each<[string, object | string, string]>([
    ['text', 'text', 'it is not JSON at character 0'],
    ['a list', '[]', 'it is not an object'],
    ['an unknown key', { ...FIELDS, compression: 'zstd' }, 'it has the unknown key "compression"'],
    ['a variant', { ...FIELDS, variant: 'v7' }, 'it has a variant'],
    ['another store', { ...FIELDS, store_dir: '/gnu/store' }, 'store_dir is not /nix/store'],
    ['another system', { ...FIELDS, os: 'windows' }, 'os is not linux'],
    ['no layers', without('store_layers'), 'store_layers is not a list'],
    ['no base', without('from_image'), 'from_image is not in the store'],
    ['no owner', without('uid'), 'uid is not a number from 0'],
    ['a negative id', { ...FIELDS, gid: '-1' }, 'gid is not a number from 0'],
    ['an owner without UTF-8', { ...FIELDS, uname: '\ud800' }, 'uname is not a text'],
    ['a config that is a list', { ...FIELDS, config: [] }, 'config is not an object'],
    [
      'a time without an offset',
      { ...FIELDS, mtime: '2024-01-01T00:00:00' },
      'mtime is not a time with an offset',
    ],
    [
      'a path outside',
      { ...FIELDS, store_layers: [['/etc/shadow']] },
      'store_layers has a path that is not a store',
    ],
    [
      'a path that leads outside',
      { ...FIELDS, store_layers: [[`${HELLO}/../../x`]] },
      'store_layers has a path',
    ],
    ['a file as the layer', { ...FIELDS, customisation_layer: BASE }, 'customisation_layer is not a folder'],
    ['a base outside', { ...FIELDS, from_image: '/etc/shadow' }, 'from_image is not in the store'],
    [
      'a base that leads outside',
      { ...FIELDS, from_image: `${HELLO}/../../../etc/x` },
      'from_image is not in',
    ],
  ])('%s', async (_, fields, problem) => {
    await expect(read(fields)).rejects.toThrow(problem)
  })

  test.each([
    ['a base that is a link out of the store', BASE, 'from_image is a link to a file outside the store'],
    ['a layer that is a link', `${LAYER}/layer.tar`, 'customisation_layer has no layer.tar'],
    ['a checksum that is a link', `${LAYER}/checksum`, 'customisation_layer has no checksum'],
    ['a layer whose folder is a link', LAYER, 'customisation_layer is not a folder'],
  ])('%s', async (_, path, problem) => {
    const outside = await folder.write('outside', 'secret')
    rmSync(inRoot(path), { recursive: true })
    symlinkSync(outside, inRoot(path))
    await expect(read({ ...FIELDS, from_image: BASE })).rejects.toThrow(problem)
  })

  test('a base that only Python can read', async () => {
    writeFileSync(inRoot(BASE), Buffer.from('fd377a585a0000', 'hex'))
    await expect(read({ ...FIELDS, from_image: BASE })).rejects.toThrow(
      'neither a tar nor compressed with gzip',
    )
  })

  test('a checksum that is not a digest', async () => {
    writeFileSync(inRoot(`${LAYER}/checksum`), 'x'.repeat(64))
    await expect(read(FIELDS)).rejects.toThrow('the checksum of customisation_layer is not a SHA-256 digest')
  })
})

test('a description is detected by its content', async () => {
  const path = await folder.write('result', JSON.stringify(FIELDS))
  expect(await openSource(path)).toMatchObject({ kind: 'description' })
  const other = await folder.write('other', JSON.stringify({ store_layers: [] }))
  await expect(openSource(other)).rejects.toThrow('It is a JSON file')
})

test('a description in a store has the store of this machine', async () => {
  const path = `/nix/store/${'4'.repeat(32)}-hello-conf.json`
  writeFileSync(inRoot(path), JSON.stringify(FIELDS))
  const source = await openSource(inRoot(path))
  if (source.kind !== 'description') throw new Error('it is not a description')
  expect((await source.read()).layers.at(-1)).toMatchObject({ path: inRoot(`${LAYER}/layer.tar`) })
})
