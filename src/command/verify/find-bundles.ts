import { readFile, stat } from 'node:fs/promises'
import { buffer } from 'node:stream/consumers'
import {
  isBundleType,
  MAX_BUNDLE_BYTES,
  parseBundle,
  parseBundles,
  type SignedBundle,
} from '../../attestation/bundle.js'
import { predicateTypeOf } from '../../attestation/bundle-artifact.js'
import type { Host } from '../../host/host.js'
import { logRetry } from '../../http/retry.js'
import { artifactTypeOfDescriptor } from '../../oci/artifact.js'
import type { Descriptor } from '../../oci/descriptor.js'
import type { Digest } from '../../oci/digest.js'
import { parseManifest } from '../../oci/image.js'
import { listReferrers } from '../../registry/list-referrers.js'
import { mapLimit } from '../../util/async.js'
import { UserError } from '../../util/error.js'
import { describeReadError } from '../../util/files.js'
import { nameInput } from '../../util/input-name.js'
import { formatBytes, pluralize, quoteControlCharacters } from '../../util/text.js'
import type { ImageLocation } from '../shared/image-locations.js'
import { isDocumentType } from './compare-documents.js'
import { describeDamage } from './finding.js'

/** A place that can have bundles about an image. */
export interface BundleSource {
  /** For people: `the registry`. */
  readonly name: string
  /** Reads the bundles about an image or an index, and possibly others. Nothing is verified. */
  list(subject: Digest): Promise<ListedBundles>
}

export interface ListedBundles {
  readonly bundles: readonly FoundBundle[]
  /** Bundles that cannot be read. */
  readonly unread: readonly IgnoredBundle[]
}

export interface FoundBundle {
  /** For people: the digest in the registry, or the line in a file. */
  readonly place: string
  readonly bytes: Buffer
  /**
   * Parses it. Throws a `UserError` if it is not a bundle. Parsed JSON needs many times as much memory as its text, so only one
   * bundle is parsed at a time.
   */
  parse(): SignedBundle
}

/** A bundle that proves nothing about the image. */
export interface IgnoredBundle {
  readonly place: string
  readonly problem: string
}

/** Opens a file with bundles. It replaces all other sources. */
export async function openBundleFile(path: string): Promise<BundleSource> {
  const name = quoteControlCharacters(path)
  const bytes = await readSmallFile(path).catch((error: unknown) => {
    throw new UserError(`${nameInput('bundle')}: ${name} ${describeReadError(error)}`, { cause: error })
  })
  const bundles = parseBundles(bytes, name).map((bundle, n, { length }) => ({
    place: length === 1 ? name : `bundle ${n + 1} in ${name}`,
    bytes: bundle.bytes,
    parse: () => bundle,
  }))
  return { name, list: async () => ({ bundles, unread: [] }) }
}

async function readSmallFile(path: string): Promise<Buffer> {
  const { size } = await stat(path)
  if (size > MAX_BUNDLE_BYTES) throw new Error(`it has ${formatBytes(size)}`)
  return readFile(path)
}

interface AttachedOptions {
  /** Leaves out signed SBOMs, which can be large. */
  readonly withoutSboms: boolean
  readonly signal: AbortSignal
}

/** Opens the artifacts in the registry or in the file of an image. Everyone who can push can add some. */
export function openAttachedBundles(location: ImageLocation, options: AttachedOptions): BundleSource {
  const name = location.repository === undefined ? location.name : 'the registry'
  return { name, list: subject => readAttached(location, subject, options) }
}

/** Lists the artifacts that say that they are bundles. */
export async function listAttachedBundles(
  { repository, images }: Pick<ImageLocation, 'repository' | 'images'>,
  subject: Digest,
): Promise<readonly Descriptor[]> {
  const listed = repository ? await listReferrers(repository, subject) : images.map(({ top }) => top)
  return listed.filter(each => isBundleType(artifactTypeOfDescriptor(each) ?? ''))
}

