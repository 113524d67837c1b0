import { describe, expect, test } from '@jest/globals'
import { encodeStatement, parseStatement, type Statement } from '../../src/attestation/statement.js'
import { digestOf } from '../../src/oci/digest.js'

const digest = digestOf(Buffer.from('index'))
const statement: Statement = {
  subjects: [{ name: 'ghcr.io/octo-org/fd', digest }],
  predicateType: 'https://slsa.dev/provenance/v1',
  predicate: { buildDefinition: { buildType: 'https://example.com/type' } },
}

const textOf = (fields: object): Buffer =>
  Buffer.from(JSON.stringify({ ...JSON.parse(encodeStatement(statement).toString()), ...fields }))

describe('a statement', () => {
  test('is in-toto Statement v1', () => {
    expect(JSON.parse(encodeStatement(statement).toString())).toEqual({
      _type: 'https://in-toto.io/Statement/v1',
      subject: [{ name: 'ghcr.io/octo-org/fd', digest: { sha256: digest.slice('sha256:'.length) } }],
      predicateType: statement.predicateType,
      predicate: statement.predicate,
    })
  })

  test('gives the same bytes again after it was parsed', () => {
    const bytes = encodeStatement(statement)
    expect(parseStatement(bytes, 'it')).toEqual(statement)
    expect(encodeStatement(parseStatement(bytes, 'it'))).toEqual(bytes)
  })

  test('of other programs may be Statement v0.1, without names and with an empty predicate', () => {
    const sha256 = digest.slice('sha256:'.length)
    const fields = {
      _type: 'https://in-toto.io/Statement/v0.1',
      subject: [{ digest: { gitCommit: 'a'.repeat(40) } }, { digest: { sha512: '00', sha256 } }],
      predicate: null,
    }
    const parsed = parseStatement(textOf(fields), 'it')
    expect(parsed).toEqual({ ...statement, subjects: [{ name: '', digest }], predicate: {} })
  })
})

describe('a wrong statement', () => {
  test.each<[string, object, string]>([
    ['of another type', { _type: 'https://example.com/x' }, '_type is not https://in-toto.io/Statement/v1'],
    ['without a type', { _type: undefined }, '_type is not a string'],
    ['without subjects', { subject: [] }, 'no subject has a SHA-256 digest'],
    ['whose subjects are not a list', { subject: {} }, 'subject is not a list'],
    ['with an invalid digest', { subject: [{ digest: { sha256: 'ab' } }] }, 'not a sha256 digest'],
    ['with an upper-case digest', { subject: [{ digest: { sha256: 'A'.repeat(64) } }] }, 'not a sha256'],
    ['with a predicate that is a text', { predicate: 'x' }, 'predicate is not an object'],
    ['without a kind', { predicateType: 7 }, 'predicateType is not a string'],
  ])('%s is refused', (_, fields, message) => {
    expect(() => parseStatement(textOf(fields), 'The file')).toThrow(
      expect.objectContaining({
        name: 'UserError',
        message: expect.stringContaining(`The file is not an in-toto statement: ${message}`),
      }),
    )
  })

  test('that is not JSON is refused', () => {
    expect(() => parseStatement(Buffer.from('<html>'), 'The file')).toThrow(/it is not JSON/)
  })
})
