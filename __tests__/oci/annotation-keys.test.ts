import { readFileSync } from 'node:fs'
import { describe, expect, test } from '@jest/globals'
import {
  ACCOUNT,
  CONTAINER,
  CONTENT,
  DERIVATION,
  IMAGE_NAME,
  PROOF,
  renameKeys,
  SYSTEM,
  THIN,
  TITLE,
  withPlainKeys,
  withRenamedKeys,
} from '../../src/oci/annotation-keys.js'
import type { Annotations } from '../../src/oci/descriptor.js'
import { KEY_FORMS, keysAs } from '../support/own-keys.js'

const OWN = [CONTAINER, SYSTEM, DERIVATION, IMAGE_NAME, THIN, CONTENT, PROOF]
const CURRENT = Object.fromEntries([...OWN, TITLE].map(key => [key, `of ${key}`]))
const [CURRENT_KEY, PLAIN, OTHER] = Object.values(KEY_FORMS).map(prefix => `${prefix}system`) as [
  string,
  string,
  string,
]

describe('our own keys', () => {
  test.each(OWN)('%s starts with our reverse domain in lower case', key => {
    expect(key).toMatch(/^io\.github\.[a-z0-9-]+\.nix-multiarch\.[a-z]+$/)
    expect(key).toContain(`.${ACCOUNT.toLowerCase()}.`)
  })

  test('use the account that the README names in `uses:`', () => {
    const named = readFileSync('README.md', 'utf8').matchAll(/uses: ([^/\s]+)\/nix-multiarch\b/g)
    expect(new Set([...named].map(([, account]) => account))).toEqual(new Set([ACCOUNT]))
  })
})

describe('keys in other forms', () => {
  test.each(Object.entries(KEY_FORMS))('%s keys are converted to the current form', (_, prefix) => {
    expect(renameKeys(keysAs(prefix, CURRENT))).toEqual(CURRENT)
    expect(withRenamedKeys({ size: 1, annotations: keysAs(prefix, CURRENT) })).toEqual({
      size: 1,
      annotations: CURRENT,
    })
    const plain = keysAs(KEY_FORMS.plain, CURRENT)
    expect(withPlainKeys(keysAs(prefix, CURRENT))).toEqual(plain)
  })

  test.each([
    [{ [CURRENT_KEY]: 'current', [PLAIN]: 'plain', [OTHER]: 'other' }],
    [{ [OTHER]: 'other', [PLAIN]: 'plain', [CURRENT_KEY]: 'current' }],
  ])('the current form wins: %j', annotations => {
    expect(renameKeys(annotations)).toEqual({ [CURRENT_KEY]: 'current' })
  })

  test.each([
    'nix-multiarch.other',
    'nix-multiarch.system.other',
    'nix-multiarch',
    'x-nix-multiarch.system',
    'io.github.nix-multiarch.system',
    'io.github.a.b.nix-multiarch.system',
    'com.github.another-account.nix-multiarch.system',
    'io.github.another-account.another.system',
    '__proto__',
  ])('does not rename %s', key => {
    const annotations = Object.fromEntries([[key, 'x']])
    expect(Object.entries(renameKeys(annotations))).toEqual([[key, 'x']])
  })

  test('missing annotations stay missing', () => {
    const document: { readonly annotations?: Annotations } = {}
    expect(withRenamedKeys(document)).toBe(document)
    expect(renameKeys({})).toEqual({})
  })
})
