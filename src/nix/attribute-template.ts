import { cpuOf, isSystem, platformOf, SYSTEMS, type System } from '../oci/platform.js'
import { UsageError } from '../util/error.js'
import { nameInput } from '../util/input-name.js'

/** Where a flake defines its containers, for example `packages.{system}.{name}`. */
export interface AttributeTemplate {
  readonly text: string
  /** At most one line for each system, and at most one for all others. At least one. */
  readonly lines: readonly TemplateLine[]
}

interface TemplateLine {
  /** The system that the line is for. Without it, the line is for all systems without another line. */
  readonly system?: System
  readonly text: string
  readonly parts: readonly string[]
}

export const DEFAULT_ATTRIBUTE = 'packages.{system}.{name}'

const PLACEHOLDERS = ['{name}', '{system}', '{cpu}', '{architecture}']

/**
 * Parses an attribute template, or lines `system=template` for templates that differ by system. Its parts are separated by dots,
 * and each is bare or in double quotes. It contains `{name}` once and not in the first part; if it is for one platform, it may
 * be the attribute of one container, without `{name}`. `{system}` (`aarch64-linux`), `{cpu}` (`aarch64`) and `{architecture}`
 * (`arm64`) are optional. Throws a `UsageError`.
 */
export function parseAttributeTemplate(text: string): AttributeTemplate {
  const lines = text
    .split(/\r?\n/)
    .map(line => line.trim())
    .filter(line => line !== '')
    .map(parseTemplateLine)
  if (lines.length === 0) throw createTemplateError(text, 'it must consist of names separated by dots')
  const second = lines.find(({ system }, n) => lines.findIndex(other => other.system === system) < n)
  if (second !== undefined) {
    const whose =
      second.system === undefined ? 'two lines without a system' : `two lines for ${second.system}`
    throw createTemplateError(text, `it has ${whose}`)
  }
  return { text, lines }
}

function parseTemplateLine(line: string): TemplateLine {
  const [, word, text = line] = /^([\w-]+)\s*=\s*(.*)$/.exec(line) ?? []
  if (word !== undefined && !isSystem(word))
    throw createTemplateError(line, `${word} is not a system; known systems: ${SYSTEMS.join(', ')}`)
  const unknown = (text.match(/\{[^}]*\}/g) ?? []).find(each => !PLACEHOLDERS.includes(each))
  if (unknown !== undefined)
    throw createTemplateError(line, `${unknown} is neither {name} nor {system}, {cpu} or {architecture}`)
  const parts = splitAttribute(text)
  if (parts === undefined) throw createTemplateError(line, 'it must consist of names separated by dots')
  const count = text.split('{name}').length - 1
  const isForOnePlatform = word !== undefined || /\{(cpu|architecture)\}/.test(text)
  if (count > 1 || (count === 0 && !(isForOnePlatform && parts.length > 1)))
    throw createTemplateError(line, 'it must contain {name} once')
  if (parts[0]?.includes('{name}')) throw createTemplateError(line, '{name} cannot be in the first part')
  return { ...(word !== undefined && { system: word }), text, parts }
}

function createTemplateError(text: string, reason: string): UsageError {
  return new UsageError(`${JSON.stringify(text)} is not an attribute template: ${reason}`, {
    hint:
      `Write it as ${DEFAULT_ATTRIBUTE}, with {name} for the container, and {system} (aarch64-linux), {cpu} (aarch64) or ` +
      '{architecture} (arm64) for the system. If systems differ, write a line for each, for example ' +
      'aarch64-linux=packages.x86_64-linux.{name}-{cpu}.',
  })
}

/** Throws a `UsageError` if a system has no attribute, or if more than one system would get the same one. */
export function checkSystems(template: AttributeTemplate, systems: readonly System[]): void {
  const attributes = new Map<string, System>()
  for (const system of systems) {
    const attribute = attributeTextFor(template, system)
    if (attribute === undefined) {
      throw new UsageError(`${nameInput('attribute')} has no line for ${system}`, {
        hint:
          `Add a line ${system}=…, or a line without a system for all others, or set ${nameInput('systems')} to the ` +
          'systems that have a line.',
      })
    }
    const other = attributes.get(attribute)
    if (other !== undefined && other !== system) {
      throw new UsageError(`The attribute ${attribute} is the same for ${other} and ${system}`, {
        hint:
          `Add {system}, {cpu} or {architecture} to ${nameInput('attribute')}, or set ${nameInput('systems')} to the one ` +
          'system that the attribute is for.',
      })
    }
    attributes.set(attribute, system)
  }
}

/** Returns the template for a system with all placeholders but `{name}` replaced. */
export function attributeTextFor(template: AttributeTemplate, system: System): string | undefined {
  const line = findLine(template, system)
  return line && replaceSystem(line.text, system)
}

function findLine({ lines }: AttributeTemplate, system: System): TemplateLine | undefined {
  return lines.find(line => line.system === system) ?? lines.find(line => line.system === undefined)
}

function replaceSystem(text: string, system: System): string {
  return text
    .replaceAll('{system}', system)
    .replaceAll('{cpu}', cpuOf(system))
    .replaceAll('{architecture}', platformOf(system).architecture)
}

/** Splits `a."b.c".d` into its three parts. Returns `undefined` if the text is not an attribute path. */
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

/** An attribute template for one system, split at `{name}`. */
export interface AttributePath {
  /** The parts from the flake's outputs to the set that contains the containers. At least one part. */
  readonly before: readonly string[]
  /** The text before and after `{name}` within its part. */
  readonly prefix: string
  readonly suffix: string
  /** The parts from the named attribute to the derivation. */
  readonly after: readonly string[]
  /** True if the template has no `{name}`: `prefix` is the last part, and the name of the container is not in the attribute. */
  readonly fixed?: true
}

/** The template must have a line for the system (`checkSystems`). */
export function resolveTemplate(template: AttributeTemplate, system: System): AttributePath {
  const parts = (findLine(template, system)?.parts ?? []).map(part => replaceSystem(part, system))
  const nameIndex = parts.findIndex(part => part.includes('{name}'))
  if (nameIndex < 0)
    return { before: parts.slice(0, -1), prefix: parts.at(-1) ?? '', suffix: '', after: [], fixed: true }
  const [prefix = '', suffix = ''] = parts[nameIndex]?.split('{name}') ?? []
  return { before: parts.slice(0, nameIndex), prefix, suffix, after: parts.slice(nameIndex + 1) }
}

/** Returns the attribute of one container, as written after the `#` of a flake reference. */
export function attributeOf(path: AttributePath, name: string): string {
  const part = path.fixed ? path.prefix : `${path.prefix}${name}${path.suffix}`
  return formatAttribute([...path.before, part, ...path.after])
}

/** Joins parts to an attribute path, with quotes if needed. */
export function formatAttribute(parts: readonly string[]): string {
  return parts.map(part => (/^[A-Za-z_][A-Za-z0-9_'-]*$/.test(part) ? part : `"${part}"`)).join('.')
}
