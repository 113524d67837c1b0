import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, test } from '@jest/globals'
import { composeNetrc, findAuthorization, listPasswords, parseNetrc, readNetrc } from '../../src/nix/netrc.js'
import { withFolder } from './fakes.js'

const caches = [{ uri: 'https://mine.cachix.org', token: 'tok.en' }]
const basic = (text: string) => `Basic ${Buffer.from(text).toString('base64')}`

describe('composing a netrc', () => {
  test('joins cache entries, the user’s lines and the existing netrc', () => {
    const text = composeNetrc({
      userLines: 'machine a login b password c\n',
      caches,
      existing: 'machine d password e\n\n',
    })
    expect(text).toBe(
      'machine mine.cachix.org login "" password tok.en\nmachine a login b password c\nmachine d password e\n',
    )
  })

  test('returns an empty text if nothing is added', () => {
    expect(composeNetrc({ existing: 'machine d password e' })).toBe('')
    expect(composeNetrc({ userLines: ' \n', existing: 'machine d password e' })).toBe('')
    expect(composeNetrc({})).toBe('')
  })

  test('rejects lines without an entry, and does not quote them', () => {
    expect(() => composeNetrc({ userLines: 'secret' })).toThrow(/^`netrc` contains no machine$/)
  })

  test('prefers the user’s entry for a machine', () => {
    const userLines = 'machine mine.cachix.org password other'
    expect(composeNetrc({ userLines, caches })).toBe(`${userLines}\n`)
  })

  test('puts cache entries before the user’s default entry', () => {
    const entries = parseNetrc(composeNetrc({ userLines: 'default login x password y', caches }))
    expect(findAuthorization(entries, 'mine.cachix.org')).toBe(basic(':tok.en'))
    expect(findAuthorization(entries, 'other')).toBe(basic('x:y'))
  })

  test('quotes a token if needed, and parses it again', () => {
    const token = 'a "b" \\ #c'
    const text = composeNetrc({ caches: [{ uri: 'https://x', token }] })
    expect(text).toBe('machine x login "" password "a \\"b\\" \\\\ #c"\n')
    expect(listPasswords(text)).toEqual([token])
  })

  test.each(['a\nmachine evil password x', 'a\r', '\x00'])('rejects the token %j', token => {
    expect(() => composeNetrc({ caches: [{ uri: 'https://x', token }] })).toThrow(
      '`cachix-auth-token` contains a newline or another control character',
    )
  })
})

describe('reading a netrc', () => {
  test.each<[string, string, string | undefined]>([
    ['one line', 'machine a login b password c', 'b:c'],
    ['many lines', 'machine a\n\tlogin b\r\n  password c', 'b:c'],
    ['no login', 'machine a password c', ':c'],
    ['the first entry of two', 'machine a password c machine a password d', ':c'],
    ['an account', 'machine a account x password c', ':c'],
    ['a password that is a keyword', 'machine a login machine password login', 'machine:login'],
    ['a comment', '# machine a password b\nmachine a password c', ':c'],
    ['a macro', 'macdef init\nmachine a password b\n\nmachine a password c', ':c'],
    ['a macro at the end', 'machine a password c\nmacdef x\nmachine a password b', ':c'],
    ['all machines', 'machine x password b\ndefault password c', ':c'],
    ['another machine', 'machine aa password b', undefined],
    ['a machine without its name', 'machine', undefined],
  ])('finds the credentials: %s', (_, text, expected) => {
    const given = findAuthorization(parseNetrc(text), 'a')
    expect(given).toBe(expected === undefined ? undefined : basic(expected))
  })

  test('lists each password once', () => {
    expect(listPasswords('machine a password x machine b password x default login y')).toEqual(['x'])
  })

  test('returns undefined if the file does not exist', () =>
    withFolder(async folder => {
      expect(await readNetrc(join(folder, 'netrc'))).toBeUndefined()
      expect(await readNetrc('')).toBeUndefined()
      await writeFile(join(folder, 'netrc'), 'machine a')
      expect(await readNetrc(join(folder, 'netrc'))).toBe('machine a')
    }))
})
