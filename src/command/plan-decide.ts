import type { Host } from '../host/host.js'
import type { PlanInputs } from '../input/inputs.js'
import type { GitRef } from '../tag/git-ref.js'
import { repositoriesOf } from './destination.js'
import { imageTemplates, mayPush, ownerOf } from './outlets.js'
import { type AskInputs, askRegistries, type Looked } from './plan-ask.js'
import type { PlannedContainer } from './plan-document.js'
import type { Subject } from './plan-subject.js'
import { warnOfHidden, warnOfRefusals, warnOfSilence } from './plan-warnings.js'
import { forReading } from './registry-client.js'

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
  const templates = imageTemplates({ ...inputs, archive: undefined }, owner)
  if (templates.length === 0)
    return subjects.map(subject => built(subject, 'there is no registry to compare it with'))
  if (inputs.push === 'false')
    return subjects.map(subject => built(subject, 'nothing is pushed, so nothing was compared'))
  const places = subjects.map(subject => ({
    subject,
    references: repositoriesOf({ container: subject.name, imageName: subject.imageName }, templates, owner),
  }))
  const pushes = mayPush(inputs, host, ref)
  const looked = await askRegistries(places, pushes ? inputs : forReading(inputs), ref, host, signal)
  warnOfSilence(looked, host)
  if (pushes) warnOfHidden(looked, host)
  if (pushes && !inputs.overwrite) warnOfRefusals(looked, host)
  return looked.map(planned)
}

function planned({ subject, result }: Looked): PlannedContainer {
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

function built(subject: Subject, why: string): PlannedContainer {
  return { ...factsOf(subject), build: true, why }
}

function factsOf({ containers: _, ...facts }: Subject): Omit<PlannedContainer, 'build' | 'why'> {
  return facts
}
