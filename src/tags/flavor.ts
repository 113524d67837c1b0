import { parseAttributes } from './attributes.js'
import { inputLines } from './input-lines.js'
import { parseTemplate, type Template } from './template.js'
import { GLOBAL_VOCABULARY } from './vocabulary.js'

/** What holds for all tags that are made here. */
export interface Flavor {
  readonly latest: 'auto' | boolean
  readonly prefix: Affix
  readonly suffix: Affix
}

/** What stands before or after each tag. */
export interface Affix {
  readonly text: Template
  /** Whether `latest` gets it, too. */
  readonly onLatest: boolean
}

const NONE: Affix = { text: [], onLatest: false }
const LATEST: Readonly<Record<string, Flavor['latest']>> = { auto: 'auto', true: true, false: false }

/** Reads the lines of docker/metadata-action's input `flavor`; an empty text is its default. Errors name the line at fault. */
export function parseFlavor(text: string): Flavor {
  const given = inputLines(text, parseFlavorLine)
  return Object.assign({ latest: 'auto', prefix: NONE, suffix: NONE }, ...given)
}

function parseFlavorLine(line: string): Partial<Flavor> {
  let found: Partial<Flavor> = {}
  let last: 'prefix' | 'suffix' | undefined
  for (const { key, value } of parseAttributes(line)) {
    if (key === 'latest') {
      found = { ...found, latest: oneOf(LATEST, 'latest', value) }
    } else if (key === 'prefix' || key === 'suffix') {
      last = key
      found = { ...found, [key]: { text: parseTemplate(value, GLOBAL_VOCABULARY), onLatest: false } }
    } else if (key === 'onlatest' && last) {
      found = {
        ...found,
        [last]: { ...found[last], onLatest: oneOf({ true: true, false: false }, key, value) },
      }
    } else {
      throw new Error(
        `${key ?? value} is not latest=auto|true|false, prefix=… or suffix=… (these with onlatest=true)`,
      )
    }
  }
  return found
}

function oneOf<T>(allowed: Readonly<Record<string, T>>, key: string, value: string): T {
  const found = Object.hasOwn(allowed, value) ? allowed[value] : undefined
  if (found === undefined) throw new Error(`${key}=${value} is not one of ${Object.keys(allowed).join(', ')}`)
  return found
}
