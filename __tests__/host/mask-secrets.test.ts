import { describe, expect, test } from '@jest/globals'
import { createMask } from '../../src/host/mask-secrets.js'

/** A text of all characters that have a meaning in a regular expression, JSON, URLs or HTML, without repetitions. */
function createSecret(length: number): string {
  const characters = [...'^$.*+?()[]{}|/\\-"\'<>&%#@:;=,~! äß€漢😀']
  let state = 1
  const next = (): number => {
    state = (state * 48_271) % 2_147_483_647
    return state
  }
  return Array.from({ length }, () =>
    next() % 3 === 0 ? (characters[next() % characters.length] as string) : (next() % 36).toString(36),
  )
    .join('')
    .replace(/^ | $/g, 'x')
}

function maskOf(...secrets: readonly string[]): (text: string) => string {
  const mask = createMask()
  for (const secret of secrets) mask.add(secret)
  return text => mask.apply(text)
}

describe('a secret of any size is masked', () => {
  test.each([4, 5, 40, 1000, 22_000, 50_000, 1_000_000])('%i characters', length => {
    const secret = createSecret(length)
    const mask = maskOf(secret)
    expect(mask(`a ${secret} b`)).toBe('a *** b')
    expect(mask(`a${secret}${secret}b`)).toMatch(/^a(\*\*\*){1,2}b$/)
    expect(mask('an ordinary text')).toBe('an ordinary text')
  })

  test.each([
    ['a repetition', 'ab'.repeat(30_000)],
    ['one character', 'x'.repeat(100_000)],
    ['many lines', Array.from({ length: 3000 }, (_, n) => `line ${n} of the key`).join('\n')],
  ])('%s', (_what, secret) => {
    expect(maskOf(secret)(`-${secret}-`)).toMatch(/^-(\*\*\*)+-$/)
  })

  test('many secrets need little time', () => {
    const secrets = Array.from({ length: 200 }, (_, n) => `${n}-${createSecret(500)}`)
    const mask = maskOf(...secrets)
    const start = performance.now()
    for (let n = 0; n < 100; n++) mask(`${'an ordinary line '.repeat(10)}${secrets[n]}`)
    expect(performance.now() - start).toBeLessThan(3000)
  })
})

describe('each encoding of a secret is masked', () => {
  const secret = 'p"a\\s</w&d>\nöß 😀 of the-key_'
  const { password } = Object.assign(new URL('https://h'), { password: secret })
  test.each<[string, string]>([
    ['JSON', JSON.stringify(secret)],
    ['JSON of Go', JSON.stringify(secret).replace(/[<>&]/g, c => `\\u00${c.charCodeAt(0).toString(16)}`)],
    [
      'JSON in ASCII',
      JSON.stringify(secret).replace(
        /[\u0080-\uffff]/g,
        c => `\\u${c.charCodeAt(0).toString(16).padStart(4, '0')}`,
      ),
    ],
    ['a URL', encodeURIComponent(secret)],
    ['a URL in lower case', encodeURIComponent(secret).replace(/%../g, code => code.toLowerCase())],
    ['a form', new URLSearchParams({ a: secret }).toString()],
    ['the password of a URL', password],
    ['Basic', Buffer.from(`user:${secret}`).toString('base64')],
    ['base64 with a line end', Buffer.from(`${secret}\n`).toString('base64')],
    ['base64url', Buffer.from(`x${secret}`).toString('base64url')],
    ['HTML', secret.replace(/[&<>]/g, c => ({ '&': '&amp;', '<': '&lt;', '>': '&gt;' })[c] as string)],
  ])('%s', (_what, encoded) => {
    const text = maskOf(secret)(encoded)
    expect(text).toContain('***')
    expect(text.replaceAll('***', '').length).toBeLessThan(16)
  })
})

describe('fragments of a long secret are masked', () => {
  const secret = createSecret(5000)

  test.each([24, 100, 4000])('the first and the last %i characters', length => {
    const mask = maskOf(secret)
    expect(mask(`a ${secret.slice(0, length)}`)).toBe('a ***')
    expect(mask(`${secret.slice(-length)} b`)).toBe('*** b')
    expect(mask(`a ${secret.slice(777, 777 + length)} b`)).toBe('a *** b')
  })

  test('the chunks of an output', () => {
    const mask = maskOf(secret)
    for (let start = 0; start < secret.length; start += 64)
      expect(mask(secret.slice(start, start + 64)).replaceAll('***', '').length).toBeLessThan(24)
  })

  test('the lines that base64 writes', () => {
    const mask = maskOf(secret)
    const lines =
      Buffer.from(`user:${secret}`)
        .toString('base64')
        .match(/.{1,76}/g) ?? []
    for (const line of lines.slice(0, -1)) expect(mask(line).replaceAll('***', '').length).toBeLessThan(12)
  })

  test('short words of it are not masked', () => {
    const mask = maskOf(`${secret} production ${secret}`)
    expect(mask('the word production alone')).toBe('the word production alone')
  })
})

describe('several secrets', () => {
  test('that overlap are masked together', () => {
    expect(maskOf('abcdef', 'efghij')('-abcdefghij-')).toBe('-***-')
    expect(maskOf('abcd', 'abcdefg')('abcdefg abcd')).toBe('*** ***')
  })

  test('of less than four characters are not masked', () => {
    const mask = createMask()
    expect(['a', 'ab', 'abc', ' ab\n', 'abcd'].map(secret => mask.add(secret))).toEqual([
      ...[false, false, false, false],
      true,
    ])
    expect(mask.apply('a ab abc abcd')).toBe('a ab abc ***')
  })

  test('a short line of a secret is not masked alone', () => {
    expect(maskOf('{\n"key": "value"\n}')('{ "key": "value" } {}')).toBe('{ *** } {}')
  })

  test('an empty secret is none', () => {
    expect(maskOf('', ' \n')(' a\n')).toBe(' a\n')
  })
})
