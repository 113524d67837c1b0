import { createHash } from 'node:crypto'
import { linkSync, mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { below, type Random, seeded, tarOf } from '../../__tests__/support/images.js'
import type { BaseImage, StoreLayer } from '../../src/image/store/store-image.js'
import { parseStreamConf } from '../../src/image/store/stream-conf.js'
import { type Digest, digestOf, Hasher } from '../../src/oci/digest.js'

/** A description of a streamed image, and the store that it refers to. */
export interface RandomStream {
  /** Its path on this machine. */
  readonly conf: string
  /** The folder that contains `nix/store`. */
  readonly root: string
  readonly base: RandomBase | undefined
}

interface RandomBase extends BaseImage {
  readonly path: string
  readonly diffIds: readonly Digest[]
}

/** Returns the config of the image as this program writes it, with the digests of the layers as it makes them. */
export async function encodeRandomStream({ conf, root, base }: RandomStream): Promise<Buffer> {
  const image = await parseStreamConf(readFileSync(conf), conf, { storeRoot: root })
  const diffIds = await Promise.all(image.layers.map(digestOfLayer))
  return image.encodeConfig([...(base?.diffIds ?? []), ...diffIds], base)
}

async function digestOfLayer(layer: StoreLayer): Promise<Digest> {
  const hasher = new Hasher()
  if (layer.kind === 'file') return hasher.update(readFileSync(layer.path)).digest()
  const source = layer.open()
  for await (const chunk of source.readRest()) hasher.update(chunk)
  await source.close()
  return hasher.digest()
}

/** Creates a store with odd names, links, modes and sizes in the folder, and a description of an image. The same for each seed. */
export function createRandomStream(folder: string, seed: number): RandomStream {
  const random = seeded(seed)
  const root = folder
  mkdirSync(join(root, 'nix/store'), { recursive: true })
  const storeLayers = listOf(random, 4, () => listOf(random, 3, () => createStorePath(random, root)))
  const base = random() < 0.5 ? createBase(random, root) : undefined
  const fields = {
    architecture: 'amd64',
    config: randomConfig(random),
    os: 'linux',
    store_dir: '/nix/store',
    from_image: base?.path ?? null,
    store_layers: storeLayers,
    customisation_layer: createCustomisationLayer(random, root),
    repo_tag: `image-${seed}:1.0`,
    created: pick(random, TIMES),
    ...(random() < 0.8 && { mtime: pick(random, TIMES) }),
    uid: pick(random, IDS),
    gid: pick(random, IDS),
    uname: pick(random, OWNERS),
    gname: pick(random, OWNERS),
  }
  const conf = join(root, 'conf.json')
  // A key that Python reads twice: its last value counts, at its first place.
  const text = JSON.stringify(fields, undefined, pick(random, [0, 2, 4]))
  writeFileSync(
    conf,
    text.replace('"@numbers"', pick(random, NUMBERS)).replace('"@twice":', '"a":1,"10":2,"9":3,"a":'),
  )
  return { conf, root, base }
}

const TIMES = [
  '1970-01-01T00:00:01+00:00',
  '2024-02-29T23:59:59+00:00',
  '2023-12-31T23:30:00-05:30',
  '1969-12-31T23:59:58+00:00',
  '2300-01-01T00:00:00.500000+14:00',
  '0001-01-02T00:00:00+00:00',
  '9999-12-31T00:00:00+00:00',
]
const IDS = ['0', '1000', '2097151', '2097152', '4294967294']
const OWNERS = ['root', '', 'ü', 'a'.repeat(32), 'a'.repeat(33), 'with space']
const NUMBERS = ['[1, -0, 1.0, 1e5]', '[1e16, 1e-5, 0.0001, 123456789012345678901234567890]', '-0.0']

function listOf<T>(random: Random, most: number, make: () => T): T[] {
  return Array.from({ length: below(random, most + 1) }, make)
}

function pick<T>(random: Random, values: readonly T[]): T {
  return values[below(random, values.length)] as T
}

function hashOf(random: Random): string {
  const hex = createHash('sha256').update(String(random())).digest('hex')
  return hex.slice(0, 32).replaceAll('e', 'z')
}

function createStorePath(random: Random, root: string): string {
  const path = `/nix/store/${hashOf(random)}-${pick(random, ['a', 'hello-1.0', 'x+y_z?q=1', 'n'.repeat(120)])}`
  const place = Buffer.from(root + path)
  const kind = random()
  if (kind < 0.1) symlinkSync(pick(random, LINKS), place)
  else if (kind < 0.2) writeFileSync(place, bytesOf(random), { mode: 0o444 })
  else createFolder(random, place, 3)
  return path
}

const LINKS = ['/nix/store/other', 'x'.repeat(100), 'y'.repeat(101), 'é', Buffer.from([0x61, 0xff]), '.']

/** Names that sort differently by bytes, by code points and by code units, and names with a meaning for shells and patterns. */
const NAMES = [
  'a',
  'b',
  'a-b',
  'a.b',
  'A',
  '.hidden',
  '..x',
  '-',
  '*',
  '[a]',
  'new\nline',
  'back\\slash',
  'quo"te\'s',
  ' ',
  '~',
  'é',
  'e\u0301',
  '\ue000',
  '\uffff',
  '𝒳',
  Buffer.from([0xff]),
  Buffer.from([0x80, 0x61]),
  Buffer.from([0xc3]),
  Buffer.from([0xed, 0xa0, 0x80]),
  Buffer.from([0xf4, 0x90, 0x80, 0x80]),
  Buffer.from([0xc3, 0xa9, 0xff]),
  'l'.repeat(60),
  'm'.repeat(255),
  'é'.repeat(50),
]

function createFolder(random: Random, place: Buffer, depth: number): void {
  mkdirSync(place)
  const files: Buffer[] = []
  for (const name of new Set(listOf(random, 12, () => pick(random, NAMES)))) {
    const path = Buffer.concat([place, Buffer.from('/'), Buffer.from(name)])
    const kind = random()
    if (kind < 0.3 && depth > 0) createFolder(random, path, depth - 1)
    else if (kind < 0.4) symlinkSync(pick(random, LINKS), path)
    else if (kind < 0.5 && files.length > 0) linkSync(pick(random, files), path)
    else {
      writeFileSync(path, bytesOf(random), { mode: pick(random, [0o444, 0o555, 0o644, 0o400]) })
      files.push(path)
    }
  }
}

function bytesOf(random: Random): Buffer {
  const size = pick(random, [0, 1, 511, 512, 513, 10240, 300_000])
  return Buffer.alloc(size, hashOf(random))
}

function createCustomisationLayer(random: Random, root: string): string {
  const path = `/nix/store/${hashOf(random)}-customisation-layer`
  const tar = tarOf([{ name: './etc/passwd', body: bytesOf(random) }])
  mkdirSync(root + path)
  writeFileSync(`${root}${path}/layer.tar`, tar)
  writeFileSync(`${root}${path}/checksum`, `${sha256(tar)}\n`)
  return path
}

function createBase(random: Random, root: string): RandomBase {
  const layers = listOf(random, 3, () => tarOf([{ name: './base', body: bytesOf(random) }]))
  const Env = pick(random, [undefined, [], ['A=1'], ['PATH=/bin', 'B=2', 'NAME', 'PATH=/x', 'A==x=']])
  const diffIds = layers.map(digestOf)
  const rootfs = { type: 'layers', diff_ids: diffIds }
  const config = JSON.stringify({
    architecture: 'amd64',
    os: 'linux',
    config: Env && { Env },
    rootfs,
    ...(!Env && { config: {} }),
  })
  const names = layers.map((layer, n) => `${sha256(layer).slice(0, 20)}${n}/layer.tar`)
  const manifest = [{ Config: 'config.json', RepoTags: ['base:1'], Layers: names }]
  const tar = tarOf([
    { name: 'config.json', body: Buffer.from(config) },
    ...layers.map((body, n) => ({ name: names[n] as string, body })),
    { name: 'manifest.json', body: Buffer.from(JSON.stringify(manifest)) },
  ])
  const path = `/nix/store/${hashOf(random)}-base.tar`
  writeFileSync(root + path, random() < 0.5 ? tar : gzipSync(tar))
  return { path, diffIds, layerNames: names, config: Buffer.from(config) }
}

function randomConfig(random: Random): object {
  return {
    Cmd: ['/bin/sh'],
    ...(random() < 0.7 && { Env: pick(random, [[], ['A=2', 'C=é\u007f\u2028'], ['A=2', 'A=3', 'PATH=/y']]) }),
    ExposedPorts: { '80/tcp': {} },
    Labels: { '10': 'ten', '9': 'nine', b: 'quote " back \\ tab \t bell \u0007 𝒳 \ud83d', a: '' },
    Numbers: '@numbers',
    '@twice': true,
    Volumes: {},
    Other: [null, false, [], [[]]],
  }
}

function sha256(bytes: Buffer): string {
  return createHash('sha256').update(bytes).digest('hex')
}
