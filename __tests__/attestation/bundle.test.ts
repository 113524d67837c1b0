import { describe, expect, test } from '@jest/globals'
import { BUNDLE_TYPE, MAX_BUNDLE_BYTES, parseBundle, parseBundles } from '../../src/attestation/bundle.js'
import { UserError } from '../../src/util/error.js'

const HEX = 'a'.repeat(64)
const PAYLOAD_TYPE = 'application/vnd.in-toto+json'

const statement = {
  _type: 'https://in-toto.io/Statement/v1',
  subject: [{ name: 'image', digest: { sha256: HEX } }],
  predicateType: 'https://slsa.dev/provenance/v1',
  predicate: { a: 1 },
}

const envelopeOf = (content: unknown): object => ({
  payload: Buffer.from(JSON.stringify(content)).toString('base64'),
  payloadType: PAYLOAD_TYPE,
  signatures: [{ sig: 'AA==' }],
})

function bundleOf(changes: object = {}, content: unknown = statement): Buffer {
  return Buffer.from(
    JSON.stringify({ mediaType: BUNDLE_TYPE, dsseEnvelope: envelopeOf(content), ...changes }),
  )
}

function failureOf(parse: () => unknown): string {
  try {
    parse()
  } catch (error) {
    if (error instanceof UserError) return error.message
    throw error
  }
  throw new Error('it was accepted')
}

const failure = (bytes: Buffer): string => failureOf(() => parseBundle(bytes, 'x.json'))
const reason = (bytes: Buffer): string =>
  failure(bytes).replace('x.json is not a Sigstore bundle with a statement: ', '')

describe('a bundle', () => {
  test.each([
    BUNDLE_TYPE,
    'application/vnd.dev.sigstore.bundle+json;version=0.1',
    'application/vnd.dev.sigstore.bundle+json;version=0.2',
    'application/vnd.dev.sigstore.bundle+json;version=0.3',
  ])('of the type %s is parsed', mediaType => {
    const bytes = bundleOf({ mediaType })
    expect(parseBundle(bytes, 'it')).toEqual({
      bytes,
      statement: {
        subjects: [{ name: 'image', digest: `sha256:${HEX}` }],
        predicateType: statement.predicateType,
        predicate: { a: 1 },
      },
    })
  })

  test.each([
    ['another media type', { mediaType: 'application/json' }, 'its media type is "application/json"'],
    [
      'a later version',
      { mediaType: 'application/vnd.dev.sigstore.bundle.v0.4+json' },
      /^its media type is /,
    ],
    ['no media type', { mediaType: undefined }, 'mediaType is not a string but nothing'],
    ['no envelope', { dsseEnvelope: undefined, messageSignature: {} }, 'it has no DSSE envelope'],
    ['a wrong envelope', { dsseEnvelope: [] }, 'dsseEnvelope is not an object but []'],
    ['no signatures', { dsseEnvelope: { ...envelopeOf(statement), signatures: [] } }, /has 0 signatures/],
    [
      'two signatures',
      { dsseEnvelope: { ...envelopeOf(statement), signatures: [{}, {}] } },
      /has 2 signatures/,
    ],
    [
      'another payload',
      { dsseEnvelope: { ...envelopeOf(statement), payloadType: 'text/plain' } },
      /payload type is "text\/plain"/,
    ],
    ['no payload', { dsseEnvelope: { ...envelopeOf(statement), payload: 1 } }, /^payload is not a string/],
    ['an empty payload', { dsseEnvelope: { ...envelopeOf(statement), payload: '' } }, /is not JSON/],
  ])('with %s is refused', (_, changes, message) => {
    expect(reason(bundleOf(changes))).toMatch(message)
  })

  test.each([
    ['', /the text is not JSON/],
    ['[]', 'the text is not an object but []'],
    ['null', 'the text is not an object but null'],
    [`${'['.repeat(5000)}${']'.repeat(5000)}`, /nested more than 100 levels/],
    ['\u0000\u0001', /the text is not JSON/],
  ])('%j is refused', (text, message) => {
    expect(reason(Buffer.from(text))).toMatch(message)
  })

  test('that is too large is refused before it is parsed', () => {
    expect(failure(Buffer.alloc(MAX_BUNDLE_BYTES + 1))).toMatch(/67\.1 MB/)
    expect(failureOf(() => parseBundles(Buffer.alloc(MAX_BUNDLE_BYTES + 1), 'x.json'))).toMatch(
      /^x\.json is too large/,
    )
  })
})

