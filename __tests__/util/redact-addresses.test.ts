import { describe, expect, test } from '@jest/globals'
import { findSecretsInAddresses, redactAddresses } from '../../src/util/redact-addresses.js'

describe('redactAddresses leaves the host and the path', () => {
  test.each([
    ['https://h/x.git?private_token=hush', 'https://h/x.git?private_token=…'],
    ['https://u:a@b:hush@h/x', 'https://h/x'],
    ['https://hush@h/x', 'https://h/x'],
    ['https://u:hush@h:8443/x', 'https://h:8443/x'],
    ['https://u:hush@[::1]:8443/x', 'https://[::1]:8443/x'],
    ['git+https://u:hush@h/x?access_token=hush&ref=main', 'git+https://h/x?access_token=…&ref=main'],
    ['ssh://u:hush@h/x', 'ssh://h/x'],
    ['git+ssh://git@h/x', 'git+ssh://git@h/x'],
    ['HTTPS_PROXY=http://u:hush@proxy:3128', 'HTTPS_PROXY=http://proxy:3128'],
    ['socks5h://u:hush@proxy', 'socks5h://proxy'],
    ['s3://bucket?secret=hush&region=eu-1', 's3://bucket?secret=…&region=eu-1'],
    ['https://u:hu/sh@h/x', 'https://h/x'],
    ['https://u:hu/sh?hush#hush@h/x', 'https://h/x'],
    ['https://u:hush', 'https://u:…'],
    ['https://u:%68ush@h/x', 'https://h/x'],
    ['https://h/x#access_token=hush', 'https://h/x#…'],
    ['https://h/x?hush', 'https://h/x?…'],
    ['https://h/x?X-Amz-Signature=hush&sig=hush', 'https://h/x?X-Amz-Signature=…&sig=…'],
    ['HTTPS://U:hush@H/x', 'HTTPS://H/x'],
    ['tarball+https://u:hush@h/x.tar.gz', 'tarball+https://h/x.tar.gz'],
    [
      "unable to download 'https://u:hush@h/x': HTTP error 401",
      "unable to download 'https://h/x': HTTP error 401",
    ],
    [
      "fetching 'https://h/x?token=hush' and 'https://u:hush@i/y'",
      "fetching 'https://h/x?token=…' and 'https://i/y'",
    ],
    ['"https://user:hush@host/x" is not', '"https://host/x" is not'],
    ['(https://u:hush@h)', '(https://h)'],
    ['https://u:hush@h/x\nhttps://u:hush@i/y', 'https://h/x\nhttps://i/y'],
  ])('%j', (text, expected) => {
    expect(redactAddresses(text)).toBe(expected)
  })

  test.each([
    'no address: a@b:c',
    'https://nixos.org/download',
    'https://ghcr.io/v2/o/i@sha256:0',
    'http://localhost:5000/v2/',
    'https://host:port/x and http://host:port',
    'Set https_proxy=http://user:password@proxy:3128.',
    'github:NixOS/nixpkgs/abc?narHash=sha256-x',
    'git+https://h/x?ref=main&rev=0123&dir=sub&submodules=1',
    'https://h/x#attribute',
    'git+ssh://git@h:owner/name',
    'ssh-ng://me@builder',
    'file:///srv/cache?trusted=1',
    'git@github.com:owner/name.git',
  ])('%j is unchanged', text => {
    expect(redactAddresses(text)).toBe(text)
  })

  test('takes linear time', () => {
    const texts = [
      'https://'.repeat(50_000),
      `https://${'a:'.repeat(100_000)}`,
      `https://${'@'.repeat(200_000)}`,
    ]
    const start = performance.now()
    for (const text of texts) redactAddresses(text)
    expect(performance.now() - start).toBeLessThan(3000)
  })
})

describe('findSecretsInAddresses', () => {
  test.each([
    ['https://u:hush@h/x', ['hush']],
    ['https://u:hu%2Fsh@h/x', ['hu%2Fsh', 'hu/sh']],
    ['https://u:a@b:c@h/x', ['a@b:c']],
    ['https://token@h/x', ['token']],
    ['git+ssh://git@h/x', []],
    ['git+https://h/x?access_token=hush&ref=main', ['hush']],
    ['https://u:%zz@h', ['%zz']],
    ['ghcr.io/o/i@sha256:0 github:a/b?narHash=x', []],
  ])('%j contains %j', (text, expected) => {
    expect(findSecretsInAddresses(text)).toEqual(expected)
  })
})
