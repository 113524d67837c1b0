import { availableParallelism } from 'node:os'
import type { Log } from '../../host/host.js'
import { decodeDetected } from '../../image/format/decompress.js'
import { GzipDigester } from '../../image/format/gzip-digest.js'
import { parseConfig } from '../../oci/config.js'
import { type Blob, layerEncodingOf } from '../../oci/descriptor.js'
import { type Digest, Hasher } from '../../oci/digest.js'
import { DigestMismatch, openVerified } from '../../oci/verify.js'
import type { Repository } from '../../registry/repository.js'
import { joinSignals } from '../../util/abort-signal.js'
import { type Limit, limitConcurrency } from '../../util/async.js'
import { messageOf, UserError } from '../../util/error.js'
import { nameSetting } from '../../util/input-name.js'
import { type ContainerImages, externalDigestsOf, type PlatformImage } from '../shared/platform-image.js'
import type { ProvedLayers } from '../shared/proof-record.js'

/** A layer, and the diff_id that the config of an image says it has. */
interface LayerClaim {
  readonly layer: Blob
  readonly diffId: Digest
  /** Where the layer is downloaded from, if it is not on this machine. */
  readonly repository?: Repository | undefined
}

interface ProverOptions {
  /** The layers that this run has packed itself. */
  readonly packed: ProvedLayers
  readonly signal: AbortSignal
  readonly log: Pick<Log, 'info'>
}

/** More at once do not help: their digests are computed in one or two threads. */
const MAX_PARALLEL_LAYERS = 4

/**
 * Unpacks layers and compares their diff_ids, each layer once in a run. It works while other steps of the merge do, and
 * `finish` waits for it.
 */
export class LayerProver {
  readonly #collected: ReadonlyMap<string, ContainerImages>
  readonly #packed: ProvedLayers
  readonly #signal: AbortSignal
  readonly #log: Pick<Log, 'info'>
  /** The names of the repositories that layers are downloaded from. */
  readonly #downloads = new Set<string>()
  readonly #stopped = new AbortController()
  readonly #digester = new GzipDigester()
  readonly #limit: Limit = limitConcurrency(Math.min(availableParallelism(), MAX_PARALLEL_LAYERS))
  /** What is wrong with a layer, or `undefined`. The key is the digest, the media type and the diff_id. */
  readonly #results = new Map<string, Promise<string | undefined>>()
  readonly #required = new Set<Promise<Problem | undefined>>()

  /** @param collected all containers with the layers of their own archives, before layers are shared */
  constructor(collected: readonly ContainerImages[], { packed, signal, log }: ProverOptions) {
    this.#collected = new Map(collected.map(container => [container.name, container]))
    this.#packed = packed
    this.#log = log
    this.#signal = joinSignals(this.#stopped.signal, signal)
    this.#signal.addEventListener('abort', () => this.#digester.close(), { once: true })
  }

  /**
   * Begins to unpack the layers of a container and of its archives, except the covered ones.
   *
   * @param covered layers with a record in one of the container's own repositories
   */
  require(container: ContainerImages, covered: ProvedLayers): void {
    const collected = this.#collected.get(container.name)
    for (const image of [...(collected?.images ?? []), ...container.images])
      this.#requireImage(image, covered)
  }

