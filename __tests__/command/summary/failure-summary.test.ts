import { describe, expect, test } from '@jest/globals'
import { formatFailureSummary } from '../../../src/command/summary/failure-summary.js'
import { UserError } from '../../../src/util/error.js'

describe('the summary of a failure', () => {
  test('has the message as a code block, and what to do', () => {
    const error = new UserError('fd could not be built:\nerror: no compiler', { hint: 'Add gcc to <fd>.' })
    expect(formatFailureSummary(error)).toBe(
      '### Failed\n\n```text\nfd could not be built:\nerror: no compiler\n```\n\nAdd gcc to &#60;fd&#62;.',
    )
  })

  test('has each of several failures, and counts the rest', () => {
    const failures = Array.from({ length: 25 }, (_, n) => new UserError(`app${n}: no`))
    const markdown = formatFailureSummary(new UserError('25 of 30 failed:\n…', { failures }))
    expect(markdown).toMatch(/^### 25 failures\n/)
    expect(markdown.match(/```text/g)).toHaveLength(20)
    expect(markdown).toContain('\n\n… and 5 more failures')
  })

  test('keeps the first line and the last lines of a long message', () => {
    const lines = Array.from({ length: 500 }, (_, n) => `line ${n} ${'x'.repeat(1000)}`)
    const markdown = formatFailureSummary(new Error(lines.join('\n')))
    expect(markdown.length).toBeLessThan(20_000)
    expect(markdown).toContain('line 0 x')
    expect(markdown).toContain('… 469 lines left out')
    expect(markdown).toContain('line 499 x')
    expect(markdown).not.toContain('line 469 x')
  })

  test('cannot be broken by the text of a message', () => {
    const markdown = formatFailureSummary(new UserError('a\n```\n# x <img>', { hint: '`x` <b> @who' }))
    expect(markdown).toBe(
      '### Failed\n\n````text\na\n```\n# x <img>\n````\n\n&#96;x&#96; &#60;b&#62; &#64;\u200bwho',
    )
  })
})
