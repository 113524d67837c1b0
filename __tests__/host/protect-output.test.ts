import { expect, test } from '@jest/globals'
import { createProtection } from '../../src/host/protect-output.js'

const protectorOf = (secret: string, warnings: string[] = []) => {
  const { protect, maskSecret } = createProtection(message => warnings.push(message))
  maskSecret(secret)
  return protect
}

test('a secret with an escape sequence is masked, with and without it', () => {
  const protect = protectorOf('first-part\u001b[31msecond-part')
  expect(protect('key first-part\u001b[31msecond-part end')).toBe('key *** end')
  expect(protect('key first-partsecond-part end')).toBe('key *** end')
})

test('the password of an address is removed before the address is masked', () => {
  const protect = protectorOf('s3cr3t@x')
  expect(protect('fetching https://user:s3cr3t@x@host.example/a')).toBe('fetching https://host.example/a')
})

test('a short secret is not masked, with one warning', () => {
  const warnings: string[] = []
  const protect = protectorOf('abc', warnings)
  expect(protect('abc')).toBe('abc')
  expect(warnings).toEqual([expect.stringContaining('fewer than 4 characters')])
})
