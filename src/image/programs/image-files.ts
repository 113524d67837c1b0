import type { LayerFile, LayerFiles } from './layer-contents.js'

/** What a path of an image leads to. Paths are absolute, and without symbolic links. */
export type FoundFile =
  | { readonly kind: 'file'; readonly path: string; readonly file: LayerFile }
  | { readonly kind: 'folder'; readonly path: string }
  | { readonly kind: 'missing' }
  /** A runtime can mount something there, or the layers do not say what is there. */
  | { readonly kind: 'unknown' }

/** Runtimes mount these folders, or programs of the host mount files in them. */
const MOUNTED = ['/dev', '/proc', '/run', '/sys']

/** Linux follows at most so many links in a path. */
const MAX_LINKS = 40

const MISSING: FoundFile = { kind: 'missing' }
const UNKNOWN: FoundFile = { kind: 'unknown' }

/** A folder on the way to a file. */
interface Folder {
  readonly path: string
  /** The lowest layer whose files in this folder are visible. */
  readonly lowest: number
}

const ROOT: Folder = { path: '', lowest: 0 }

/** The files of an image: those of its layers, where upper layers hide lower ones (OCI image-spec, layer.md). */
export class ImageFiles {
  readonly #layers: readonly LayerFiles[]
  readonly #mounted: readonly string[]
  #names: Map<string, string> | undefined

  /** @param layers lowest first @param volumes folders that a user of the image can replace */
  constructor(layers: readonly LayerFiles[], volumes: readonly string[] = []) {
    this.#layers = layers
    this.#mounted = [...MOUNTED, ...volumes].map(folder => `${toParts(folder).join('/')}/`)
  }

  /** Follows a path, which starts at the root. */
  find(path: string): FoundFile {
    const rest = toParts(path).reverse()
    const folders: Folder[] = [ROOT]
    for (let links = 0; rest.length > 0; ) {
      const part = rest.pop() as string
      const folder = folders.at(-1) as Folder
      if (part === '..') {
        if (folders.length > 1) folders.pop()
        continue
      }
      const here = folder.path === '' ? part : `${folder.path}/${part}`
      if (this.#mounted.some(each => `${here}/`.startsWith(each))) return UNKNOWN
      const { file, lowest } = this.#look(here, folder.lowest)
      if (file === 'unclear' || file?.kind === 'unknown') return UNKNOWN
      if (file?.kind === 'link') {
        links += 1
        if (links > MAX_LINKS) return MISSING
        rest.push(...toParts(file.target).reverse())
        if (file.target.startsWith('/')) folders.splice(1)
      } else if (file === undefined || file.kind === 'folder') {
        // Folders of store paths are not in the list.
        if (file === undefined && rest.length === 0) return MISSING
        folders.push({ path: here, lowest })
      } else return rest.length === 0 ? { kind: 'file', path: `/${here}`, file } : MISSING
    }
    return { kind: 'folder', path: `/${(folders.at(-1) as Folder).path}` }
  }

  /** Returns the path of a file with this name, in any folder. The file can be hidden by another layer. */
  findByName(name: string): string | undefined {
    this.#names ??= this.#listNames()
    return this.#names.get(name)
  }

  #listNames(): Map<string, string> {
    const paths = this.#layers.flatMap(({ entries }) => [...entries.keys()])
    return new Map(paths.map(path => [path.slice(path.lastIndexOf('/') + 1), `/${path}`]))
  }

  /** Returns what the layers have at a path, and the lowest layer whose files in it are visible, if it is a folder. */
  #look(path: string, lowest: number): { file: LayerFile | 'unclear' | undefined; lowest: number } {
    let folder: (LayerFile & { kind: 'folder' }) | undefined
    for (let n = this.#layers.length - 1; n >= lowest; n--) {
      const { entries, removed, emptied } = this.#layers[n] as LayerFiles
      const entry = entries.get(path)
      if (entry?.kind === 'folder') folder = folder?.isImplicit === false ? folder : entry
      else if (entry && folder === undefined) return { file: entry, lowest: n }
      // Without its own header, a folder can be the target of the link below, or replace it. This depends on the runtime.
      else if (entry) return { file: folder?.isImplicit ? 'unclear' : folder, lowest: n + 1 }
      if (removed.has(path) || emptied.has(path)) return { file: folder, lowest: n }
    }
    return { file: folder, lowest }
  }
}

function toParts(path: string): string[] {
  return path.split('/').filter(part => part !== '' && part !== '.')
}
