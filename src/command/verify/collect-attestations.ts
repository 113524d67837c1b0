import type { SignedBundle } from '../../attestation/bundle.js'
import type { Statement } from '../../attestation/statement.js'
import type { VerifiedBundle } from '../../attestation/verify-bundle.js'
import { type Digest, digestOf } from '../../oci/digest.js'
import { messageOf, UserError } from '../../util/error.js'
import { isDocumentType, keyOfDocument } from './compare-documents.js'
import type { BundleSource, FoundBundle, IgnoredBundle } from './find-bundles.js'

/** A statement about the image that the expected signer has signed. */
export interface ValidAttestation extends Pick<VerifiedBundle, 'identity' | 'witnesses'> {
  /** Without the predicate of an SBOM, which can be large. */
  readonly statement: Statement
  /** Of an SBOM: equal for equal documents. */
  readonly documentKey?: string
  readonly place: string
}

type Verify = (bundle: SignedBundle) => Promise<VerifiedBundle>

interface CollectOptions {
  /** In the order in which they are read. */
  readonly sources: readonly BundleSource[]
  /** The index, and its platforms. */
  readonly images: ReadonlySet<Digest>
  readonly verify: Verify
  readonly signal: AbortSignal
}

/** Collects the attestations of an image. A later source is only read if the earlier ones are not enough. */
export class AttestationCollector {
  readonly valid: ValidAttestation[] = []
  readonly ignored: IgnoredBundle[] = []
  /** Why a source could not be read. */
  readonly failures: string[] = []
  readonly #options: CollectOptions
  readonly #read = new Set<string>()
  readonly #known = new Set<Digest>()

  constructor(options: CollectOptions) {
    this.#options = options
  }

  get sourceNames(): readonly string[] {
    return this.#options.sources.map(({ name }) => name)
  }

  /** Reads the bundles about `subject`, until `isEnough` returns true or all sources are read. */
  async collect(subject: Digest, isEnough: (valid: readonly ValidAttestation[]) => boolean): Promise<void> {
    for (const source of this.#options.sources) {
      if (isEnough(this.valid)) return
      const key = `${source.name} ${subject}`
      if (this.#read.has(key)) continue
      this.#read.add(key)
      await this.#readSource(source, subject)
    }
  }

  async #readSource(source: BundleSource, subject: Digest): Promise<void> {
    try {
      const { bundles, unread } = await source.list(subject)
      this.ignored.push(...unread)
      for (const each of bundles) await this.#add(each)
    } catch (error) {
      this.#options.signal.throwIfAborted()
      if (!(error instanceof UserError)) throw error
      this.failures.push(`${source.name} cannot be read: ${messageOf(error)}`)
    }
  }

  /** The same bundle can be at several places. */
  async #add({ place, bytes, parse }: FoundBundle): Promise<void> {
    const digest = digestOf(bytes)
    if (this.#known.has(digest)) return
    this.#known.add(digest)
    try {
      this.valid.push(describeValid(await this.#verify(parse()), place))
    } catch (error) {
      this.#options.signal.throwIfAborted()
      if (!(error instanceof UserError)) throw error
      this.ignored.push({ place, problem: messageOf(error) })
    }
  }

  #verify(bundle: SignedBundle): Promise<VerifiedBundle> {
    const { images, verify } = this.#options
    if (!bundle.statement.subjects.some(each => images.has(each.digest)))
      throw new UserError('it is about another image')
    return verify(bundle)
  }
}

function describeValid({ statement, identity, witnesses }: VerifiedBundle, place: string): ValidAttestation {
  const { predicateType, predicate } = statement
  if (!isDocumentType(predicateType)) return { statement, identity, witnesses, place }
  const documentKey = keyOfDocument(predicate)
  return { statement: { ...statement, predicate: {} }, documentKey, identity, witnesses, place }
}

/** The keys of the signed SBOMs of an image. */
export function listSignedDocuments(
  valid: readonly ValidAttestation[],
  subject: Digest,
): ReadonlySet<string> {
  const about = valid.filter(({ statement }) => statement.subjects.some(({ digest }) => digest === subject))
  return new Set(about.flatMap(({ documentKey }) => documentKey ?? []))
}
