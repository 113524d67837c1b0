import { isAbsolute, relative, sep } from 'node:path'

/** The path from a folder down to a file, with `/`; `undefined` for what does not lie in it. */
export function pathWithin(folder: string, file: string): string | undefined {
  const path = relative(folder, file)
  if (path === '' || path === '..' || path.startsWith(`..${sep}`) || isAbsolute(path)) return undefined
  return path.split(sep).join('/')
}
