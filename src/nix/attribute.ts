import { UsageError } from '../util/error.js'

/** Where a flake has its containers, as in `packages.{system}.{name}`. */
export interface AttributeTemplate {
  readonly text: string
  readonly parts: readonly string[]
}

/** An attribute template for one system, cut at the part that holds `{name}`. */
export interface AttributePath {
  /** From the flake's outputs to what holds the containers; at least one part. */
  readonly before: readonly string[]
  /** What stands around the name in its own part. */
  readonly prefix: string
  readonly suffix: string
  /** From what is named to the derivation. */
  readonly after: readonly string[]
}

export const DEFAULT_ATTRIBUTE = 'packages.{system}.{name}'

/**
 * Reads a template: parts divided by dots, each bare or in double quotes, `{name}` once and not in the first part,
 * `{system}` anywhere or nowhere. Throws a `UsageError` that says what is wrong.
 */
export function parseAttributeTemplate(text: string): AttributeTemplate {
  const bad = (why: string): UsageError =>
    new UsageError(`${JSON.stringify(text)} is no attribute template: ${why}`, {
      hint: `Write it as ${DEFAULT_ATTRIBUTE}, with {name} for the container and {system} for the system.`,
    })
  const unknown = /\{(?!name\}|system\})[^}]*\}/.exec(text)
  if (unknown) throw bad(`${unknown[0]} is neither {name} nor {system}`)
  const parts = splitAttribute(text)
  if (parts === undefined) throw bad('its parts are not names divided by dots')
  const named = parts.filter(part => part.includes('{name}'))
  if (named.length !== 1 || named[0]?.split('{name}').length !== 2) throw bad('it must hold {name} once')
  if (parts[0]?.includes('{name}')) throw bad('{name} cannot stand in the first part')
  return { text, parts }
}

/** Throws a `UsageError` when several systems would get one and the same container. */
export function checkSystems({ text }: AttributeTemplate, systems: readonly string[]): void {
  if (systems.length < 2 || text.includes('{system}')) return
  throw new UsageError(`The attribute ${text} is the same for ${systems.join(' and ')}`, {
    hint: 'Write {system} where the system stands in it, or name the one that it is for, with `systems`.',
  })
}

/** `a."b.c".d` as its three parts; `undefined` when it is no attribute path. */
export function splitAttribute(text: string): string[] | undefined {
  const parts: string[] = []
  const part = /(?:"([^"]*)"|([^".\s]+))(\.|$)/y
  while (part.lastIndex < text.length) {
    const match = part.exec(text)
    if (match === null) return undefined
    parts.push(match[1] ?? match[2] ?? '')
    if (part.lastIndex === text.length) return match[3] === '.' ? undefined : parts
  }
  return undefined
}

/** The template's path for a system. */
export function attributePath(template: AttributeTemplate, system: string): AttributePath {
  const parts = template.parts.map(part => part.replaceAll('{system}', system))
  const at = parts.findIndex(part => part.includes('{name}'))
  const [prefix = '', suffix = ''] = parts[at]?.split('{name}') ?? []
  return { before: parts.slice(0, at), prefix, suffix, after: parts.slice(at + 1) }
}

/** The attribute of one container, as one writes it after a flake's `#`. */
export function attributeOf(path: AttributePath, name: string): string {
  return attributeText([...path.before, `${path.prefix}${name}${path.suffix}`, ...path.after])
}

/** Parts as an attribute path, those that need it in quotes. */
export function attributeText(parts: readonly string[]): string {
  return parts.map(part => (/^[A-Za-z_][A-Za-z0-9_'-]*$/.test(part) ? part : `"${part}"`)).join('.')
}
