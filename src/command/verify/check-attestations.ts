import type { ExpectedSigner } from '../../attestation/signer-identity.js'
import { PREDICATE_TYPES } from '../../attestation/statement.js'
import type { Host } from '../../host/host.js'
import type { VerifyInputs } from '../../input/input-table.js'
import { formatReference, type Reference } from '../../oci/reference.js'
import { UserError } from '../../util/error.js'
import { nameInput, nameSetting } from '../../util/input-name.js'
import { pluralize } from '../../util/text.js'
import type { ImageLocation } from '../shared/image-locations.js'
import { describeProvenance, findProvenanceProblem, type SignedImage } from './check-provenance.js'
import { chooseSigner } from './choose-signer.js'
import { AttestationCollector, type ValidAttestation } from './collect-attestations.js'
import {
  type BundleSource,
  type IgnoredBundle,
  listAttachedBundles,
  openAttachedBundles,
  openBundleFile,
  openGitHubAttestations,
} from './find-bundles.js'
import { Findings } from './finding.js'
import type { SignedProvenance } from './read-provenance.js'

type SignatureInputs = Pick<
  VerifyInputs,
  | 'repo'
  | 'key'
  | 'signerWorkflow'
  | 'workflow'
  | 'sourceRef'
  | 'oidcIssuer'
  | 'bundle'
  | 'trustedRoot'
  | 'githubToken'
  | 'checkLayers'
>

/** What the signatures of an image have shown. */
export interface SignatureCheck {
  /** `image@sha256:…`, to deploy exactly what was verified. Absent for a file. */
  readonly image?: string
  /** Absent without a valid provenance. */
  readonly provenance?: SignedProvenance
  /** A signature for `cosign verify` exists and is valid. */
  readonly hasSignature: boolean
  readonly findings: Findings
  /** For the SBOMs, which are read later. */
  readonly attestations: AttestationCollector
}

/** Opens what verifies the signatures; `undefined` if the user does not say who must have signed. */
export async function openSignatureCheck(
  inputs: SignatureInputs,
  host: Host,
): Promise<((image: SignedImage, location: ImageLocation) => Promise<SignatureCheck>) | undefined> {
  const expected = await chooseSigner(inputs)
  if (expected === undefined) return undefined
  const verify = await createVerifier(expected, inputs, host)
  const file = inputs.bundle === undefined ? undefined : await openBundleFile(inputs.bundle)
  return async (image, location) => {
    const sources = file ? [file] : await openSources(location, inputs, host)
    const images = new Set([image.digest, ...image.platforms.map(({ digest }) => digest)])
    const attestations = new AttestationCollector({ sources, images, verify, signal: host.signal })
    return checkSignatures(image, location, attestations)
  }
}

async function createVerifier(expected: ExpectedSigner, { trustedRoot }: SignatureInputs, host: Host) {
  const [{ verifyBundle }, { loadTrustRoots }] = await Promise.all([
    import('../../attestation/verify-bundle.js'),
    import('../../attestation/trust-root.js'),
  ])
  const { env, log, signal, tools: cacheFolder } = host
  const options = { trustedRoot, cacheFolder, env, log, signal }
  const trust = expected.kind === 'key' ? undefined : await loadTrustRoots(options)
  return (bundle: Parameters<typeof verifyBundle>[0]) => verifyBundle(bundle, expected, trust)
}

/** GitHub lists the attestations of a repository, so it is only asked if the repository is known. */
async function openSources(
  location: ImageLocation,
  { repo, githubToken, checkLayers }: SignatureInputs,
  host: Host,
): Promise<BundleSource[]> {
  const attached = openAttachedBundles(location, { withoutSboms: !checkLayers, signal: host.signal })
  return repo === undefined
    ? [attached]
    : [attached, await openGitHubAttestations({ repo, githubToken }, host)]
}

