import { checkConfigTypes } from '../oci/check-config.js'
import type { Digest } from '../oci/digest.js'
import { mapLimit } from '../util/async.js'
import { limitList } from '../util/text.js'
import { type Bytes, ContentHasher, readFileBytes, tapBytes } from './format/bytes.js'
import { decodeDetected } from './format/decompress.js'
import { checkLayerCount } from './format/limit-archive.js'
import {
  type ImageLayer,
  type ImageParts,
  type LayerFolder,
  MAX_PARALLEL_LAYERS,
  type PackedLayer,
  type PackPartsOptions,
  type PendingLayer,
} from './pack-layers.js'
import { LayerScanner } from './programs/scan-layer.js'
import { findInStore } from './store/described-path.js'
import { computeLayerKey, type LayerKey, storePathsOf } from './store/layer-key.js'
import type { BaseImage, FileLayer, StoreImage, StoreLayer } from './store/store-image.js'

/** What Nix and earlier images record about layers that are made from store paths. */
export interface StoreRecords {
  /**
   * Returns the store paths that a store path refers to, itself included, with the hashes that Nix recorded. Returns `undefined`
   * if Nix cannot be asked.
   */
  readClosure(path: string): Promise<ReadonlyMap<string, string> | undefined>
  /** Returns the diff_id that is recorded for a key. */
  findDiffId(key: LayerKey): Digest | undefined
  /** Records the diff_id of a layer that was packed. */
  addDiffId(key: LayerKey, diffId: Digest): void
  /** Returns the store paths whose content is not what Nix recorded. */
  findChangedPaths(paths: readonly string[]): Promise<readonly string[]>
}

export interface PackStoreOptions extends PackPartsOptions {
  /** The path of the description. */
  readonly path: string
  readonly folder: LayerFolder
  readonly records: StoreRecords
  /** Packs the image below the layers. Called only for an image that the description may name. */
  readonly packBase: (path: string) => Promise<PackedBase>
  /** Called with the number of bytes after each read. */
  readonly onRead: (count: number) => void
}

/** The image below the layers, packed. */
export interface PackedBase extends Pick<ImageParts, 'config' | 'layers' | 'names'> {
  readonly layerNames: readonly string[]
  readonly diffIds: readonly Digest[]
}

/** Its digest stands for diff_ids that are not known yet. */
const UNKNOWN_DIFF_ID = `sha256:${'0'.repeat(64)}` as Digest

/**
 * Packs an image that is made from store paths. A layer is not read if its key is recorded with a diff_id, and a layer with this
 * diff_id exists elsewhere. Throws an `Error` if a layer does not have the diff_id of the description, with the store path whose
 * content was changed.
 */
export async function packStoreImage(image: StoreImage, options: PackStoreOptions): Promise<ImageParts> {
  const { names, layers } = image
  const keys = await readKeys(image, options)
  const base = image.base === undefined ? undefined : await options.packBase(image.base)
  const baseDiffIds = base?.diffIds ?? []
  checkLayerCount(baseDiffIds.length + layers.length)
  const baseImage: BaseImage | undefined = base && { config: base.config, layerNames: base.layerNames }
  const encode = (diffIds: readonly Digest[]): Buffer =>
    image.encodeConfig([...baseDiffIds, ...diffIds], baseImage)
  const head = encode(layers.map(({ diffId }) => diffId ?? UNKNOWN_DIFF_ID))
  checkConfigTypes(head)
  await options.onHead({ config: head, names })
  const packed = await packDistinct(layers, new StoreLayerPacker(keys, options))
  for (const { key, diffId } of packed) if (key) options.records.addDiffId(key, diffId)
  return {
    config: encode(packed.map(({ diffId }) => diffId)),
    names,
    annotations: {},
    layers: [...(base?.layers ?? []), ...packed.map(({ pending }) => pending)],
    layerKeys: [...baseDiffIds.map(() => undefined), ...packed.map(({ key }) => key)],
    ...(base && { base: { name: base.names[0], count: base.layers.length } }),
    layerPaths: [
      ...baseDiffIds.map(() => undefined),
      ...layers.map(layer => (layer.kind === 'paths' ? storePathsOf(layer) : undefined)),
    ],
  }
}

type KeysByLayer = ReadonlyMap<StoreLayer, LayerKey>

/** Returns the keys of the layers that follow from store paths. There are none if Nix did not make the description. */
async function readKeys(image: StoreImage, { path, records }: PackStoreOptions): Promise<KeysByLayer> {
  const store = findInStore(path)
  const closure = store && (await records.readClosure(store.storePath))
  if (!closure) return new Map()
  checkDependencies(image, closure)
  const keys = image.layers.map(layer => [layer, computeLayerKey(layer, closure)] as const)
  return new Map(keys.filter((entry): entry is [StoreLayer, LayerKey] => entry[1] !== undefined))
}

/**
 * Throws an `Error` if an image has files of a store path that is not a dependency of its description. Nix has not brought such
 * a path for this image, so it may belong to somebody else.
 */
function checkDependencies({ base, layers }: StoreImage, closure: ReadonlyMap<string, string>): void {
  const below = base === undefined ? [] : [findInStore(base)?.storePath ?? base]
  for (const each of [...below, ...layers.flatMap(storePathsOf)]) {
    if (!closure.has(each))
      throw new Error(`it names ${each}, which is not one of its dependencies in the Nix store`)
  }
}

