import { expect, test } from '@jest/globals'
import { needsNoProxy } from '../../src/http/no-proxy.js'

test.each([
  ['https://ghcr.io/', 'ghcr.io', true],
  ['https://ghcr.io/', 'other.io, GHCR.IO', true],
  ['https://ghcr.io/', 'other.io ghcr.io', true],
  ['https://pkg.ghcr.io/', 'ghcr.io', true],
  ['https://pkg.ghcr.io/', '.ghcr.io', true],
  ['https://pkg.ghcr.io/', '*.ghcr.io', true],
  ['https://ghcr.io/', '.ghcr.io', true],
  ['https://notghcr.io/', 'ghcr.io', false],
  ['https://ghcr.io.example/', 'ghcr.io', false],
  ['https://ghcr.io./', 'ghcr.io', true],
  ['https://ghcr.io/', '*', true],
  ['https://ghcr.io/', '', false],
  ['https://ghcr.io/', ', ,', false],
  ['https://ghcr.io/', '.', false],
  ['https://ghcr.io/', 'ghcr.io:443', true],
  ['http://ghcr.io/', 'ghcr.io:80', true],
  ['https://ghcr.io/', 'ghcr.io:5000', false],
  ['https://ghcr.io:5000/', 'ghcr.io:5000', true],
  ['https://ghcr.io:5000/', 'ghcr.io', true],
  ['http://10.1.2.3:5000/', '10.1.2.3', true],
  ['http://10.1.2.3:5000/', '10.1.2.3:5000', true],
  ['http://10.1.2.3/', '10.1.2.4', false],
  ['http://10.1.2.3/', '10.0.0.0/8', true],
  ['http://11.1.2.3/', '10.0.0.0/8', false],
  ['http://10.1.2.3/', '10.0.0.0/99', false],
  ['http://11.1.2.3/', '10.0.0.0/', false],
  ['http://host/', '10.0.0.0/8', false],
  ['http://[fd00::1]/', 'fd00::1', true],
  ['http://[fd00::1]/', 'FD00:0:0::1', true],
  ['http://[fd00::1]:5000/', '[fd00::1]:5000', true],
  ['http://[fd00::1]:5001/', '[fd00::1]:5000', false],
  ['http://[fd00::1]/', 'fd00::/8', true],
  ['http://[fe80::1]/', 'fd00::/8', false],
])('%s with %j needs none: %s', (url, list, expected) =>
  expect(needsNoProxy(new URL(url), list)).toBe(expected),
)

test.each(['http://localhost:5000', 'http://127.0.0.1', 'https://127.9.9.9', 'http://[::1]:5000'])(
  '%s is this machine',
  url => expect(needsNoProxy(new URL(url), '')).toBe(true),
)
