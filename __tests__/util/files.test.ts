import { describe, expect, test } from '@jest/globals'
import { isFileName } from '../../src/util/file-name.js'

describe('the name of a file', () => {
  test.each(['a', 'hello-stream', 'a.b', 'libstdc++', '_1', '+', 'x'.repeat(128)])('%j is one', name => {
    expect(isFileName(name)).toBe(true)
  })

  test.each([
    ...['', '.', '..', '.hidden', '-rf', 'a/b', 'a\\b', '../a', 'a b', 'a\n', '\na', 'a\0', 'ä', 'a:b'],
    ...['a%b', 'a\u202eb', '`a`', '$a', 'x'.repeat(129)],
  ])('%j is none', name => {
    expect(isFileName(name)).toBe(false)
  })
})
