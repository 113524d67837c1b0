import { expect, test } from '@jest/globals'
import { type Attempt, requireAll } from '../../../src/command/shared/failures.js'
import { UserError } from '../../../src/util/error.js'

const failed = (name: string, error: unknown): Attempt<number> => ({ done: false, name, error })
const thrown = (attempts: readonly Attempt<number>[]): unknown => {
  try {
    return requireAll(attempts)
  } catch (error) {
    return error
  }
}

test('several failures are thrown as one error with all messages', () => {
  const location = { file: '/w/flake.nix', line: 3, column: 4 }
  const error = thrown([
    failed('fd', new UserError('no compiler', { hint: 'get one', location })),
    { done: true, value: 1 },
    failed('rg', new UserError('no disk')),
  ]) as UserError
  expect(error.message).toBe('2 of 3 failed:\n- fd: no compiler\n  get one\n- rg: no disk')
  expect(error.failures.map(({ message, hint, location }) => [message, hint, location])).toEqual([
    ['fd: no compiler', 'get one', location],
    ['rg: no disk', undefined, undefined],
  ])
})

test('a message that begins with the name is not changed', () => {
  const error = thrown([failed('fd', new UserError('fd: a')), failed('rg', new UserError('b'))]) as UserError
  expect(error.message).toBe('2 of 2 failed:\n- fd: a\n- rg: b')
  expect(error.failures.map(({ message }) => message)).toEqual(['fd: a', 'rg: b'])
})

test('a single failure is thrown unchanged', () => {
  const error = new UserError('no')
  expect(thrown([failed('fd', error)])).toBe(error)
})
