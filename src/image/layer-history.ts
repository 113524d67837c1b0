import type { HistoryEntry } from '../oci/config-details.js'
import { isStorePath } from './store-paths.js'

const LISTED = /^store paths: \[(.*)\]$/s

/** What dockerTools calls the layer of `contents` and `extraCommands`: the path it was made from, which it does not hold. */
const NOT_IN_IT = /-customisation-layer$/

/**
 * The store paths that each layer holds, as nixpkgs' stream_layered_image.py writes them into the config's history; `undefined`
 * for a layer of which it does not tell, and for all where the history does not fit the layers.
 */
export function pathsFromHistory(
  history: readonly HistoryEntry[],
  layers: number,
): readonly (readonly string[] | undefined)[] {
  const entries = history.filter(({ isEmpty }) => !isEmpty)
  if (entries.length !== layers) return Array.from({ length: layers }, () => undefined)
  return entries.map(({ comment }) => pathsIn(comment))
}

/** The paths stand there as a list of Python, which quotes with `'`; a layer of a base image stands there by its file. */
function pathsIn(comment: string): string[] | undefined {
  const list = LISTED.exec(comment)?.[1]
  if (list === undefined) return undefined
  const paths = [...list.matchAll(/'([^']*)'|"([^"]*)"/g)].map(match => match[1] ?? match[2] ?? '')
  return paths.every(isStorePath) ? paths.filter(path => !NOT_IN_IT.test(path)) : undefined
}
