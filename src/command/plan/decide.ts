import type { Host } from '../../host/host.js'
import type { PlanInputs } from '../../input/inputs.js'
import type { RegistryClient } from '../../registry/client.js'
import type { GitRef } from '../../tags/subject.js'
import type { UserError } from '../../util/error.js'
import { pluralize } from '../../util/text.js'
import {
  type AskInputs,
  askingClient,
  askRegistries,
  basesOf,
  type LookupResult,
  type PlannedImage,
  placesOf,
  type Unknown,
} from '../shared/compare.js'
import { imageTemplates, mayPush, ownerOf } from '../shared/destinations.js'
import type { PlannedContainer } from '../shared/plan-document.js'
import type { PublishedImages } from '../shared/published.js'
import { forReading } from '../shared/registry-client.js'

type DecideInputs = AskInputs & Pick<PlanInputs, 'force' | 'image' | 'push' | 'overwrite'>

/** What is to become of a container, and what its repositories hold of it now. */
export interface PlanDecision {
  readonly container: PlannedContainer
  readonly bases: readonly PublishedImages[]
}

/**
 * Decides for each container whether it is built: not where the registry has it just as the flake describes it.
 *
 * @param client to ask with, where there is one already
 */
export async function decide(
  subjects: readonly PlannedImage[],
  inputs: DecideInputs,
  ref: GitRef,
  host: Host,
  client?: RegistryClient,
): Promise<PlanDecision[]> {
  const why = whyNotAsked(inputs, host)
  if (why !== undefined) return subjects.map(subject => ({ container: built(subject, why), bases: [] }))
  const places = placesOf(subjects, inputs, host)
  const pushes = mayPush(inputs, host, ref)
  const access = pushes ? inputs : forReading(inputs)
  const asking = client ?? askingClient(places, access, host)
  try {
    const looked = await askRegistries(places, access, ref, asking, host.signal)
    warnOfSilence(looked, host)
    if (pushes) warnOfHidden(looked, host)
    if (pushes && !inputs.overwrite) warnOfRefusals(looked, host)
    return looked.map(each => ({ container: planned(each), bases: basesOf(each) }))
  } finally {
    if (client === undefined) asking.close()
  }
}

function whyNotAsked(inputs: DecideInputs, host: Host): string | undefined {
  if (inputs.force) return 'forced'
  if (imageTemplates({ ...inputs, archive: undefined }, ownerOf(host)).length === 0)
    return 'there is no registry to compare it with'
  return inputs.push === 'false' ? 'nothing is pushed, so nothing was compared' : undefined
}

function planned({ subject, result }: LookupResult): PlannedContainer {
  switch (result.kind) {
    case 'unchanged':
      return { ...factsOf(subject), build: false, why: result.why, standing: result.standing }
    case 'new':
    case 'changed':
      return built(subject, result.why)
    case 'hidden':
      return built(subject, 'its repository may not be read or is not there yet')
    case 'silent':
      return built(subject, 'the registry could not be asked')
  }
}

function built(subject: PlannedImage, why: string): PlannedContainer {
  return { ...factsOf(subject), build: true, why }
}

function factsOf({ containers: _, ...facts }: PlannedImage): Omit<PlannedContainer, 'build' | 'why'> {
  return facts
}

/** How many of many are named. */
const NAMED = 5

/** Says once for all containers that no registry answered: as a rule it is one and the same trouble. */
function warnOfSilence(looked: readonly LookupResult[], { log }: Host): void {
  const errors = errorsOf(looked, 'silent')
  const [error] = errors
  if (error === undefined) return
  const rest = `so ${pluralize(errors.length, 'container')} may be built without need`
  log.warning(withHint(`The registry could not be asked, ${rest}: ${error.message}`, error))
}

/** Says once for all containers that a registry would not tell whether it has them. */
function warnOfHidden(looked: readonly LookupResult[], { log }: Host): void {
  const errors = errorsOf(looked, 'hidden')
  const [error] = errors
  if (error === undefined) return
  const whose = `What the registry has of ${pluralize(errors.length, 'container')}`
  const why = `may not be read or is not there yet, so all of it is built: ${error.message}`
  log.warning(withHint(`${whose} ${why}`, error))
}

/** Says early, and not only when all is built, which tags the merge will refuse to set. */
function warnOfRefusals(looked: readonly LookupResult[], { log }: Host): void {
  const refused = looked.flatMap(({ result }) =>
    'refused' in result && result.refused ? [result.refused] : [],
  )
  if (refused.length === 0) return
  const one = refused.length === 1
  const more = refused.length > NAMED ? ` and ${refused.length - NAMED} more` : ''
  const names = `${refused.slice(0, NAMED).join(', ')}${more}`
  const which = one ? `${names} is` : `${refused.length} versions are`
  const end = one ? 'it anew' : `them anew: ${names}`
  log.warning(
    [
      `${which} there already, made from something else, and the merge will refuse to set ${end}`,
      'Raise the version, or allow it with `overwrite`.',
    ].join('\n'),
  )
}

function errorsOf(looked: readonly LookupResult[], kind: Unknown['kind']): UserError[] {
  return looked.flatMap(({ result }) => (result.kind === kind && 'error' in result ? [result.error] : []))
}

function withHint(message: string, { hint }: UserError): string {
  return [message, hint].filter(Boolean).join('\n')
}
