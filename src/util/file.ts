import { access, constants } from 'node:fs/promises'

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
