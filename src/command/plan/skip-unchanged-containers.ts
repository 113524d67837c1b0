import type { Host } from '../../host/host.js'
import type { PlanInputs } from '../../input/input-table.js'
import type { RegistryClient } from '../../registry/client.js'
import type { GitRef } from '../../tags/subject.js'
import type { UserError } from '../../util/error.js'
import { nameSetting } from '../../util/input-name.js'
import { limitList, pluralize } from '../../util/text.js'
import { checkDestinations, checkTagRepositories, mayPush, ownerOf } from '../shared/destinations.js'
import {
  askRegistries,
  createLookupClient,
  type LookupFailure,
  type LookupInputs,
  type LookupResult,
  type PlannedImage,
  publishedImagesOf,
  resolveRepositories,
} from '../shared/look-up-published-images.js'
import type { PlannedContainer } from '../shared/plan-document.js'
import type { PublishedImages } from '../shared/published-images.js'
import { allowAnonymous, checkAddresses } from '../shared/registry-client.js'

interface DecisionContext {
  readonly inputs: LookupInputs & Pick<PlanInputs, 'force' | 'push' | 'overwrite' | 'attest'>
  /** The templates of the repositories (`imageTemplatesOf`). */
  readonly templates: readonly string[]
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
  const { inputs, templates, ref, host } = context
  const { repositories: known } = checkDestinations(
    images,
    { image: templates, archive: undefined },
    ownerOf(host),
  )
  checkTagRepositories(inputs.tags, known)
  const why = findReasonToBuild(context)
  if (why !== undefined)
    return images.map(image => ({ container: planBuild(image, why), publishedImages: [] }))
  const repositories = resolveRepositories(images, templates, host)
  const pushes = mayPush(inputs, host, ref)
  const access = pushes ? inputs : allowAnonymous(inputs)
  const client = context.client ?? createLookupClient(repositories, access, host)
  try {
    const { signal, log } = host
    // The push would fail after all builds.
    if (pushes) await checkAddresses(client, known, host)
    // Without a push, an SBOM or a signature could not be attached.
    const lookup = {
      ...access,
      sbom: pushes && inputs.sbom === true,
      isAttested: pushes && inputs.attest !== 'false',
    }
    const results = await askRegistries(repositories, { inputs: lookup, ref, client, log, signal })
    warnOfUnreachableRegistry(results, host)
    if (pushes) warnOfInaccessibleRepositories(results, host)
    if (pushes && !inputs.overwrite) warnOfRefusedTags(results, host)
    return results.map(each => ({ container: planContainer(each), publishedImages: publishedImagesOf(each) }))
  } finally {
    if (context.client === undefined) client.close()
  }
}

/** Returns the reason to build all containers without a comparison, or `undefined` if they are compared with the registry. */
function findReasonToBuild({ inputs, templates }: DecisionContext): string | undefined {
  if (inputs.force) return 'forced'
  if (templates.length === 0) return 'no registry to compare with'
  return inputs.push === 'false' ? 'not compared, because nothing is pushed' : undefined
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
      return planBuild(image, 'cannot read its repository (not found or no access)')
    case 'unreachable':
      return planBuild(image, 'cannot read the registry')
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
  const count = pluralize(errors.length, 'container')
  const message = `Cannot read the registry, so ${count} may be built unnecessarily: ${error.message}`
  log.warning(appendHint(message, error))
}

/** Logs one warning for all containers whose repositories cannot be read or do not exist. */
function warnOfInaccessibleRepositories(results: readonly LookupResult[], { log }: Host): void {
  const errors = errorsOf(results, 'inaccessible')
  const [error] = errors
  if (error === undefined) return
  const names = results.filter(({ result }) => result.kind === 'inaccessible').map(({ image }) => image.name)
  const what = `Cannot read ${limitList(names)} from the registry (not found or no access)`
  log.warning(appendHint(`${what}; building ${names.length === 1 ? 'it' : 'them'}: ${error.message}`, error))
}

/** Warns before the build that the merge will not overwrite these tags. */
function warnOfRefusedTags(results: readonly LookupResult[], host: Host): void {
  const tags = results.flatMap(({ result }) =>
    'refused' in result && result.refused ? [result.refused] : [],
  )
  if (tags.length === 0) return
  const list = limitList(tags)
  const message =
    tags.length === 1
      ? `${list} already exists with different content; the push will fail`
      : `${tags.length} versions already exist with different content; the push will fail: ${list}`
  host.log.warning(
    `${message}\nIncrease the version, or set ${nameSetting('overwrite', 'true')} to replace it.`,
  )
}

function errorsOf(results: readonly LookupResult[], kind: LookupFailure['kind']): UserError[] {
  return results.flatMap(({ result }) => (result.kind === kind && 'error' in result ? [result.error] : []))
}

function appendHint(message: string, { hint }: UserError): string {
  return [message, hint].filter(Boolean).join('\n')
}
