import { UserError } from '../util/error.js'
import type { ExecResult } from '../util/exec.js'
import { type AttributePath, attributeOf, attributePath, attributeText } from './attribute.js'
import { explanationOf, isFetchFailure } from './describe-error.js'
import type { Answer, Query } from './evaluation.js'
import type { FindOptions } from './find-options.js'
import { meantFolder } from './flake-ref.js'
import { lastError, plainText } from './log.js'
import { ownCause } from './own-place.js'
import { suggestion } from './suggest.js'

const NAME_THEM = 'If this is not about an image, name the containers that you want.'

/** The flake, or what was asked of it, does not evaluate; with the place in the user's own files where there is one. */
export async function evaluationFailure(
  options: FindOptions,
  query: Query,
  result: ExecResult,
  trace: () => Promise<ExecResult>,
): Promise<UserError> {
  const words = lastError(result)
  const unfetched = isFetchFailure(plainText(result.stderr))
  const folder = unfetched ? await meantFolder(options.flake, options.cwd) : undefined
  const where = query.names?.map(name => attributeOf(query, name)).join(', ') ?? attributeText(query.before)
  const guess = unfetched || query.names !== null ? undefined : NAME_THEM
  return new UserError(`Nix could not evaluate ${where} of the flake ${options.flake}:\n${words}`, {
    hint: folder === undefined ? (explanationOf(words) ?? guess) : `If you mean the folder, write ${folder}.`,
    at: unfetched ? undefined : await ownCause(result, trace, options.flake, options.cwd),
  })
}

/** The flake has not even the outermost part of the attribute. */
export function noAttribute({ flake, attribute }: FindOptions, { before }: AttributePath): UserError {
  return new UserError(`The flake ${flake} has no ${attributeText(before.slice(0, 1))}`, {
    hint: `The attribute ${attribute.text} says where to look.`,
  })
}

/** The way to the containers ends early. */
export function absent(
  options: FindOptions,
  path: AttributePath,
  at: Extract<Answer, { kind: 'absent' }>,
): UserError {
  const where = attributeText(path.before.slice(0, Math.max(1, path.before.indexOf(at.part))))
  const there = at.siblings.length > 0 ? `: ${where} has ${at.siblings.join(', ')}` : ''
  const lookedAt = `The attribute ${options.attribute.text} says where to look.`
  if (at.part !== options.system) {
    return new UserError(`The flake ${options.flake} has no ${where}.${at.part}${there}`, { hint: lookedAt })
  }
  return new UserError(`The flake ${options.flake} has nothing for ${options.system}${there}`, {
    hint: `Name the systems that the flake is made for. ${lookedAt}`,
  })
}

/** Named containers are not there; `there` are the images that are. */
export function missing(options: FindOptions, names: readonly string[], there: readonly string[]): UserError {
  const path = attributePath(options.attribute, options.system)
  const attributes = names.map(name => attributeOf(path, name)).join(', ')
  const guess = names.map(name => suggestion(name, there)).find(Boolean)
  const images = there.length > 0 ? `Its images are: ${there.join(', ')}.` : 'It has no images there.'
  return new UserError(`The flake ${options.flake} has no ${attributes}`, {
    hint: guess === undefined ? images : `Did you mean ${guess}? ${images}`,
  })
}

/** What was named is something else. */
export function notDerivation(
  options: FindOptions,
  path: AttributePath,
  [name, type]: [string, string],
): UserError {
  return new UserError(
    `${attributeOf(path, name)} of the flake ${options.flake} is no derivation but of the type ${type}`,
    {
      hint: 'A container is a derivation that builds an image, as dockerTools.buildLayeredImage makes one.',
    },
  )
}
