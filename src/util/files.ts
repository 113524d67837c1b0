import { access, constants, rm, writeFile } from 'node:fs/promises'

/** Whether there is something at a path that we may look at. */
export function exists(path: string): Promise<boolean> {
  return may(path, constants.F_OK)
}

export function isExecutable(path: string): Promise<boolean> {
  return may(path, constants.X_OK)
}

function may(path: string, mode: number): Promise<boolean> {
  return access(path, mode).then(
    () => true,
    () => false,
  )
}

/** Writes a file that only its owner can read, from the first byte on, also where there was one that others could. */
export async function writePrivately(path: string, text: string): Promise<void> {
  await rm(path, { force: true })
  await writeFile(path, text, { mode: 0o600, flag: 'wx' })
}