interface PackedStoreLayer {
  readonly diffId: Digest
  readonly pending: PendingLayer
  readonly key: LayerKey | undefined
}

/** A layer whose source was read to its end. Its compression can still be running. */
interface StartedLayer {
  readonly finished: Promise<PackedStoreLayer>
}

/** Packs each layer once, also if it is in the list more than once. */
async function packDistinct(
  layers: readonly StoreLayer[],
  packer: StoreLayerPacker,
): Promise<PackedStoreLayer[]> {
  const identities = layers.map(identityOf)
  const distinct = [...new Set(identities)]
  const started = await mapLimit(distinct, MAX_PARALLEL_LAYERS, identity => {
    const n = identities.indexOf(identity)
    return packer.pack(layers[n] as StoreLayer, `layer ${n + 1} of ${layers.length}`)
  })
  const finished: PackedStoreLayer[] = []
  for (const each of started) finished.push(await each.finished)
  return identities.map(identity => finished[distinct.indexOf(identity)] as PackedStoreLayer)
}

/** The diff_id is a part of it: each stated one is checked. */
function identityOf(layer: StoreLayer): string {
  const content = layer.kind === 'file' ? [layer.path] : [layer.rules, layer.paths]
  return JSON.stringify([layer.diffId, ...content])
}

class StoreLayerPacker {
  readonly #keys: KeysByLayer
  readonly #options: PackStoreOptions

  constructor(keys: KeysByLayer, options: PackStoreOptions) {
    this.#keys = keys
    this.#options = options
  }

  /** @param label what messages call the layer */
  async pack(layer: StoreLayer, label: string): Promise<StartedLayer> {
    const key = this.#keys.get(layer)
    const recorded = key && this.#options.records.findDiffId(key)
    const isAsStated = layer.diffId === undefined || layer.diffId === recorded
    const known = recorded && isAsStated ? this.#options.findKnown(recorded) : undefined
    if (recorded && known) return startedWith({ diffId: recorded, pending: { known }, key })
    const checked = await this.#hashKnown(layer, label)
    if (checked) return startedWith({ ...checked, key })
    const packing = await this.#startPacking(layer)
    const finish = async (): Promise<PackedStoreLayer> => {
      const packed = await packing.finished
      await this.#checkDiffId(layer, packed.diffId, label)
      return { diffId: packed.diffId, pending: this.#chooseKnown(packed), key }
    }
    const finished = finish()
    // The promise is awaited only after all layers were read. An earlier failure must not count as an unhandled rejection.
    finished.catch(() => {})
    return { finished }
  }

  /** A layer that exists elsewhere is not compressed, but its content must have the diff_id of the description. */
  async #hashKnown(layer: StoreLayer, label: string): Promise<Omit<PackedStoreLayer, 'key'> | undefined> {
    const { diffId } = layer
    const known = diffId && this.#options.findKnown(diffId)
    if (!diffId || !known) return undefined
    const hasher = new ContentHasher()
    const scanner = new LayerScanner()
    for await (const chunk of this.#readPlain(layer)) {
      hasher.add(chunk)
      scanner.add(chunk)
    }
    await this.#checkDiffId(layer, hasher.finish().digest, label)
    return { diffId, pending: { known: { ...known, contents: scanner.finish() } } }
  }

  async *#readPlain(layer: StoreLayer): Bytes {
    if (layer.kind === 'file') {
      yield* decodeDetected(this.#readFile(layer))
      return
    }
    const source = layer.open(this.#options.onRead)
    try {
      yield* source.readRest()
    } finally {
      await source.close()
    }
  }

  #readFile({ path }: FileLayer): Bytes {
    return tapBytes(readFileBytes(path), chunk => this.#options.onRead(chunk.length))
  }

  async #startPacking(layer: StoreLayer): Promise<ImageLayer> {
    const { folder, onRead } = this.#options
    if (layer.kind === 'file') return folder.packBytes(this.#readFile(layer))
    const source = layer.open(onRead)
    try {
      return await folder.packLayer(source)
    } finally {
      await source.close()
    }
  }

  /** The diff_id was not known before the layer was packed. */
  #chooseKnown(packed: PackedLayer): PendingLayer {
    const known = this.#options.findKnown(packed.diffId)
    return known ? { known: { ...known, contents: packed.contents } } : { packed }
  }

  async #checkDiffId(layer: StoreLayer, actual: Digest, label: string): Promise<void> {
    if (layer.diffId === undefined || layer.diffId === actual) return
    const paths = storePathsOf(layer)
    const changed = await this.#options.records.findChangedPaths(paths)
    const problem = `${label} should have the diff_id ${layer.diffId} but has ${actual}`
    throw new Error(
      changed.length === 0 ? describeOtherContent(layer, problem) : `${problem}: ${describeChanged(changed)}`,
    )
  }
}

function startedWith(layer: PackedStoreLayer): StartedLayer {
  return { finished: Promise.resolve(layer) }
}

function describeChanged(paths: readonly string[]): string {
  return (
    `the content of ${limitList(paths)} is not what Nix recorded. ` +
    'Repair the store with `nix-store --verify --check-contents --repair`'
  )
}

function describeOtherContent(layer: StoreLayer, problem: string): string {
  return layer.kind === 'file'
    ? `${problem}: ${layer.path}`
    : `${problem}. It is made from ${limitList(layer.paths)}`
}
