import type { Host } from '../../host/host.js'
import type { PlanInputs } from '../../input/inputs.js'
import type { Reference } from '../../oci/reference.js'
import type { Client } from '../../registry/client.js'
import { REQUESTS_AT_ONCE } from '../../registry/client.js'
import { isRefusal, RegistryError } from '../../registry/describe-error.js'
import { Repository } from '../../registry/repository.js'
import type { GitRef } from '../../tags/subject.js'
import { mapLimit } from '../../util/async.js'
import { UserError } from '../../util/error.js'
import { candidateTags } from './candidate-tags.js'
import type { Subject } from './compare.js'
import { repositoriesOf } from './destination.js'
import { imageTemplates, ownerOf } from './destinations.js'
import { type Look, lookEverywhere } from './plan-look.js'
import { type RegistryInputs, registryClient } from './registry-client.js'
import type { Base } from './registry-layers.js'

/** A container and the repositories that it goes to, one at least. */
export interface Place {
  readonly subject: Subject
  readonly references: readonly Reference[]
}

export interface Looked {
  readonly subject: Subject
  readonly result: Look | Unknown
}

export interface Unknown {
  /** The registry did not answer, or would not say: it hides from those who may not read it what is not there, too. */
  readonly kind: 'silent' | 'hidden'
  readonly error: UserError
}

export type AskInputs = RegistryInputs & Pick<PlanInputs, 'tags' | 'flavor'>

/** A plan can do without an answer, so it has less patience than a push. */
const ATTEMPTS = 3

/** Asks the registries what they have of each container. Their trouble is a result, and no failure. */
export async function askRegistries(
  places: readonly Place[],
  inputs: AskInputs,
  ref: GitRef,
  client: Client,
  signal: AbortSignal,
): Promise<Looked[]> {
  return mapLimit(places, REQUESTS_AT_ONCE, asker(client, inputs, ref, signal))
}

/** A client for asking alone. */
export function askingClient(places: readonly Place[], inputs: AskInputs, host: Host): Client {
  return registryClient(
    inputs,
    places.flatMap(({ references }) => references),
    host,
    { attempts: ATTEMPTS },
  )
}

function asker(client: Client, { tags, flavor }: AskInputs, ref: GitRef, signal: AbortSignal) {
  const now = new Date()
  // Who does not answer once would let all the others wait.
  let silent: UserError | undefined
  return async ({ subject, references }: Place): Promise<Looked> => {
    if (silent) return { subject, result: { kind: 'silent', error: silent } }
    const { version, systems } = subject
    const candidates = candidateTags(tags, flavor, { version, ref, now })
    const repositories = references.map(each => new Repository(client, each, { signal }))
    try {
      return { subject, result: await lookEverywhere(repositories, candidates, systems) }
    } catch (error) {
      signal.throwIfAborted()
      if (!(error instanceof UserError)) throw error
      if (isSilence(error)) silent ??= error
      return { subject, result: { kind: isRefusal(error) ? 'hidden' : 'silent', error } }
    }
  }
}

/** No answer, or one that has nothing to do with the repository. */
function isSilence(error: UserError): boolean {
  if (!(error instanceof RegistryError)) return false
  const { status } = error.failure
  return status === undefined || status === 429 || status >= 500
}

/** The repositories that containers go to. */
export function placesOf(
  subjects: readonly Subject[],
  inputs: Pick<PlanInputs, 'image' | 'tags'>,
  host: Host,
): Place[] {
  const owner = ownerOf(host)
  const templates = imageTemplates({ ...inputs, archive: undefined }, owner)
  return subjects.map(subject => ({
    subject,
    references: repositoriesOf({ container: subject.name, imageName: subject.imageName }, templates, owner),
  }))
}

/** What a container's repositories hold, one each at most; nothing where they could not be asked. */
export function basesOf({ result }: Looked): readonly Base[] {
  return 'bases' in result ? result.bases : []
}