  #requireImage(image: PlatformImage, covered: ProvedLayers): void {
    const diffIds = diffIdsOf(image.config)
    const { layers } = image.image
    if (diffIds.length !== layers.length) {
      const message = `${image.path} has ${layers.length} layers, but its image config has ${diffIds.length} diff_ids`
      this.#required.add(Promise.resolve({ message, hint: hintFor(image, this.#isUnchanged(image)) }))
      return
    }
    for (const claim of listClaims(image)) {
      if (covered.has(claim.diffId, claim.layer)) continue
      const problem = this.#prove(claim).then(found =>
        found === undefined ? undefined : this.#describe(claim, found, image),
      )
      // `finish` throws the error of a download.
      problem.catch(() => {})
      this.#required.add(problem)
    }
  }

  /** Unpacks the layers of a published image. Returns what is wrong with the first false one, or `undefined`. */
  async findFalseLayer(
    layers: readonly Blob[],
    config: Buffer,
    repository: Repository,
  ): Promise<string | undefined> {
    const diffIds = diffIdsOf(config)
    if (diffIds.length !== layers.length)
      return `it has ${layers.length} layers and ${diffIds.length} diff_ids`
    const problems = await Promise.all(
      layers.map(async (layer, n) => {
        const claim = { layer, diffId: diffIds[n] as Digest, repository }
        const found = await this.#prove(claim)
        return found === undefined ? undefined : `its layer ${describeClaim(claim, found)}`
      }),
    )
    return problems.find(problem => problem !== undefined)
  }

  /** Waits for all layers. Throws one `UserError` that lists the false ones. Nothing may be pushed before it returns. */
  async finish(): Promise<void> {
    const settled = await Promise.allSettled(this.#required)
    this.#signal.throwIfAborted()
    const problems = new Map<string, Problem>()
    for (const each of settled)
      if (each.status === 'fulfilled' && each.value) problems.set(each.value.message, each.value)
    if (problems.size > 0) throw createProofError([...problems.values()])
    const failed = settled.find(each => each.status === 'rejected')
    if (failed) throw failed.reason
  }

  /** Ends all work. Nothing is unpacked after a run has failed. */
  stop(): void {
    this.#stopped.abort()
  }

  #prove(claim: LayerClaim): Promise<string | undefined> {
    if (this.#packed.has(claim.diffId, claim.layer)) return Promise.resolve(undefined)
    const key = `${claim.layer.digest} ${claim.layer.mediaType} ${claim.diffId}`
    const known = this.#results.get(key)
    if (known !== undefined) return known
    this.#logDownload(claim)
    const result = this.#limit(() => this.#findMismatch(claim))
    result.catch(() => {})
    this.#results.set(key, result)
    return result
  }

  /** Unpacks a layer. Returns what is wrong with its diff_id, or `undefined`. */
  async #findMismatch({ layer, diffId, repository }: LayerClaim): Promise<string | undefined> {
    const compute = () => this.#computeDiffId(layer)
    try {
      const found = await (repository ? repository.retryLayer(compute) : compute())
      return found === diffId ? undefined : `it has ${found}`
    } catch (error) {
      this.#signal.throwIfAborted()
      // `decodeDetected` throws a plain `Error` if it cannot unpack the layer. Errors of an archive or a registry are described.
      if (!(error instanceof DigestMismatch || (error instanceof Error && error.name === 'Error')))
        throw error
      return `it cannot be unpacked: ${messageOf(error)}`
    }
  }

  async #computeDiffId(layer: Blob): Promise<Digest> {
    this.#signal.throwIfAborted()
    const encoding = layerEncodingOf(layer.mediaType)
    if (layer.file && encoding === 'gzip') {
      const digests = await this.#digester.compute(layer.file)
      if (digests?.file === layer.digest) return digests.content
    }
    this.#signal.throwIfAborted()
    const hasher = new Hasher()
    for await (const chunk of decodeDetected(openVerified(layer), encoding)) {
      this.#signal.throwIfAborted()
      hasher.update(chunk)
    }
    return hasher.digest()
  }

  #logDownload({ repository }: LayerClaim): void {
    if (repository === undefined || this.#downloads.has(repository.name)) return
    this.#downloads.add(repository.name)
    this.#log.info(
      `${repository.name} has layers without a record: they are downloaded and compared with their diff_ids once`,
    )
  }

  /** Names the images whose configs make the claim. A shared layer may be in an image of another container. */
  #describe(claim: LayerClaim, found: string, image: PlatformImage): Problem {
    const all = [...this.#collected.values()].flatMap(({ images }) => images)
    const origins = all.filter(each => listClaims(each).some(other => isSameClaim(claim, other)))
    const [first = image] = origins
    const paths = origins.length === 0 ? [image.path] : origins.map(({ path }) => path)
    return {
      message: paths.map(path => `${path} says that its layer ${describeClaim(claim, found)}`).join('\n'),
      hint: hintFor(first, this.#isUnchanged(first)),
    }
  }

  #isUnchanged({ container }: PlatformImage): boolean {
    return this.#collected.get(container)?.unchanged === true
  }
}

interface Problem {
  readonly message: string
  readonly hint: string
}

function createProofError(problems: readonly Problem[]): UserError {
  const hints = new Set(problems.map(({ hint }) => hint))
  return new UserError(problems.map(({ message }) => message).join('\n'), {
    hint: [...hints, 'Nothing was pushed.'].join(' '),
  })
}

function hintFor({ container }: PlatformImage, isUnchanged: boolean): string {
  return isUnchanged
    ? `The published image of ${container} is false: plan again with ${nameSetting('force', 'true')}, which builds it again.`
    : 'Build this archive again, and check which job of the workflow run has uploaded it.'
}

function describeClaim({ layer, diffId }: LayerClaim, found: string): string {
  return `${layer.digest} has the diff_id ${diffId}, but ${found}`
}

function isSameClaim(a: LayerClaim, b: LayerClaim): boolean {
  const isSameLayer = a.layer.digest === b.layer.digest && a.layer.mediaType === b.layer.mediaType
  return isSameLayer && a.diffId === b.diffId
}

function listClaims(image: PlatformImage): LayerClaim[] {
  const diffIds = diffIdsOf(image.config)
  const externalDigests = externalDigestsOf(image)
  return image.image.layers.map((layer, n) => ({
    layer,
    diffId: diffIds[n] as Digest,
    repository: externalDigests.has(layer.digest) ? image.externalLayers?.repository : undefined,
  }))
}

function diffIdsOf(config: Buffer): readonly Digest[] {
  return parseConfig(config).diffIds
}
