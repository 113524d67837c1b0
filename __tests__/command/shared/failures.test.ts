import { expect, test } from '@jest/globals'
import { type Attempt, requireAll } from '../../../src/command/shared/failures.js'
import { RequestError } from '../../../src/http/request-error.js'
import { describeError } from '../../../src/registry/describe-error.js'
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

const refused = (repository: string, status: number, registry = 'r.example'): unknown =>
  describeError(
    new RequestError({
      method: 'GET',
      url: new URL(`https://${registry}/v2/${repository}/manifests/1`),
      status,
    }),
    { reference: { registry, repository }, access: 'push', credential: undefined },
  )

test.each([
  ['credentials that a registry rejects', refused('o/one', 401), refused('o/two', 401), 1],
  ['an outage', refused('o/one', 503), refused('o/two', 503), 1],
  ['repositories without access', refused('o/one', 403), refused('o/two', 403), 2],
  ['two registries', refused('o/one', 401), refused('o/two', 401, 's.example'), 2],
  ['two statuses', refused('o/one', 401), refused('o/two', 503), 2],
])('a registry has one message for each reason: %s', (_, one, two, count) => {
  const error = thrown([failed('one', one), failed('two', two)]) as UserError
  expect(error.failures).toHaveLength(count === 1 ? 0 : 2)
  expect(error.message.match(/https:/g)).toHaveLength(count)
  const more = thrown([
    failed('one', one),
    failed('fd', new UserError('no disk')),
    failed('two', two),
  ]) as UserError
  expect(more.failures).toHaveLength(count + 1)
  expect(more.message).toContain(count === 1 ? '- one, two: ' : '- two: ')
})
