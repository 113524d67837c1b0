import { isSystem, SYSTEMS, type System } from '../oci/system.js'

/** What `runs-on` takes: a label, or several that a self-hosted runner must have. */
export type Runner = string | readonly string[]

/** The runners that were named, by system. */
export type Runners = Readonly<Partial<Record<System, Runner>>>

/** Words `system=label` and `system=[label, label]`, between spaces, commas or line ends. */
export function parseRunners(text: string): Runners {
  const entry = /([^\s,=]+)\s*=\s*(\[[^\]]*\]|[^\s,[\]]+)|[^\s,]+/g
  const all = [...text.matchAll(entry)].map(([word, system = '', runner]) => {
    if (runner === undefined)
      throw new Error(`${JSON.stringify(word)} is not a system, an equals sign and a runner's label`)
    return [parseSystem(system), parseRunner(runner)] as const
  })
  const twice = all.find(([system], n) => all.findIndex(([other]) => other === system) < n)
  if (twice !== undefined) throw new Error(`${twice[0]} has two runners`)
  return Object.fromEntries(all)
}

function parseSystem(word: string): System {
  if (isSystem(word)) return word
  throw new Error(`${JSON.stringify(word)} is not a system; known: ${SYSTEMS.join(', ')}`)
}

/** Quotes are what YAML has around labels, and no part of them. */
function parseRunner(text: string): Runner {
  if (!text.startsWith('[')) return text
  const labels = text
    .slice(1, -1)
    .split(',')
    .map(label => label.trim().replace(/^(["'])(.*)\1$/, '$2'))
    .filter(label => label !== '')
  if (labels.length === 0) throw new Error(`${text} names no label`)
  return labels
}
