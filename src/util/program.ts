import { delimiter, join } from 'node:path'
import { isExecutable } from './files.js'

/** The path of a program in the folders of a PATH; `undefined` where there is none. */
export async function programOnPath(path: string, name: string): Promise<string | undefined> {
  for (const folder of path.split(delimiter).filter(Boolean)) {
    const file = join(folder, name)
    if (await isExecutable(file)) return file
  }
  return undefined
}
