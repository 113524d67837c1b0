import { describe, expect, test } from '@jest/globals'
import { parseStatement } from '../../src/attestation/bundle.js'
import { encodeStatement, type Statement } from '../../src/attestation/statement.js'
import { digestOf } from '../../src/oci/digest.js'

const digest = digestOf(Buffer.from('index'))
const statement: Statement = {
  subjects: [{ name: 'ghcr.io/octo-org/fd', digest }],
  predicateType: 'https://slsa.dev/provenance/v1',
  predicate: { buildDefinition: { buildType: 'https://example.com/type' } },
}

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
    expect(parseStatement(bytes)).toEqual(statement)
    expect(encodeStatement(parseStatement(bytes))).toEqual(bytes)
  })
})
