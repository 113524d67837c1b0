import { describe, expect, test } from '@jest/globals'
import { isLicenseExpression, listUnlistedLicenses, toExpression } from '../../src/sbom/licenses.js'

describe('isLicenseExpression', () => {
  test.each([
    'MIT',
    'GPL-2.0+',
    'LicenseRef-nixos-unfree',
    'DocumentRef-x:LicenseRef-y',
    'MIT OR (Apache-2.0 AND (BSD-3-Clause OR ISC))',
    'GPL-2.0-only WITH Classpath-exception-2.0 AND MIT',
  ])('accepts %j', text => {
    expect(isLicenseExpression(text)).toBe(true)
  })

  test.each([
    '',
    ' ',
    'see LICENSE',
    'MIT OR',
    'OR MIT',
    'MIT AND OR MIT',
    'MIT WITH LicenseRef-x',
    '(MIT OR ISC) WITH x',
    '(MIT',
    'MIT)',
    '()',
    'MIT (ISC)',
    'a/b',
    'MIT,ISC',
  ])('refuses %j', text => {
    expect(isLicenseExpression(text)).toBe(false)
  })
})

test('a text that is not an expression becomes the identifier of a license', () => {
  expect(toExpression('MIT OR ISC')).toBe('MIT OR ISC')
  expect(toExpression('see LICENSE, please!')).toBe('LicenseRef-nixos-see-LICENSE-please')
  expect(toExpression('§')).toBe('LicenseRef-nixos-unknown')
})

test('unlisted licenses are listed once, sorted, with their names', () => {
  expect(
    listUnlistedLicenses([
      'MIT',
      'LicenseRef-nixos-unfree OR MIT',
      'see LICENSE',
      'LicenseRef-nixos-unfree',
      'LicenseRef-a',
    ]),
  ).toEqual([
    { id: 'LicenseRef-a', name: 'a' },
    { id: 'LicenseRef-nixos-see-LICENSE', name: 'see LICENSE' },
    { id: 'LicenseRef-nixos-unfree', name: 'unfree' },
  ])
})
