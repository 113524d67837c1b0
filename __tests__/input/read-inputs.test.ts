import { expect, test } from '@jest/globals'
import { formatSetting, inputPrefixOf } from '../../src/input/read-inputs.js'

test.each([
  ['local', '--', '--overwrite', '--push false'],
  ['github', '', 'overwrite: true', 'push: false'],
] as const)('inputs are written as the user of the %s host writes them', (kind, prefix, flag, setting) => {
  expect(inputPrefixOf({ kind })).toBe(prefix)
  expect(formatSetting('overwrite', 'true', { kind })).toBe(flag)
  expect(formatSetting('push', 'false', { kind })).toBe(setting)
})
