import { UserError } from '../../util/error.js'

/** What a template's placeholders stand for; an absent one cannot be used. */
export interface Names {
  /** The container's name in the flake. */
  readonly name: string
  /** The image's own name, as dockerTools has it. */
  readonly image: string
  /** The owner of the repository on GitHub. */
  readonly owner?: string | undefined
}

/** Fills `{name}`, `{image}` and `{owner}` in. Throws a `UserError` for a placeholder that is unknown or has no value here. */
export function fill(template: string, names: Names, input: string): string {
  return template.replace(/\{([^{}]*)\}/g, (whole, key: string) => {
    const value = new Map(Object.entries(names)).get(key)
    if (value !== undefined) return value
    throw new UserError(
      `\`${input}\` holds ${whole}, which ${key === 'owner' ? 'is known on GitHub only' : 'is no placeholder'}`,
      {
        hint: 'The placeholders are {name}, {image} and, on GitHub, {owner}.',
      },
    )
  })
}
