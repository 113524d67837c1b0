import type { Host } from '../host/host.js'
import type { PlanInputs } from '../input/inputs.js'
import type { GitRef } from '../tag/git-ref.js'
import { plural } from '../util/format.js'
import { imageTemplates, mayPush, ownerOf, repositoriesOf } from './destination.js'
import { type AskInputs, askRegistries, type Looked } from './plan-ask.js'
import type { PlannedContainer } from './plan-document.js'
import type { Subject } from './plan-subject.js'

type DecideInputs = AskInputs & Pick<PlanInputs, 'force' | 'image' | 'push' | 'overwrite'>

/** Decides for each container whether it is built: not where the registry has it just as the flake describes it. */
export async function decide(
  subjects: readonly Subject[],
  inputs: DecideInputs,
  ref: GitRef,
  host: Host,
  signal: AbortSignal,
): Promise<PlannedContainer[]> {
  if (inputs.force) return subjects.map(subject => built(subject, 'forced'))
  const owner = ownerOf(host)
  const templates = inputs.push === 'false' ? [] : imageTemplates({ ...inputs, archive: undefined }, owner)
  if (templates.length === 0)
    return subjects.map(subject => built(subject, 'there is no registry to compare it with'))
  const places = subjects.map(subject => ({
    subject,
    references: repositoriesOf({ container: subject.name, imageName: subject.imageName }, templates, owner),
  }))
  const looked = await askRegistries(places, inputs, ref, host, signal)
  warnOfSilence(looked, host)
  if (!inputs.overwrite && mayPush(inputs, host, ref)) warnOfRefusals(looked, host)
  return looked.map(planned)
}

function planned({ subject, result }: Looked): PlannedContainer {
  switch (result.kind) {
    case 'unchanged':
      return { ...factsOf(subject), build: false, why: result.why, standing: result.standing }
    case 'new':
    case 'changed':
      return built(subject, result.why)
    case 'unknown':
      return built(subject, 'the registry could not be asked')
  }
}

function built(subject: Subject, why: string): PlannedContainer {
  return { ...factsOf(subject), build: true, why }
}

function factsOf({ containers: _, ...facts }: Subject): Omit<PlannedContainer, 'build' | 'why'> {
  return facts
}

/** Once for all of them: as a rule it is one and the same trouble. */
function warnOfSilence(looked: readonly Looked[], { log }: Host): void {
  const errors = looked.flatMap(({ result }) => (result.kind === 'unknown' ? [result.error] : []))
  const [error] = errors
  if (error === undefined) return
  const rest = `so ${plural(errors.length, 'container')} may be built without need`
  log.warning(
    [`The registry could not be asked, ${rest}: ${error.message}`, error.hint].filter(Boolean).join('\n'),
  )
}

/** Early, and not only when all is built. */
function warnOfRefusals(looked: readonly Looked[], { log }: Host): void {
  for (const { result } of looked) {
    if (result.kind === 'unknown' || result.refused === undefined) continue
    log.warning(
      `${result.refused} is there already, made from something else, and the merge will refuse to set it anew\nRaise the version, or allow it with \`overwrite\`.`,
    )
  }
}
