import type { CertificateIdentity } from '../../attestation/signer-identity.js'
import type { VerifiedBundle } from '../../attestation/verify-bundle.js'
import type { Digest } from '../../oci/digest.js'
import { limitList } from '../../util/text.js'
import {
  type Dependency,
  type ProvenanceFields,
  readProvenance,
  type SignedProvenance,
} from './read-provenance.js'

/** The image whose signatures are verified. */
export interface SignedImage {
  /** Of the index, or of the manifest if it has none. */
  readonly digest: Digest
  /** The images of an index. Empty for a manifest. */
  readonly platforms: readonly { readonly name: string; readonly digest: Digest }[]
}

type Signed = Pick<VerifiedBundle, 'statement' | 'identity' | 'witnesses'>

/** Returns what is wrong with a provenance whose signature is valid, for people; `undefined` if it is about this image. */
export function findProvenanceProblem(
  { statement, identity }: Signed,
  image: SignedImage,
): string | undefined {
  const digests = new Set(statement.subjects.map(({ digest }) => digest))
  return (
    findSubjectProblem(digests, image) ??
    (identity && findContradiction(readProvenance(statement.predicate), identity))
  )
}

/** The provenance of an index is about the index and exactly its platforms. So no image in it can be replaced. */
function findSubjectProblem(
  digests: ReadonlySet<Digest>,
  { digest, platforms }: SignedImage,
): string | undefined {
  if (!digests.has(digest)) return 'it is not about the index'
  const missing = platforms.filter(each => !digests.has(each.digest))
  if (missing.length > 0) return `it is not about ${limitList(missing.map(({ name }) => name))}`
  if (platforms.length === 0) return undefined
  const known = new Set([digest, ...platforms.map(each => each.digest)])
  const others = [...digests].filter(each => !known.has(each))
  return others.length === 0
    ? undefined
    : `it is also about images that the index does not have: ${limitList(others)}`
}

/** The signer wrote the provenance, but its certificate is the proof. A contradiction means that the signer is not careful. */
function findContradiction(fields: ProvenanceFields, identity: CertificateIdentity): string | undefined {
  const { repository, workflow, builder, run } = fields
  const pairs = [
    ['source repository', repository, identity.sourceRepository],
    ['workflow that was started', workflow, identity.callerWorkflow],
    ['builder', builder, identity.name],
    ['run', run, identity.run],
  ] as const
  for (const [what, stated, proved] of pairs) {
    if (proved !== undefined && stated !== proved)
      return `it names the ${what} ${stated ?? '(nothing)'}, but its certificate ${proved}`
  }
  return findOtherCommit(fields.dependencies, identity)
}

/** The run can build another commit, or another repository. Then the commit of the run is a dependency of its own. */
function findOtherCommit(
  dependencies: readonly Dependency[],
  { sourceRepository, sourceDigest }: CertificateIdentity,
): string | undefined {
  const own = dependencies.filter(
    ({ name, uri }) => !name?.startsWith('input:') && repositoryOf(uri) === sourceRepository,
  )
  const commits = own.flatMap(({ commit }) => commit ?? [])
  if (sourceDigest === undefined || commits.length === 0 || commits.includes(sourceDigest)) return undefined
  return `it names the commit ${limitList(commits)}, but its certificate ${sourceDigest}`
}

/** `git+https://github.com/owner/name@refs/heads/main` → `https://github.com/owner/name` */
function repositoryOf(uri: string): string {
  return uri.replace(/^git\+/, '').replace(/@.*$/s, '')
}

/** Describes a provenance that is about the image. What the certificate proves replaces what the provenance says. */
export function describeProvenance({ statement, identity, witnesses }: Signed): SignedProvenance {
  const fields = readProvenance(statement.predicate)
  const { repository, workflow, run, builder: _, ...others } = fields
  return {
    signer: identity?.name ?? 'key',
    witnesses,
    ...definedFields({
      repository: identity?.sourceRepository ?? repository,
      commit: identity?.sourceDigest,
      ref: identity?.sourceRef,
      workflow: identity?.callerWorkflow ?? workflow,
      run: identity?.run ?? run,
      runner: identity?.runnerEnvironment,
    }),
    ...others,
  }
}

function definedFields<T extends Readonly<Record<string, string | undefined>>>(
  fields: T,
): { readonly [K in keyof T]?: string } {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined)) as {
    [K in keyof T]?: string
  }
}
