import type { Affixes } from './affixes.js'
import type { Applied } from './applied.js'
import type { Line } from './line.js'
import { newestTag, plainTag } from './make.js'
import type { RuleOf } from './rule.js'
import { namesIn, render, type Template } from './template.js'
import { parseVersion, type Version } from './version.js'

const NUMBERS = ['major', 'minor', 'patch'] as const

/** The tag of a rule `type=semver` for a text such as `v1.2.3`; none when the text is no version. */
export function semverTag({ pattern, match }: RuleOf<'semver'>, value: string, affixes: Affixes): Applied {
  const raw = match ? (match.exec(value)?.[1] ?? value) : value
  const version = parseVersion(raw.replaceAll('/', '-'))
  if (!version) return { tags: [], latest: false }
  const shape = version.stable || isRaw(pattern) ? pattern : [{ name: 'version', words: [], options: {} }]
  const text = render(shape, ({ name }) => partOf(version, raw, name))
  const line = lineOfNames(version, namesIn(shape))
  const tags = line ? newestTag(text, version, line, affixes) : plainTag(text, 'exact', affixes)
  return { tags, latest: version.stable, version }
}

function isRaw(pattern: Template): boolean {
  const [only] = pattern
  return pattern.length === 1 && typeof only === 'object' && only.name === 'raw'
}

function partOf(version: Version, raw: string, name: string): string {
  const number = NUMBERS.find(each => each === name)
  if (number) return String(version[number])
  // As docker/metadata-action has it, a version goes without its build metadata.
  return name === 'raw' ? raw : version.text.replace(/\+.*/, '')
}

/** The versions that share the tag with ours; `undefined` when it names ours alone. */
function lineOfNames(version: Version, names: readonly string[]): Line | undefined {
  const given = NUMBERS.filter(name => names.includes(name))
  if (names.includes('raw') || names.includes('version') || given.length === NUMBERS.length) return undefined
  return Object.fromEntries(given.map(name => [name, version[name]]))
}
