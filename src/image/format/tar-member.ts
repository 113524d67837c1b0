import { type TarEntry, type TarInput, tarEntries } from './tar.js'

export type TarFile = Extract<TarEntry, { readonly kind: 'file' }>

/**
 * The first regular file of a tar that has one of these names. Its body is what `input` gives next; nothing behind it has
 * been read. Throws an `Error` when the tar is damaged or cut off before.
 */
export async function findFile(input: TarInput, names: readonly string[]): Promise<TarFile | undefined> {
  for await (const entry of tarEntries(input)) {
    if (entry.kind === 'file' && names.includes(entry.name)) return entry
  }
  return undefined
}
