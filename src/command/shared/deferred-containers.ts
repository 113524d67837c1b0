import type { Host } from '../../host/host.js'
import { attributeOf, resolveTemplate } from '../../nix/attribute-template.js'
import type { FindOptions } from '../../nix/check-flake-ref.js'
import type { Container } from '../../nix/container.js'
import type { OptionalContainers } from '../../nix/flake.js'
import { UserError } from '../../util/error.js'
import { nameInput } from '../../util/input-name.js'

/** The result of an evaluation for one system. */
interface SystemResult {
  readonly options: FindOptions
  readonly found: OptionalContainers
}

/**
 * Returns the containers of all systems. A container that only a machine of its system can evaluate (import from derivation) gets
 * the facts of the same container for another system, because tags and repositories are the same for all systems.
 *
 * @param names the containers that the user selected
 */
export function joinDeferred(
  results: readonly SystemResult[],
  names: readonly string[],
  host: Pick<Host, 'log'>,
): Container[] {
  const evaluated = results.flatMap(({ found }) => (found.kind === 'found' ? found.containers : []))
  return results.flatMap(({ found, options }): readonly Container[] => {
    if (found.kind === 'absent') return []
    if (found.kind === 'deferred') {
      const known = names.length > 0 ? names : [...new Set(evaluated.map(({ name }) => name))]
      if (known.length === 0) throw describeUnknownNames(found.error)
      reportDeferred(known, options, found.machine, host)
      return known.map(name => createDeferred(name, found.machine, options, evaluated))
    }
    const isKnown = (name: string): boolean =>
      names.includes(name) || evaluated.some(container => container.name === name)
    // Without any image that evaluates, all names are taken for images.
    const known = evaluated.length === 0 ? found.deferred : found.deferred.filter(({ name }) => isKnown(name))
    const unknown = found.deferred.filter(each => !known.includes(each)).map(({ name }) => name)
    if (unknown.length > 0)
      host.log.warning(
        `Skipping ${unknown.join(', ')} for ${options.system}: only a machine of that system can evaluate it. ` +
          `If it is an image, select it with ${nameInput('containers')}`,
      )
    const [first] = known
    if (first !== undefined)
      reportDeferred(
        known.map(({ name }) => name),
        options,
        first.machine,
        host,
      )
    const deferred = known.map(({ name, machine }) => createDeferred(name, machine, options, evaluated))
    return [...found.containers, ...deferred]
  })
}

function reportDeferred(
  names: readonly string[],
  { system }: FindOptions,
  machine: string,
  { log }: Pick<Host, 'log'>,
): void {
  log.info(
    `${names.join(', ')} for ${system}: the evaluation has to build for ${machine}, so the build job evaluates it`,
  )
}

function createDeferred(
  name: string,
  machine: string,
  { attribute, system }: FindOptions,
  evaluated: readonly Container[],
): Container {
  const { stream: _, ...facts } = evaluated.find(container => container.name === name) ?? {
    output: 'out',
    streamed: false,
  }
  return {
    ...facts,
    name,
    system,
    attribute: attributeOf(resolveTemplate(attribute, system), name),
    builder: machine,
    derivation: '',
    deferred: true,
  }
}

function describeUnknownNames(error: UserError): UserError {
  return new UserError(error.message, {
    hint: `The names of the containers are not known on this machine. Set ${nameInput('containers')} to them.`,
    cause: error,
  })
}
