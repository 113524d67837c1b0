import type { Host } from '../../host/host.js'
import type { PlanInputs } from '../../input/input-table.js'
import type { RegistryClient } from '../../registry/client.js'
import type { GitRef } from '../../tags/subject.js'
import type { UserError } from '../../util/error.js'
import { pluralize } from '../../util/text.js'
import {
  askRegistries,
  createLookupClient,
  type LookupFailure,
  type LookupInputs,
  type LookupResult,
  type PlannedImage,
  publishedImagesOf,
  resolveRepositories,
} from '../shared/compare-with-registry.js'
import { imageTemplatesOf, mayPush, ownerOf } from '../shared/destinations.js'
import type { PlannedContainer } from '../shared/plan-document.js'
import type { PublishedImages } from '../shared/published-images.js'
import { allowAnonymous } from '../shared/registry-client.js'

interface DecisionContext {
  readonly inputs: LookupInputs & Pick<PlanInputs, 'force' | 'image' | 'push' | 'overwrite'>
  readonly ref: GitRef
  readonly host: Host
  /** An open client to use. If absent, one is opened and closed. */
  readonly client?: RegistryClient
}

/** Whether to build a container, and the images of it in its repositories. */
export interface PlanDecision {
  readonly container: PlannedContainer
  readonly publishedImages: readonly PublishedImages[]
}

/** Decides for each container whether to build it. A container is not built if its image in the registry is unchanged. */
export async function decideBuilds(
  images: readonly PlannedImage[],
  context: DecisionContext,
): Promise<PlanDecision[]> {
  const { inputs, ref, host } = context
  const why = findReasonToBuild(context)
  if (why !== undefined)
    return images.map(image => ({ container: planBuild(image, why), publishedImages: [] }))
  const repositories = resolveRepositories(images, inputs, host)
  const pushes = mayPush(inputs, host, ref)
  const access = pushes ? inputs : allowAnonymous(inputs)
  const client = context.client ?? createLookupClient(repositories, access, host)
  try {
    const { signal } = host
    const results = await askRegistries(repositories, { inputs: access, ref, client, signal })
    warnOfUnreachableRegistry(results, host)
    if (pushes) warnOfInaccessibleRepositories(results, host)
    if (pushes && !inputs.overwrite) warnOfRefusedTags(results, host)
    return results.map(each => ({ container: planContainer(each), publishedImages: publishedImagesOf(each) }))
  } finally {
    if (context.client === undefined) client.close()
  }
}

/** Returns the reason to build all containers without a comparison, or `undefined` if they are compared with the registry. */
function findReasonToBuild({ inputs, host }: DecisionContext): string | undefined {
  if (inputs.force) return 'forced'
  if (imageTemplatesOf({ ...inputs, archive: undefined }, ownerOf(host)).length === 0)
    return 'there is no registry to compare it with'
  return inputs.push === 'false' ? 'nothing is pushed, so nothing was compared' : undefined
}

function planContainer({ image, result }: LookupResult): PlannedContainer {
  switch (result.kind) {
    case 'unchanged': {
      const { containers: _, ...planned } = image
      return { ...planned, build: false, why: result.why, standing: result.publishedIndex }
    }
    case 'new':
    case 'changed':
      return planBuild(image, result.why)
    case 'inaccessible':
      return planBuild(image, 'its repository may not be read or is not there yet')
    case 'unreachable':
      return planBuild(image, 'the registry could not be asked')
  }
}

function planBuild({ containers: _, ...planned }: PlannedImage, why: string): PlannedContainer {
  return { ...planned, build: true, why }
}

/** Logs one warning for all containers, because the cause is usually the same. */
function warnOfUnreachableRegistry(results: readonly LookupResult[], { log }: Host): void {
  const errors = errorsOf(results, 'unreachable')
  const [error] = errors
  if (error === undefined) return
  const rest = `so ${pluralize(errors.length, 'container')} may be built without need`
  log.warning(appendHint(`The registry could not be asked, ${rest}: ${error.message}`, error))
}

/** Logs one warning for all containers whose repositories cannot be read or do not exist. */
function warnOfInaccessibleRepositories(results: readonly LookupResult[], { log }: Host): void {
  const errors = errorsOf(results, 'inaccessible')
  const [error] = errors
  if (error === undefined) return
  const whose = `What the registry has of ${pluralize(errors.length, 'container')}`
  const why = `may not be read or is not there yet, so all of it is built: ${error.message}`
  log.warning(appendHint(`${whose} ${why}`, error))
}

const MAX_LISTED_TAGS = 5

/** Warns before the build of tags that the merge will refuse to set. */
function warnOfRefusedTags(results: readonly LookupResult[], { log }: Host): void {
  const tags = results.flatMap(({ result }) =>
    'refused' in result && result.refused ? [result.refused] : [],
  )
  if (tags.length === 0) return
  const isOne = tags.length === 1
  const more = tags.length > MAX_LISTED_TAGS ? ` and ${tags.length - MAX_LISTED_TAGS} more` : ''
  const list = `${tags.slice(0, MAX_LISTED_TAGS).join(', ')}${more}`
  const subject = isOne ? `${list} is` : `${tags.length} versions are`
  const end = isOne ? 'it anew' : `them anew: ${list}`
  log.warning(
    [
      `${subject} there already, made from something else, and the merge will refuse to set ${end}`,
      'Raise the version, or allow it with `overwrite`.',
    ].join('\n'),
  )
}

function errorsOf(results: readonly LookupResult[], kind: LookupFailure['kind']): UserError[] {
  return results.flatMap(({ result }) => (result.kind === kind && 'error' in result ? [result.error] : []))
}

function appendHint(message: string, { hint }: UserError): string {
  return [message, hint].filter(Boolean).join('\n')
}
