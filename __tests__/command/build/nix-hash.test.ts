import { expect, test } from '@jest/globals'
import { toSri } from '../../../src/command/build/nix-hash.js'

// `nix hash to-sri --type sha256` of Nix 2.34 gives the first one for all of them.
const SRI = 'sha256-47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU='
const HEX = 'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855'
const BASE32 = '0mdqa9w1p6cmli6976v4wi0sw9r4p5prkj7lzfd1877wk11c9c73'

test.each([SRI, HEX, BASE32, `sha256:${HEX}`, `sha256:${BASE32}`, SRI.replace('sha256-', '')])('%s', text => {
  expect(toSri(text, 'sha256')).toBe(SRI)
  expect(toSri(text)).toBe(SRI)
})

test('a hash of another algorithm, as nixpkgs writes it', () => {
  expect(toSri('da39a3ee5e6b4b0d3255bfef95601890afd80709', 'sha1')).toBe('sha1-2jmj7l5rSw0yVb/vlWAYkK/YBwk=')
  expect(toSri('143xibwh31h9bvxzalr0sjvbbvpa6ffs', 'sha1')).toBe('sha1-2jmj7l5rSw0yVb/vlWAYkK/YBwk=')
})

test.each(['', 'abc', HEX.slice(1), 'sha3-abc', `${HEX}0`])('%j is not a hash', text => {
  expect(toSri(text, 'sha256')).toBeUndefined()
})

test('an unknown algorithm gives no hash', () => {
  expect(toSri(HEX, 'blake9')).toBeUndefined()
})
