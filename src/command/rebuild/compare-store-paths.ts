import type { Bytes } from '../../image/format/bytes.js'
import { decodeDetected } from '../../image/format/decompress.js'
import { readPartsWithoutTimes } from '../../image/format/tar-without-times.js'
import { storePathOf } from '../../image/store/store-paths.js'
import { type Digest, Hasher } from '../../oci/digest.js'

/** The files outside of the store, such as links in `/bin`. */
export const OUTSIDE = 'files outside of the store'

/** A store path that two images have with different content, or that only one of them has. */
export interface ChangedPath {
  readonly path: string
  readonly kind: 'different content' | 'only published' | 'only rebuilt'
  /** The first file that differs. */
  readonly file?: string
}

/** What is in some layers: digests of the files of each store path, without times. */
type Contents = ReadonlyMap<string, ReadonlyMap<string, Digest>>

/**
 * Compares the store paths in two lists of layers, without the times of files. The layers in which a path is do not matter. Each
 * layer is read once; the names and digests of all files are in memory.
 */
export async function compareStorePaths(
  published: readonly Bytes[],
  rebuilt: readonly Bytes[],
): Promise<ChangedPath[]> {
  const [a, b] = [await readContents(published), await readContents(rebuilt)]
  return [...new Set([...a.keys(), ...b.keys()])].flatMap((path): ChangedPath[] => {
    const [before, after] = [a.get(path), b.get(path)]
    if (after === undefined) return [{ path, kind: 'only published' }]
    if (before === undefined) return [{ path, kind: 'only rebuilt' }]
    const file = findChangedFile(before, after)
    return file === undefined ? [] : [{ path, kind: 'different content', file }]
  })
}

function findChangedFile(a: ReadonlyMap<string, Digest>, b: ReadonlyMap<string, Digest>): string | undefined {
  return [...new Set([...a.keys(), ...b.keys()])].find(name => a.get(name) !== b.get(name))
}

async function readContents(layers: readonly Bytes[]): Promise<Contents> {
  const contents = new Map<string, Map<string, Digest>>()
  for (const layer of layers) {
    for await (const { name, digest } of readPartsWithoutTimes(decodeDetected(layer))) {
      // The end of the tar has no name.
      if (name === '') continue
      const path = storePathOf(name) ?? OUTSIDE
      const files = contents.get(path) ?? new Map<string, Digest>()
      const known = files.get(name)
      // A pax header and a member have the same name.
      files.set(
        name,
        known === undefined ? digest : new Hasher().update(Buffer.from(known + digest)).digest(),
      )
      contents.set(path, files)
    }
  }
  return contents
}
