import { expect, test } from '@jest/globals'
import { parseTests } from '../../src/input/parse-tests.js'

test('each line has a container and a command, also several lines for one container', () => {
  expect(parseTests('\n fd: fd --help\r\nfd: sh -c "fd . /"\nrg:\trg x:y\n')).toEqual([
    { container: 'fd', command: ['fd', '--help'] },
    { container: 'fd', command: ['sh', '-c', 'fd . /'] },
    { container: 'rg', command: ['rg', 'x:y'] },
  ])
  expect(parseTests('')).toEqual([])
})

test.each([
  ['fd: fd\nfd fd', /line 2 does not have the form/],
  ['fd:', /line 1 does not have the form/],
  [': fd', /line 1 does not have the form/],
  ['fd:fd', /line 1 does not have the form/],
  ['\nfd: fd "', /line 2: a quote \("\) is not closed/],
  ["fd: ''", /line 1: its program is empty/],
  ['fd: fd | wc', /line 1: it contains `\|`/],
])('refuses %j', (text, message) => {
  expect(() => parseTests(text)).toThrow(message)
})
