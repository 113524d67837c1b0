import type { ElfFile } from './elf-dynamic.js'

/** What is known about the content of a layer. A field is missing if it is not known. */
export interface LayerContents {
  readonly machines?: Machines
  /** The store paths that the layer has files of, in the order of the tar. */
  readonly storePaths?: readonly string[]
  readonly files?: LayerFiles
}

/** The number of programs and libraries for each machine, by OCI's name for it, such as `arm64`. */
export type Machines = ReadonlyMap<string, number>

/** Adds up the counts of several layers. Returns `undefined` if those of one layer are not known. */
export function addMachines(layers: readonly LayerContents[]): Machines | undefined {
  const sum = new Map<string, number>()
  for (const { machines } of layers) {
    if (machines === undefined) return undefined
    for (const [architecture, count] of machines) sum.set(architecture, (sum.get(architecture) ?? 0) + count)
  }
  return sum
}

/**
 * The files of a layer that matter for starting a program. Paths have no leading slash: `usr/bin/env`. Of a store path, folders
 * and files that are neither programs, libraries, scripts nor links are left out.
 */
export interface LayerFiles {
  /** A hard link is the file that it links to. */
  readonly entries: ReadonlyMap<string, LayerFile>
  /** The layers below do not have these files, nor files in them. */
  readonly removed: ReadonlySet<string>
  /** The layers below have no files in these folders. */
  readonly emptied: ReadonlySet<string>
}

export type LayerFile =
  /** `isImplicit`: the layer has files in this folder, but not the folder itself. */
  | { readonly kind: 'folder'; readonly isImplicit: boolean }
  /** A symbolic link. */
  | { readonly kind: 'link'; readonly target: string }
  | { readonly kind: 'elf'; readonly isExecutable: boolean; readonly elf: ElfFile }
  /** `line` is the first line, without `#!`. */
  | { readonly kind: 'script'; readonly isExecutable: boolean; readonly line: string }
  /** A file with another content. */
  | { readonly kind: 'other'; readonly isExecutable: boolean }
  /** A device, a named pipe, or a file that was not read. */
  | { readonly kind: 'unknown' }