describe('its statement', () => {
  test('may be of the first version, and have no predicate', () => {
    const { predicate: _, ...older } = { ...statement, _type: 'https://in-toto.io/Statement/v0.1' }
    expect(parseBundle(bundleOf({}, older), 'it').statement.predicate).toEqual({})
  })

  test('may be about other things, which are left out', () => {
    const subject = [
      { uri: 'pkg:x', digest: { sha1: 'b'.repeat(40) } },
      { digest: { sha256: HEX, sha512: 'x' } },
    ]
    expect(parseBundle(bundleOf({}, { ...statement, subject }), 'it').statement.subjects).toEqual([
      { name: '', digest: `sha256:${HEX}` },
    ])
  })

  test.each([
    ['another type', { _type: 'https://in-toto.io/Statement/v2' }, /has a statement of the type "https:/],
    ['no subjects', { subject: undefined }, 'subject is not a list but nothing'],
    ['a subject without a digest', { subject: [{ name: 'x' }] }, /^digest of the subject is not an object/],
    [
      'a digest in upper case',
      { subject: [{ digest: { sha256: HEX.toUpperCase() } }] },
      /digest of a subject is "AAA/,
    ],
    ['a short digest', { subject: [{ digest: { sha256: 'ab' } }] }, 'the digest of a subject is "ab"'],
    [
      'a digest that is a number',
      { subject: [{ digest: { sha256: 1 } }] },
      /^sha256 of the subject is not a string/,
    ],
    ['no predicate type', { predicateType: undefined }, /^predicateType is not a string/],
    ['a predicate that is a list', { predicate: [] }, 'predicate is not an object but []'],
  ])('with %s is refused', (_, changes, message) => {
    expect(reason(bundleOf({}, { ...statement, ...changes }))).toMatch(message)
  })

  test('does not put control characters into a message', () => {
    expect(reason(bundleOf({ mediaType: '\u001b[31m\n' }))).toBe('its media type is "\\u001b[31m\\n"')
  })
})

describe('a file with bundles', () => {
  const parse = (text: string) => parseBundles(Buffer.from(text), 'x.jsonl')
  const one = bundleOf().toString()

  test.each([
    ['one', one, 1],
    ['one with a line break', `${one}\n`, 1],
    ['one with indentation', JSON.stringify(JSON.parse(one), undefined, 2), 1],
    ['one with a byte order mark', `\ufeff${one}`, 1],
    ['two', `${one}\n${one}`, 2],
    ['two with a byte order mark', `\ufeff${one}\r\n${one}`, 2],
    ['two with empty lines and those of Windows', `\n${one}\r\n\r\n${one}\r\n`, 2],
  ])('can have %s', (_, text, count) => {
    expect(parse(text).map(({ statement: { subjects } }) => subjects.length)).toEqual(Array(count).fill(1))
  })

  test('names the line that is wrong', () => {
    expect(failureOf(() => parse(`${one}\n\n{"mediaType":"x"}\n`))).toMatch(
      /^line 3 of x\.jsonl is not a Sigstore bundle/,
    )
    expect(failureOf(() => parse(`${one}\n${one.slice(0, 50)}`))).toMatch(
      /^line 2 of x\.jsonl .* is not JSON/,
    )
  })

  test('must have at least one', () => {
    expect(failureOf(() => parse(''))).toMatch(/^x\.jsonl is not a Sigstore bundle/)
    expect(failureOf(() => parse('\n\n'))).toMatch(/^x\.jsonl is not a Sigstore bundle/)
  })
})
