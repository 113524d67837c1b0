import { describe, expect, test } from '@jest/globals'
import { findHint, isSystemMismatch, requiredSystemOf } from '../../src/nix/find-failure-hint.js'

/** Messages of Nix 2.34 and 2.8 for the same failures. */
const FOREIGN = [
  "error: Cannot build '/nix/store/1-a.drv'.\n       Reason: platform mismatch\n       Required system: 'aarch64-linux'\n       Current system: 'x86_64-linux'",
  "error: a 'aarch64-linux' with features {} is required to build '/nix/store/1-a.drv', but I am a 'x86_64-linux' with features {kvm}",
]
const KVM = [
  "error: Cannot build '/nix/store/1-a.drv'.\n       Reason: missing system features\n       Required features: {kvm}\n       Available features: {}",
  "error: a 'x86_64-linux' with features {kvm} is required to build '/nix/store/1-a.drv', but I am a 'x86_64-linux' with features {}",
]
const GPU = [
  'Reason: missing system features\nRequired features: {big-parallel, gpu}\nAvailable features: {big-parallel}',
  "a 'x86_64-linux' with features {big-parallel, gpu} is required to build 'x', but I am a 'x86_64-linux' with features {big-parallel}",
]

describe('a build that this machine cannot do', () => {
  test.each(FOREIGN)('is for another system: %j', message => {
    expect(requiredSystemOf(message)).toBe('aarch64-linux')
    expect(isSystemMismatch(message)).toBe(true)
    expect(findHint(message)).toMatch(/use a runner of that system/)
    expect(findHint(message)).not.toContain('kvm')
    expect(findHint(message, ['--option', 'extra-platforms', 'x'])).toMatch(/trusted-users/)
  })

  test.each(KVM)('needs a virtual machine: %j', message => {
    expect(requiredSystemOf(message)).toBeUndefined()
    expect(findHint(message)).toContain('/dev/kvm')
    expect(findHint(message)).toContain('fakeRootCommands')
    expect(findHint(message)).not.toContain('QEMU: install')
  })

  test.each(GPU)('needs a system feature: %j', message => {
    expect(findHint(message)).toContain('`extra-system-features = gpu`')
  })

  test('is for another system and needs a virtual machine', () => {
    const message = `${FOREIGN[0]}\n       Reason: missing system features\n       Required features: {kvm}\n       Available features: {}`
    expect(findHint(message)).toMatch(/use a runner of that system.*\/dev\/kvm/)
  })
})

test.each([
  [
    'error: Package ‘unrar-7.1.3’ in /nix/store/x/package.nix:12 has an unfree license (‘unfreeRedistributable’), refusing to evaluate.',
    'config.allowUnfree = true',
  ],
  [
    'error: Package ‘openssl-1.1.1w’ in /x is marked as insecure, refusing to evaluate.',
    'permittedInsecurePackages',
  ],
  ['error: Package ‘a-1’ in /x is marked as broken, refusing to evaluate.', 'config.allowBroken = true'],
  [
    'error: Package ‘a-1’ in /x is not available on the requested hostPlatform:',
    'Remove the attribute for that system',
  ],
  ["error: attribute 'revCount' missing", '`self.revCount or 0`'],
  ["error: attribute 'shortRev' missing", 'dirtyRev'],
  [
    "error: '/w' is a shallow Git repository, but shallow repositories are only allowed when `shallow = true;` is specified",
    'fetch-depth: 0',
  ],
  ["fatal: clone of 'git@h:a/b' into submodule path '/w/vendor' failed", 'A submodule cannot be fetched'],
  [
    "fatal: could not read Username for 'https://github.com': terminal prompts disabled",
    'a token that may read it',
  ],
  ['git@github.com: Permission denied (publickey).', 'SSH key'],
  ['qemu: uncaught target signal 11 (Segmentation fault) - core dumped', 'crashed under QEMU'],
  [
    "warning: ignoring the client-specified setting 'extra-platforms', because it is a restricted setting",
    'trusted-users',
  ],
  ["error: executing '/x': Exec format error", 'cannot run programs of that system'],
  ['error: cannot perform a sandboxed build', 'sandbox = false'],
])('%s: the hint contains %s', (message, words) => {
  expect(findHint(message)).toContain(words)
})

test.each(['error: attribute "missing" missing', 'error: a program died with signal 9', ''])(
  '%j has no hint',
  message => {
    expect(findHint(message)).toBeUndefined()
  },
)
