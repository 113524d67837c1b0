import { accessSync, constants } from 'node:fs'
import { delimiter, join, resolve } from 'node:path'
import { test } from '@jest/globals'

/** PATH with stand-ins for the programs xz and zstd behind all others: those of the machine come first. */
export function pathWithStandIns(): string {
  return `${process.env.PATH}${delimiter}${resolve('__tests__/support/programs')}`
}

/** The `test` of a file whose tests need a program that nothing can stand in for: without it they are skipped, which is said. */
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
