import type { Host } from '../../host/host.js'
import type { UserError } from '../../util/error.js'
import { plural } from '../../util/text.js'
import type { Looked, Unknown } from '../shared/plan-ask.js'

/** How many of many are named. */
const NAMED = 5

/** Says once for all containers that no registry answered: as a rule it is one and the same trouble. */
export function warnOfSilence(looked: readonly Looked[], { log }: Host): void {
  const errors = errorsOf(looked, 'silent')
  const [error] = errors
  if (error === undefined) return
  const rest = `so ${plural(errors.length, 'container')} may be built without need`
  log.warning(withHint(`The registry could not be asked, ${rest}: ${error.message}`, error))
}

/** Says once for all containers that a registry would not tell whether it has them. */
export function warnOfHidden(looked: readonly Looked[], { log }: Host): void {
  const errors = errorsOf(looked, 'hidden')
  const [error] = errors
  if (error === undefined) return
  const whose = `What the registry has of ${plural(errors.length, 'container')}`
  const why = `may not be read or is not there yet, so all of it is built: ${error.message}`
  log.warning(withHint(`${whose} ${why}`, error))
}

/** Says early, and not only when all is built, which tags the merge will refuse to set. */
export function warnOfRefusals(looked: readonly Looked[], { log }: Host): void {
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

function errorsOf(looked: readonly Looked[], kind: Unknown['kind']): UserError[] {
  return looked.flatMap(({ result }) => (result.kind === kind && 'error' in result ? [result.error] : []))
}

function withHint(message: string, { hint }: UserError): string {
  return [message, hint].filter(Boolean).join('\n')
}
