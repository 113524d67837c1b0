import { describe, expect, test } from '@jest/globals'
import { digestOf } from '../../src/oci/digest.js'
import { formatReference, parseReference } from '../../src/oci/reference.js'
import { UserError } from '../../src/util/error.js'

const digest = digestOf(Buffer.from('x'))

describe('parseReference', () => {
  test.each([
    ['ghcr.io/owner/name', { registry: 'ghcr.io', repository: 'owner/name' }],
    ['ghcr.io/Owner/Name:V1', { registry: 'ghcr.io', repository: 'owner/name', tag: 'V1' }],
    ['localhost:5000/a', { registry: 'localhost:5000', repository: 'a' }],
    ['localhost/a/b', { registry: 'localhost', repository: 'a/b' }],
    ['[::1]:5000/a', { registry: '[::1]:5000', repository: 'a' }],
    ['alpine', { registry: 'docker.io', repository: 'library/alpine' }],
    ['owner/name:1', { registry: 'docker.io', repository: 'owner/name', tag: '1' }],
    [`ghcr.io/o/n@${digest}`, { registry: 'ghcr.io', repository: 'o/n', digest }],
    [`ghcr.io/o/n:t@${digest}`, { registry: 'ghcr.io', repository: 'o/n', tag: 't', digest }],
  ])('parses %s', (text, expected) => {
    expect(parseReference(text)).toEqual(expected)
  })

  test.each([
    ['', 'repository name'],
    ['ghcr.io/', 'repository name'],
    ['ghcr.io//name', 'repository name'],
    ['ghcr.io/-name', 'repository name'],
    ['ghcr.io/a b', 'repository name'],
    ['ghcr.io/a:', 'tag'],
    ['ghcr.io/a:b c', 'tag'],
    [`ghcr.io/a:${'x'.repeat(129)}`, 'tag'],
    ['ghcr.io/a@sha256:12', 'hex digits'],
    [`ghcr.io/${'a'.repeat(248)}`, 'at most 255 characters'],
    ['ghcr.io/a@b@c', 'more than one @'],
    ['https://ghcr.io/a', 'scheme'],
    ['user@host.io/a', 'hex digits'],
  ])('rejects %j: %s', (text, why) => {
    expect(() => parseReference(text)).toThrow(UserError)
    expect(() => parseReference(text)).toThrow(why)
  })

  test.each([
    ['user:hush@host.io/a', '"host.io/a"'],
    ['u:a@b:hush@host.io/a:1', '"host.io/a:1"'],
    ['https://user:hush@host.io/a', '"https://host.io/a"'],
    ['https://hush@host.io/a?token=hush', '"https://host.io/a?token=…"'],
  ])('the error for %s does not quote the password', (text, quoted) => {
    expect(() => parseReference(text)).toThrow(`${quoted} is not an image reference: it contains`)
    expect(() => parseReference(text)).not.toThrow(/hush/)
  })

  test('formatReference is the inverse of parseReference', () => {
    const text = `ghcr.io/o/n:t@${digest}`
    expect(formatReference(parseReference(text))).toBe(text)
  })
})
