import { type Call, missing, nextId, Refused, type Route } from './github-state.js'

/** An attestation that the stand-in stores. */
export interface StoredAttestation {
  readonly id: number
  readonly bundle: Readonly<Record<string, unknown>>
  readonly predicateType: string
  /** `sha256:…` */
  readonly subjects: readonly string[]
}

/** The attestations of a repository. */
export const ATTESTATION_ROUTES: readonly Route[] = [
  { method: 'POST', path: /^\/attestations$/, write: true, answer: createAttestation },
  {
    method: 'GET',
    path: /^\/attestations\/(sha256:[0-9a-f]{64})$/,
    answer: listAttestations,
    headers: linkToNextPage,
  },
]

const NEEDS_PLAN = {
  Organization:
    'Feature not available for the owner organization. To enable this feature, please upgrade the billing plan, or make this ' +
    'repository public.',
  User: 'Feature not available for user-owned private repositories. To enable this feature, please make this repository public.',
}

function createAttestation({ state, body }: Call): object {
  if (state.attestationsNeedPlan) throw new Refused(403, NEEDS_PLAN[state.ownerType])
  const bundle = body.bundle as StoredAttestation['bundle'] | undefined
  const { payload } = (bundle?.dsseEnvelope ?? {}) as { payload?: string }
  if (bundle === undefined || payload === undefined) throw new Refused(422, 'Invalid bundle')
  const statement = JSON.parse(String(Buffer.from(payload, 'base64')))
  const id = nextId(state)
  state.attestations.push({
    id,
    bundle,
    predicateType: statement.predicateType,
    subjects: statement.subject.map((each: { digest: { sha256: string } }) => `sha256:${each.digest.sha256}`),
  })
  return { id }
}

/** The short names of the API stand for these types. */
const NAMES: Readonly<Record<string, RegExp>> = {
  provenance: /^https:\/\/slsa\.dev\/provenance\//,
  sbom: /^https:\/\/(spdx\.dev|cyclonedx\.org)\//,
}

/** Newest first. */
function selectAttestations({ state, groups: [digest = ''], query }: Call) {
  const type = query.get('predicate_type')
  const about = state.attestations.filter(each => each.subjects.includes(digest))
  if (about.length === 0) throw missing()
  const size = Number(query.get('per_page') ?? 30)
  const after = Number(query.get('after') ?? Number.POSITIVE_INFINITY)
  const found = about
    .filter(each => type === null || (NAMES[type]?.test(each.predicateType) ?? each.predicateType === type))
    .filter(({ id }) => id < after)
    .toReversed()
  return { page: found.slice(0, size), hasMore: found.length > size }
}

function listAttestations(call: Call): object {
  const { page } = selectAttestations(call)
  return { attestations: page.map(({ bundle }) => ({ bundle, repository_id: 1 })) }
}

function linkToNextPage(call: Call): Readonly<Record<string, string>> {
  const { page, hasMore } = selectAttestations(call)
  return hasMore ? { link: `<${call.base}/attestations/x?after=${page.at(-1)?.id}>; rel="next"` } : {}
}
