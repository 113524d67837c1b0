/** A place in a file of Nix's, as Nix names it. */
export interface NamedPlace {
  /** The path within its flake or source tree, or an absolute one. */
  readonly path: string
  readonly line: number
  readonly column: number
  /** What stands in that line, where Nix shows it. */
  readonly text: string | undefined
}

/** `at /path/flake.nix:12:5:`, `at «github:a/b»/flake.nix:12:5`; not `«string»`, which is no file. */
const PLACE = /\bat («[^»\n]*»\/|\/nix\/store\/[0-9a-z]{32}-[^/\n]+\/|\/)([^:\n]+):(\d+):(\d+)\b/

/** How many lines below a place the line that it means may be shown. */
const SHOWN_WITHIN = 6

/**
 * The places that Nix names in its plain words, the nearest to the cause first. Old versions put the trace behind the error, the
 * nearest first; new ones put it before, the nearest last, with the error's own place behind it.
 */
export function placesIn(words: string): NamedPlace[] {
  const lines = words.split(/\r?\n/)
  const cause = lines.findLastIndex(line => /^\s*error: \S/.test(line))
  const places = lines.flatMap((_, n) => placeAt(lines, n))
  const before = places.filter(({ said }) => said < cause)
  const behind = places.filter(({ said }) => said >= cause)
  return [...behind, ...before.reverse()].map(({ place }) => place)
}

function placeAt(lines: readonly string[], said: number): { said: number; place: NamedPlace }[] {
  const found = PLACE.exec(lines[said] ?? '')
  if (!found) return []
  const [, start = '', rest = '', line = '', column = ''] = found
  const path = start === '/' ? `/${rest}` : rest
  const text = shownLine(lines.slice(said + 1, said + 1 + SHOWN_WITHIN), line)
  return [{ said, place: { path, line: Number(line), column: Number(column), text } }]
}

/** Nix shows the lines around a place, each behind its number. */
function shownLine(lines: readonly string[], number: string): string | undefined {
  for (const line of lines) {
    const [, found, text] = /^\s*(\d+)\|(?: (.*))?$/.exec(line) ?? []
    if (found === number) return text ?? ''
  }
  return undefined
}
