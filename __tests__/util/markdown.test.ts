import { describe, expect, test } from '@jest/globals'
import {
  escapeProse,
  formatCode,
  formatCodeBlock,
  formatDigestCode,
  formatTable,
  truncateMarkdown,
} from '../../src/util/markdown.js'

const NASTY = [
  'a | b',
  'a\n\n# title',
  '`code`',
  '<img src=x onerror=alert(1)>',
  '[link](https://example.org)',
  '@somebody and #12',
  '**bold** _it_ ~~no~~',
  '\\| escaped',
  '\u2028| x',
  '&lt;script&gt;',
  'a\u202eb\u2066c',
  '\u001b[31mred\u001b[0m \u001b]8;;https://example.org\u0007link',
  'tag\u{e0041}\u{e0042}',
  'soft\u00adhyphen\ufeff\u2060',
  '\r\n::error::x',
]

test('a digest can break in the middle, and is complete when it is copied', () => {
  const digest = `sha256:${'0123456789abcdef'.repeat(4)}`
  const code = formatDigestCode(digest)
  expect(code).toBe(
    '<code>sha256:0123456789abcdef0123456789abcdef<wbr>0123456789abcdef0123456789abcdef</code>',
  )
  expect(code.replace(/<[^>]+>/g, '')).toBe(digest)
})

test.each(['', 'sha256:12', ...NASTY])('what is not a complete digest is inline code: %j', text => {
  expect(formatDigestCode(text)).toBe(formatCode(text))
})

describe('untrusted text stays in its cell and is not Markdown', () => {
  test.each(NASTY)('as a name: %j', text => {
    const cell = formatCode(text)
    expect(cell).toMatch(/^`[^`|\n\u2028]*`$/)
    expect(formatTable(['x'], [[cell]]).split('\n')).toHaveLength(3)
  })

  test.each(NASTY)('as words: %j', text => {
    const without = escapeProse(text).replace(/&#\d+;/g, '')
    expect(without).toMatch(/^[\p{L}\p{N} .,;/()\u200b-]*$/u)
  })

  test('a mention and a reference are not links, but look the same', () => {
    expect(escapeProse('@a #1 www.x.org')).toBe('&#64;\u200ba &#35;\u200b1 www&#46;x.org')
  })

  test('an empty name is an empty cell', () => {
    expect(formatCode(' \n')).toBe('')
  })
})

test.each(NASTY)('no text has control or invisible characters: %j', text => {
  const hidden =
    /[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u00ad\u202a-\u202e\u2060-\u2069\ufeff\u{e0000}-\u{e007f}]/u
  for (const shown of [formatCode(text), escapeProse(text), formatCodeBlock('sh', [text])])
    expect(shown).not.toMatch(hidden)
})

test('a fence is longer than the backticks in it, and lines stay lines', () => {
  expect(formatCodeBlock('sh', ['echo ```` >x', '  a\nb'])).toBe('`````sh\necho ```` >x\n  a b\n`````')
})

describe('truncateMarkdown', () => {
  const parts = [
    '# a',
    'é'.repeat(30),
    '<details><summary>x</summary>',
    'in\n'.repeat(10),
    '</details>',
    'end',
  ]
  const whole = parts.join('\n\n')

  test('leaves text that fits unchanged', () => {
    expect(truncateMarkdown(whole, Buffer.byteLength(whole))).toBe(whole)
  })

  test.each([0, 30, 64, 70, 100, 150, 170, 200])('returns at most %i bytes', bytes => {
    expect(Buffer.byteLength(truncateMarkdown(whole.repeat(3), bytes))).toBeLessThanOrEqual(bytes)
  })

  test('cuts between paragraphs and not within a folded section', () => {
    const cut = truncateMarkdown(whole.padEnd(400, ' x'), 190)
    expect(cut).toMatch(/^# a\n\né+\n\n\*The rest was left out/)
    expect(cut).not.toContain('<details>')
  })
})
