import { readFileSync } from 'node:fs'
import { describe, expect, test } from '@jest/globals'
import {
  ACCOUNT,
  CONTAINER,
  CONTENT,
  DERIVATION,
  IMAGE_NAME,
  renameKeys,
  SYSTEM,
  THIN,
  TITLE,
  withPlainKeys,
  withRenamedKeys,
} from '../../src/oci/annotation-keys.js'
import type { Annotations } from '../../src/oci/descriptor.js'
import { KEY_FORMS, keysAs } from '../support/own-keys.js'

const OWN = [CONTAINER, SYSTEM, DERIVATION, IMAGE_NAME, THIN, CONTENT]
const NOW = Object.fromEntries([...OWN, TITLE].map(key => [key, `of ${key}`]))
const [MINE, PLAIN, OTHER] = Object.values(KEY_FORMS).map(prefix => `${prefix}system`) as [
  string,
  string,
  string,
]

describe('our own keys', () => {
  test.each(OWN)('%s begins with a domain of ours, in reverse and in lower case', key => {
    expect(key).toMatch(/^io\.github\.[a-z0-9-]+\.nix-multiarch\.[a-z]+$/)
    expect(key).toContain(`.${ACCOUNT.toLowerCase()}.`)
  })

  test('are of the account that users name in their workflows', () => {
    const named = readFileSync('README.md', 'utf8').matchAll(/uses: ([^/\s]+)\/nix-multiarch\b/g)
    expect(new Set([...named].map(([, account]) => account))).toEqual(new Set([ACCOUNT]))
  })
})

describe('keys of another form', () => {
  test.each(Object.entries(KEY_FORMS))('%s are read as they are now', (_, prefix) => {
    expect(renameKeys(keysAs(prefix, NOW))).toEqual(NOW)
    expect(withRenamedKeys({ size: 1, annotations: keysAs(prefix, NOW) })).toEqual({
      size: 1,
      annotations: NOW,
    })
    const plain = keysAs(KEY_FORMS.plain, NOW)
    expect(withPlainKeys(keysAs(prefix, NOW))).toEqual(plain)
  })

  test.each([
    [{ [MINE]: 'mine', [PLAIN]: 'plain', [OTHER]: 'other' }],
    [{ [OTHER]: 'other', [PLAIN]: 'plain', [MINE]: 'mine' }],
  ])('do not count beside the current one: %j', annotations => {
    expect(renameKeys(annotations)).toEqual({ [MINE]: 'mine' })
  })

  test.each([
    'nix-multiarch.other',
    'nix-multiarch.system.other',
    'nix-multiarch',
    'x-nix-multiarch.system',
    'io.github.nix-multiarch.system',
    'io.github.a.b.nix-multiarch.system',
    'com.github.somebody.nix-multiarch.system',
    'io.github.somebody.another.system',
    '__proto__',
  ])('%s is none', key => {
    const annotations = Object.fromEntries([[key, 'x']])
    expect(Object.entries(renameKeys(annotations))).toEqual([[key, 'x']])
  })

  test('nothing is said where nothing was', () => {
    const document: { readonly annotations?: Annotations } = {}
    expect(withRenamedKeys(document)).toBe(document)
    expect(renameKeys({})).toEqual({})
  })
})
