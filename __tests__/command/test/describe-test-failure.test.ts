import { describe, expect, test } from '@jest/globals'
import { describeFailedCommand, formatCommand } from '../../../src/command/test/describe-test-failure.js'

const describeResult = (code: number, output = '', timedOut = false) =>
  describeFailedCommand(['fd', '--x'], { code, output, timedOut }, 60_000)

describe('a failed command', () => {
  test.each([
    [1, 'ended with exit code 1'],
    [126, 'cannot be executed in the image (exit code 126)'],
    [127, 'was not found, or its interpreter was not (exit code 127)'],
    [139, 'was ended by SIGSEGV (exit code 139)'],
    [255, 'ended with exit code 255'],
  ])('exit code %d', (code, expected) => {
    expect(describeResult(code)).toBe(`\`fd --x\` ${expected}`)
  })

  test('a time limit', () => {
    expect(describeResult(137, 'began\n', true)).toBe('`fd --x` did not end within 1 min 00 s\n  began')
  })

  test('success', () => {
    expect(describeResult(0, 'text')).toBeUndefined()
  })

  test('only the last lines are shown, without escape sequences', () => {
    const output = Array.from({ length: 30 }, (_, n) => `line ${n}`).join('\n')
    const lines = describeResult(1, `${output}\n\x1b[31mred\x1b[0m\x07\r\n`)?.split('\n') ?? []
    expect(lines).toHaveLength(22)
    expect(lines[1]).toBe('  … 11 more lines before these')
    expect(lines.at(-1)).toBe('  red')
  })

  test('a long line is cut', () => {
    expect(describeResult(1, 'x'.repeat(1e6))?.length).toBeLessThan(5000)
  })
})

test('words are quoted as a shell needs them', () => {
  expect(formatCommand(['sh', '-c', "echo 'a' $x", '/bin/a-b=c'])).toBe(
    "sh -c 'echo '\\''a'\\'' $x' /bin/a-b=c",
  )
})
