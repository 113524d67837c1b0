import { expect, test } from '@jest/globals'
import { checkTestNames, selectCommands } from '../../../src/command/test/select-tests.js'
import { parseTests } from '../../../src/input/parse-tests.js'
import { setInputStyle } from '../../../src/util/input-name.js'

const tests = parseTests('fd: fd -V\nrg: rg -V\nfd: fd -h')
const named = (...names: string[]) => names.map(name => ({ name }))

test('a container has its commands, in their order', () => {
  expect(selectCommands(tests, 'fd')).toEqual([
    ['fd', '-V'],
    ['fd', '-h'],
  ])
  expect(selectCommands(tests, 'bat')).toEqual([])
})

test('a test for a container that does not exist is an error with similar names', () => {
  setInputStyle('workflow')
  expect(() => checkTestNames(tests, named('fd', 'rg', 'bat'))).not.toThrow()
  expect(() =>
    checkTestNames(parseTests('fdContainr: fd'), named('fdContainer', 'fdContainer', 'rg')),
  ).toThrow(
    expect.objectContaining({
      message: '`test` names the container fdContainr, but the containers are fdContainer, rg',
      hint: 'Did you mean fdContainer?',
    }),
  )
})
