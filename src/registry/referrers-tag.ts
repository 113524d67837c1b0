import { retryOf } from '../http/retry.js'
import { type Descriptor, descriptorOf, OCI_INDEX } from '../oci/descriptor.js'
import type { Digest } from '../oci/digest.js'
import { createBlob } from '../oci/image.js'
import { parseIndex } from '../oci/image-index.js'
import { formatReference } from '../oci/reference.js'
import { referrersTagOf } from '../oci/referrer.js'
import type { Limit } from '../util/async.js'
import { messageOf, UserError } from '../util/error.js'
import { nameSetting } from '../util/input-name.js'
import { asObject, type JsonObject, parseJson } from '../util/json.js'
import type { Repository } from './repository.js'
import { isImmutableRefusal } from './set-tags.js'

/**
 * The list of referrers in a registry without the referrers API: an index under the tag `sha256-…` (OCI distribution-spec 1.1,
 * "Referrers Tag Schema"). Each client that adds a referrer reads the list, and writes it with its own entry.
 */
interface ReferrersTag {
  /** Absent if the tag does not exist. */
  readonly digest?: Digest
  readonly manifests: readonly Descriptor[]
  /** The index as it was read, with fields that this program does not know. */
  readonly document: JsonObject
}

/** Reads the list of referrers; empty if the tag does not exist. Throws a `UserError` if the tag is not a list. */
export async function readReferrersTag(repository: Repository, subject: Digest): Promise<ReferrersTag> {
  const found = await repository.getManifest(referrersTagOf(subject))
  if (found === undefined) return { manifests: [], document: {} }
  const { mediaType, digest } = found.descriptor
  try {
    if (mediaType !== OCI_INDEX) throw new Error(`its media type is ${mediaType}`)
    const { manifests } = parseIndex(found.bytes)
    return { digest, manifests, document: asObject(parseJson(found.bytes, 'the index'), 'the index') }
  } catch (error) {
    throw new UserError(`${nameTag(repository, subject)} is not a list of referrers: ${messageOf(error)}`, {
      hint:
        `The registry has no referrers API, so this tag must be an index that lists the SBOMs and signatures of ${subject}. ` +
        `It is not overwritten. Delete the tag if nothing needs it, or set ${nameSettings()}.`,
      cause: error,
    })
  }
}

/** The settings with which nothing is listed. */
function nameSettings(): string {
  return `${nameSetting('sbom', 'false')} and ${nameSetting('attest', 'false')}`
}

/** The list was overwritten by another client. */
class EntriesLost extends Error {}

/** The registry still returns the list from before the write. */
class NotVisibleYet extends Error {}

const WRITE_RETRY = retryOf({ attempts: 5, firstWaitMs: 200 }, failure => failure instanceof EntriesLost)
/** Reads for about half a minute. */
const READ_BACK_RETRY = retryOf(
  { attempts: 8, firstWaitMs: 250 },
  failure => failure instanceof NotVisibleYet,
)
const SETTLE_MS = { min: 250, max: 5000 }

/**
 * Adds entries to the list of a subject, and keeps all other entries. Registries have no compare-and-set: another client that
 * has read the list before may overwrite it. So the list is read back, and the entries are added again if they are missing.
 * Throws a `UserError` if they are still missing after five tries.
 *
 * @param limit for the requests of all lists; the waits are not limited
 */
export async function addToReferrersTag(
  repository: Repository,
  subject: Digest,
  entries: readonly Descriptor[],
  limit: Limit,
): Promise<void> {
  const { clock } = repository.client
  const addOnce = async (): Promise<void> => {
    const write = await limit(async () => {
      const start = clock.now()
      const before = await readReferrersTag(repository, subject)
      const missing = missingFrom(before, entries)
      if (missing.length > 0) await writeList(repository, subject, { before, missing })
      return { before, isNeeded: missing.length > 0, elapsed: clock.now() - start }
    })
    if (!write.isNeeded) return
    // Another client that read the list before this write ends its own write in about the same time.
    await repository.sleep(Math.min(Math.max(2 * write.elapsed, SETTLE_MS.min), SETTLE_MS.max))
    const after = await limit(() => readBack(repository, subject, write.before.digest))
    if (missingFrom(after, entries).length > 0) throw new EntriesLost('the list was overwritten')
  }
  try {
    await repository.retryTask(addOnce, WRITE_RETRY)
  } catch (error) {
    if (!(error instanceof EntriesLost)) throw error
    const tag = nameTag(repository, subject)
    throw new UserError(
      `${tag} was written ${WRITE_RETRY.attempts} times, and the entries of this run were overwritten each time`,
      { hint: 'Another job writes the same list of referrers. Run only one of them at a time.' },
    )
  }
}

function missingFrom({ manifests }: ReferrersTag, entries: readonly Descriptor[]): Descriptor[] {
  return entries.filter(({ digest }) => manifests.every(each => each.digest !== digest))
}

async function writeList(
  repository: Repository,
  subject: Digest,
  { before, missing }: { before: ReferrersTag; missing: readonly Descriptor[] },
): Promise<void> {
  const { document } = before
  const list = {
    ...document,
    schemaVersion: 2,
    mediaType: OCI_INDEX,
    manifests: [
      ...((document.manifests as unknown[] | null | undefined) ?? []),
      ...missing.map(descriptorOf),
    ],
  }
  const blob = createBlob(Buffer.from(JSON.stringify(list)), { mediaType: OCI_INDEX })
  try {
    await repository.putManifest(blob, referrersTagOf(subject))
  } catch (error) {
    if (!isImmutableRefusal(error)) throw error
    // Another run may have written the same entries meanwhile.
    const current = await readReferrersTag(repository, subject)
    if (missingFrom(current, missing).length === 0) return
    throw new UserError(`${nameTag(repository, subject)} cannot be changed: ${error.failure.problem}`, {
      hint:
        'The registry has no referrers API, so this tag lists the SBOMs and signatures of the image. Let the rule for ' +
        `immutable tags of the registry exclude tags that begin with \`sha256-\`, or set ${nameSettings()}.`,
      cause: error,
    })
  }
}

/** Reads until the registry returns another list than before the write, since some registries show a change late. */
async function readBack(
  repository: Repository,
  subject: Digest,
  before: Digest | undefined,
): Promise<ReferrersTag> {
  let last: ReferrersTag = { manifests: [], document: {} }
  const read = async (): Promise<void> => {
    last = await readReferrersTag(repository, subject)
    if (last.digest === before) throw new NotVisibleYet('the list has not changed yet')
  }
  await repository.retryTask(read, READ_BACK_RETRY).catch((error: unknown) => {
    if (!(error instanceof NotVisibleYet)) throw error
  })
  return last
}

function nameTag({ reference: { registry, repository } }: Repository, subject: Digest): string {
  return formatReference({ registry, repository, tag: referrersTagOf(subject) })
}