/** An image has some ten bundles. Many more come from somebody who wants to hide the right one, or to make this slow. */
const LIMITS = { bundles: 100, bytes: 4 * MAX_BUNDLE_BYTES, atOnce: 4 }

async function readAttached(
  location: ImageLocation,
  subject: Digest,
  { withoutSboms, signal }: AttachedOptions,
): Promise<ListedBundles> {
  const all = await listAttachedBundles(location, subject)
  const listed = withoutSboms ? all.filter(each => !isDocumentType(predicateTypeOf(each) ?? '')) : all
  const reader = new AttachedBundleReader(location)
  const results = await mapLimit(listed.slice(0, LIMITS.bundles), LIMITS.atOnce, async each => {
    signal.throwIfAborted()
    return reader.read(each)
  })
  const { bundles, unread } = splitResults(results)
  const more = listed.length - results.length
  if (more === 0) return { bundles, unread }
  const skipped = { place: pluralize(more, 'more bundle'), problem: `only ${LIMITS.bundles} are read` }
  return { bundles, unread: [...unread, skipped] }
}

/** Reads artifacts of one image, up to a limit of their size in total. */
class AttachedBundleReader {
  readonly #location: ImageLocation
  readonly #known = new Set<Digest>()
  #bytes = 0

  constructor(location: ImageLocation) {
    this.#location = location
  }

  /** Returns `undefined` for a bundle that was read before: the same one can be attached several times. */
  async read(artifact: Descriptor): Promise<FoundBundle | IgnoredBundle | undefined> {
    const place = artifact.digest
    try {
      const bytes = await this.#readBytes(artifact)
      return bytes && describeFound(place, bytes)
    } catch (error) {
      return { place, problem: describeDamage(error) }
    }
  }

  async #readBytes(artifact: Descriptor): Promise<Buffer | undefined> {
    const { layers } = parseManifest(await this.#location.readBlob(artifact))
    const layer = layers.find(({ mediaType }) => isBundleType(mediaType))
    if (layer === undefined) throw new Error('it has no bundle')
    if (this.#known.has(layer.digest)) return undefined
    this.#known.add(layer.digest)
    this.#countBytes(layer.size)
    return this.#location.retry(() => buffer(this.#location.openLayer(layer)))
  }

  #countBytes(size: number): void {
    if (size > MAX_BUNDLE_BYTES) throw new Error(`it is too large: ${formatBytes(size)}`)
    this.#bytes += size
    if (this.#bytes > LIMITS.bytes)
      throw new Error(`the bundles of this image are larger than ${formatBytes(LIMITS.bytes)} in total`)
  }
}

function describeFound(place: string, bytes: Buffer): FoundBundle {
  return { place, bytes, parse: () => parseBundle(bytes, 'it') }
}

interface GitHubInputs {
  readonly repo: string
  readonly githubToken: string | undefined
}

/** Opens the attestations that GitHub stores for a repository. Only the repository can add some. */
export async function openGitHubAttestations(
  { repo, githubToken }: GitHubInputs,
  host: Host,
): Promise<BundleSource> {
  const { env, signal, log } = host
  const { createGitHubApi } = await import('../../github/api.js')
  const { createGitHubAttestations } = await import('../../github/attestations.js')
  const token = githubToken ?? env.GITHUB_TOKEN
  const api = createGitHubApi({ url: env.GITHUB_API_URL, token, env, signal, onRetry: logRetry(log.info) })
  const attestations = createGitHubAttestations(api, repo, { env, signal })
  return {
    name: 'GitHub',
    list: async subject => {
      const all = await attestations.list(subject)
      return {
        bundles: all.map((bytes, n) => describeFound(`attestation ${n + 1} at GitHub`, bytes)),
        unread: [],
      }
    },
  }
}

function splitResults(results: readonly (FoundBundle | IgnoredBundle | undefined)[]): ListedBundles {
  return {
    bundles: results.filter(each => each !== undefined).filter(each => 'bytes' in each),
    unread: results.filter(each => each !== undefined).filter(each => 'problem' in each),
  }
}
