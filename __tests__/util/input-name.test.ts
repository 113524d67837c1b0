import { afterEach, describe, expect, test } from '@jest/globals'
import { nameInput, nameSetting, setInputStyle } from '../../src/util/input-name.js'

afterEach(() => setInputStyle('workflow'))

test.each([
  ['command line', '`--systems`', '`--overwrite`', '`--push false`'],
  ['workflow', '`systems`', '`overwrite: true`', '`push: false`'],
] as const)('%s: inputs are written as the user writes them', (style, name, flag, setting) => {
  setInputStyle(style)
  expect(nameInput('systems')).toBe(name)
  expect(nameSetting('overwrite', 'true')).toBe(flag)
  expect(nameSetting('push', 'false')).toBe(setting)
})

describe('secrets', () => {
  test.each([
    ['cachix-auth-token', '`CACHIX_AUTH_TOKEN`'],
    ['netrc', '`NIX_MULTIARCH_NETRC`'],
    ['password', '`--password-stdin`'],
  ])('%s is %s on the command line', (name, expected) => {
    expect(nameInput(name)).toBe(`\`${name}\``)
    setInputStyle('command line')
    expect(nameInput(name)).toBe(expected)
  })
})
