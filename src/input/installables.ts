import {
  attributeTextFor,
  DEFAULT_ATTRIBUTE,
  formatAttribute,
  parseAttributeTemplate,
  splitAttribute,
} from '../nix/attribute-template.js'
import { isSystem, type System } from '../oci/platform.js'
import { UsageError } from '../util/error.js'
import { nameInput } from '../util/input-name.js'

/** Returns the text of an input by its name. */
type TextOf = (name: string) => string | undefined

const FLAKE_SCHEME = /^(github|gitlab|sourcehut|path|flake|https?|git(\+\w+)?|tarball\+\w+|file\+\w+):/

/** True for an argument such as `.#hello`, `github:owner/name#hello`, or the flake alone: `.`, `github:owner/name`. */
export function isInstallable(word: string): boolean {
  return word.includes('#') || word === '.' || word === '..' || FLAKE_SCHEME.test(word)
}

/**
 * Adds arguments as Nix users write them to the text of the input `flake`, one per line. After `.#hello`, the word `world` is
 * another container of the same flake. Returns the words that are something else.
 */
export function addInstallables(flake: string | undefined, words: readonly string[]) {
  const lines: string[] = []
  const others: string[] = []
  for (const word of words) {
    const isName = /^[\w+-][\w.+-]*$/.test(word)
    if (isInstallable(word)) lines.push(word)
    else if (isName && lines.some(line => line.includes('#'))) lines.push(`#${word}`)
    else others.push(word)
  }
  return { flake: lines.length === 0 ? flake : [...(flake ? [flake] : []), ...lines].join('\n'), others }
}

/**
 * Reads installables of Nix in the input `flake`, for example `.#hello` or `.#packages.x86_64-linux.hello`. Returns a source with
 * the flake alone in `flake`, and what is after the `#` in `containers`, `systems` and `attribute`. Throws a `UsageError` if they
 * are for several flakes, or contradict these inputs.
 */
export function expandInstallables(source: TextOf): TextOf {
  const given = source('flake')
  const text = given?.trim() ?? ''
  if (!text.includes('#') && !text.includes('\n')) return name => (name === 'flake' ? given : source(name))
  const installables = text.split('\n').map(line => parseInstallable(line.trim()))
  const flakes = unique(installables.flatMap(({ flake }) => flake ?? []))
  if (flakes.length > 1) {
    throw new UsageError(`There is more than one flake: ${flakes.join(' and ')}`, {
      hint: 'Call the program once for each flake.',
    })
  }
  const wanted = installables.flatMap(({ target }) => target ?? [])
  const values = new Map<string, string | undefined>([
    ['flake', flakes[0]],
    ['containers', joinTexts([source('containers'), ...unique(wanted.map(({ name }) => name))])],
    ['systems', selectSystems(wanted, source)],
    ['attribute', selectAttribute(wanted, source)],
  ])
  return name => (values.has(name) ? values.get(name) : source(name))
}

/** What is after the `#` of an installable. */
interface Target {
  readonly name: string
  readonly system?: System
  /** An attribute template. Missing if there is only a name. */
  readonly attribute?: string
}

interface Installable {
  /** Missing in `#hello`, which is in the same flake as the others. */
  readonly flake?: string
  readonly target?: Target
}

function parseInstallable(text: string): Installable {
  const index = text.indexOf('#')
  if (index < 0) return { flake: text }
  const flake = text.slice(0, index)
  // `^out` selects outputs, and a leading dot means that the attribute is complete.
  const attribute = text.slice(index + 1).replace(/\^[\w*,]+$/, '')
  const target = attribute === '' ? undefined : parseTarget(attribute)
  return { ...(flake !== '' && { flake }), ...(target && { target }) }
}

function parseTarget(text: string): Target {
  const isComplete = text.startsWith('.')
  const parts = splitAttribute(isComplete ? text.slice(1) : text)
  const name = parts?.at(-1)
  if (parts === undefined || name === undefined) {
    throw new UsageError(`${JSON.stringify(text)} after the # is not an attribute`, {
      hint: 'Write the name of a container, .#hello, or its whole attribute, .#packages.x86_64-linux.hello.',
    })
  }
  if (parts.length === 1 && !isComplete) return { name }
  const system = parts.find(isSystem)
  const isPackage = system === undefined && !isComplete
  // Nix looks for `hello.image` in `packages.<system>`, too.
  const all = isPackage ? ['packages', '{system}', ...parts] : parts
  const path = all.slice(0, -1).map(part => (part === system ? '{system}' : formatPart(part)))
  return { name, attribute: [...path, '{name}'].join('.'), ...(system && { system }) }
}

function formatPart(part: string): string {
  return part === '{system}' ? part : formatAttribute([part])
}

function selectSystems(targets: readonly Target[], source: TextOf): string | undefined {
  const given = source('systems')?.trim()
  const systems = unique(targets.flatMap(({ system }) => system ?? []))
  const other = systems.find(system => given && given !== 'any' && !given.split(/[\s,]+/).includes(system))
  if (other !== undefined) {
    throw new UsageError(
      `The attribute is for ${other}, but ${nameInput('systems')} is ${JSON.stringify(given)}`,
      {
        hint: `Remove ${nameInput('systems')}, or write only the name of the container after the #.`,
      },
    )
  }
  return given || systems.join(' ') || undefined
}

function selectAttribute(targets: readonly Target[], source: TextOf): string | undefined {
  const given = source('attribute')?.trim()
  const templates = unique(targets.map(({ attribute }) => attribute ?? (given || DEFAULT_ATTRIBUTE)))
  const [first, second] = templates
  if (second !== undefined || (given && first !== undefined && !isSameTemplate(given, first))) {
    throw new UsageError(
      `There is more than one attribute: ${unique([...templates, given])
        .filter(Boolean)
        .join(' and ')}`,
      {
        hint: `Write only names after the #, and set ${nameInput('attribute')}, or call the program once for each attribute.`,
      },
    )
  }
  return given || (first === DEFAULT_ATTRIBUTE ? undefined : first)
}

function isSameTemplate(a: string, b: string): boolean {
  const textOf = (text: string) => attributeTextFor(parseAttributeTemplate(text), 'x86_64-linux')
  return a === b || textOf(a) === textOf(b)
}

function joinTexts(texts: readonly (string | undefined)[]): string | undefined {
  return texts.filter(Boolean).join('\n') || undefined
}

function unique<T>(values: readonly T[]): T[] {
  return [...new Set(values)]
}
