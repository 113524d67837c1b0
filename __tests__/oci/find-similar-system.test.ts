import { expect, test } from '@jest/globals'
import { findSimilarSystems } from '../../src/oci/find-similar-system.js'
import { formatPlatform, platformOf, SYSTEMS } from '../../src/oci/platform.js'

test.each([
  ['x86_64', 'x86_64-linux'],
  ['amd64', 'x86_64-linux'],
  ['AMD64', 'x86_64-linux'],
  ['x64', 'x86_64-linux'],
  ['x86-64', 'x86_64-linux'],
  ['x86-64-linux', 'x86_64-linux'],
  ['linux/amd64', 'x86_64-linux'],
  ['linux-amd64', 'x86_64-linux'],
  ['amd64-linux', 'x86_64-linux'],
  ['x86_64-unknown-linux-gnu', 'x86_64-linux'],
  ['arm64', 'aarch64-linux'],
  ['linux/arm64', 'aarch64-linux'],
  ['linux/arm64/v8', 'aarch64-linux'],
  ['aarch64', 'aarch64-linux'],
  ['aarch64-darwin', 'aarch64-linux'],
  ['arm64-darwin', 'aarch64-linux'],
  ['linux/arm/v7', 'armv7l-linux'],
  ['arm/v6', 'armv6l-linux'],
  ['armhf', 'armv7l-linux'],
  ['armv7l', 'armv7l-linux'],
  ['linux/386', 'i686-linux'],
  ['i686', 'i686-linux'],
  ['ppc64le', 'powerpc64le-linux'],
  ['linux/riscv64', 'riscv64-linux'],
  ['X86_64-Linux', 'x86_64-linux'],
  ['aarch64-linx', 'aarch64-linux'],
  ['x86_64-linux.', 'x86_64-linux'],
])('%s means %s', (word, system) => {
  expect(findSimilarSystems(word)[0]).toBe(system)
})

test.each(SYSTEMS)('the platform of %s means this system alone', system => {
  expect(findSimilarSystems(formatPlatform(platformOf(system)))).toEqual([system])
})

test.each(['windows', 'sparc', '', 'toString', 'constructor'])('%j means no system', word => {
  expect(findSimilarSystems(word)).toEqual([])
})