async function checkSignatures(
  image: SignedImage,
  location: ImageLocation,
  attestations: AttestationCollector,
): Promise<SignatureCheck> {
  const findings = new Findings()
  const isProof = (each: ValidAttestation): boolean =>
    isProvenance(each) && findProvenanceProblem(each, image) === undefined
  await attestations.collect(image.digest, valid => valid.some(isProof))
  const proof = attestations.valid.find(isProof)
  if (proof === undefined) findings.add(describeMissingProof(image, location, attestations), image.digest)
  return {
    ...(location.repository && { image: nameByDigest(location.repository.reference, image) }),
    ...(proof && { provenance: describeProvenance(proof) }),
    hasSignature: attestations.valid.some(each => isSignatureOf(each, image)),
    findings,
    attestations,
  }
}

function isProvenance({ statement }: ValidAttestation): boolean {
  return statement.predicateType === PREDICATE_TYPES.provenance
}

/** For `cosign verify`. A provenance is a signature of the index, too. */
function isSignatureOf({ statement }: ValidAttestation, { digest }: SignedImage): boolean {
  const { predicateType, subjects } = statement
  return predicateType === PREDICATE_TYPES.signature && subjects.some(each => each.digest === digest)
}

function nameByDigest({ registry, repository }: Reference, { digest }: SignedImage): string {
  return formatReference({ registry, repository, digest })
}

function describeMissingProof(
  image: SignedImage,
  location: ImageLocation,
  { valid, ignored, failures, sourceNames }: AttestationCollector,
): string {
  const wrong = valid
    .filter(isProvenance)
    .map(each => `${findProvenanceProblem(each, image)} (${each.place})`)
  const problems = [...wrong, ...distinctProblems(ignored), ...failures]
  if (valid.length === 0 && ignored.length === 0) {
    const places = sourceNames.join(' and ')
    return [
      `it is not signed: no signature of it is in ${places}`,
      ...failures,
      adviseUnsigned(location),
    ].join('; ')
  }
  const what = valid.length === 0 ? 'none of its signatures is valid' : 'it has no valid provenance'
  return `${what}: ${problems.length === 0 ? 'only other statements are signed' : problems.join('; ')}`
}

/** The signatures of an archive are files next to it. */
function adviseUnsigned({ repository }: ImageLocation): string {
  if (repository === undefined)
    return `if its signatures are in another file, set ${nameInput('bundle')} to it`
  return `to sign images, set ${nameInput('attest')} for the run that builds them (docs/signing.md)`
}

const MAX_PROBLEMS = 5

/** The same problem is named once, with its number. */
function distinctProblems(ignored: readonly IgnoredBundle[]): string[] {
  const places = new Map<string, string[]>()
  for (const { place, problem } of ignored) places.set(problem, [...(places.get(problem) ?? []), place])
  const all = [...places].map(([problem, [first = '', ...more]]) =>
    more.length === 0 ? `${problem} (${first})` : `${problem} (${first} and ${more.length} more)`,
  )
  const rest = all.length - MAX_PROBLEMS
  return rest > 0 ? [...all.slice(0, MAX_PROBLEMS), `${rest} more problems`] : all
}

/** Counts the bundles of an image whose signatures are not verified, and says how to verify them. */
export async function describeUnverified(image: SignedImage, location: ImageLocation): Promise<string> {
  const count = await countBundles(image, location)
  if (!count) return 'who built it: signatures are not verified'
  return (
    `who built it: ${pluralize(count, 'signature')} of it ${count === 1 ? 'is' : 'are'} attached, and not verified. ` +
    `Verify ${count === 1 ? 'it' : 'them'} with ${nameSetting('repo', 'OWNER/NAME')} or ${nameSetting('key', 'FILE')}`
  )
}

/** Returns `undefined` if the registry does not list the artifacts of an image. */
async function countBundles({ digest }: SignedImage, location: ImageLocation): Promise<number | undefined> {
  try {
    return (await listAttachedBundles(location, digest)).length
  } catch (error) {
    if (error instanceof UserError) return undefined
    throw error
  }
}
