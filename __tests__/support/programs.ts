import { accessSync, constants } from 'node:fs'
import { delimiter, join, resolve } from 'node:path'
import { test } from '@jest/globals'

/** PATH with stand-ins for xz and zstd at the end, so that the programs of the machine are preferred. */
export function pathWithStandIns(): string {
  return `${process.env.PATH}${delimiter}${resolve('__tests__/support/programs')}`
}

/** `test` for tests that need a program without a stand-in: if it is missing, they are skipped and a message is printed. */
export function testWith(program: string): typeof test {
  if (isOnPath(program)) return test
  test.skip(`all that needs ${program}, which this machine does not have`, () => {})
  return test.skip as typeof test
}

function isOnPath(program: string): boolean {
  return (process.env.PATH ?? '').split(delimiter).some(folder => isExecutable(join(folder, program)))
}

function isExecutable(file: string): boolean {
  try {
    accessSync(file, constants.X_OK)
    return true
  } catch {
    return false
  }
}
