import { describe, expect, test } from '@jest/globals'
import { parseChallenges } from '../../src/registry/challenge.js'

describe('parseChallenges', () => {
  test.each([
    ['', []],
    [
      'Bearer realm="https://ghcr.io/token",service="ghcr.io",scope="repository:o/i:pull,push"',
      [
        {
          scheme: 'bearer',
          parameters: {
            realm: 'https://ghcr.io/token',
            service: 'ghcr.io',
            scope: 'repository:o/i:pull,push',
          },
        },
      ],
    ],
    [
      'BASIC Realm = "a \\"quoted\\" one" , Charset=UTF-8',
      [{ scheme: 'basic', parameters: { realm: 'a "quoted" one', charset: 'UTF-8' } }],
    ],
    [
      'Negotiate, Basic realm="x, y=z", , Bearer realm="r" ,error="invalid_token"',
      [
        { scheme: 'negotiate', parameters: {} },
        { scheme: 'basic', parameters: { realm: 'x, y=z' } },
        { scheme: 'bearer', parameters: { realm: 'r', error: 'invalid_token' } },
      ],
    ],
    [
      'Negotiate YWJj==, Basic realm=plain',
      [
        { scheme: 'negotiate', parameters: {} },
        { scheme: 'basic', parameters: { realm: 'plain' } },
      ],
    ],
    ['Bearer realm="",scope=""', [{ scheme: 'bearer', parameters: { realm: '', scope: '' } }]],
    ['Bearer realm="never closed', [{ scheme: 'bearer', parameters: {} }]],
    ['Bearer', [{ scheme: 'bearer', parameters: {} }]],
    ['="', []],
  ])('%s', (text, challenges) => {
    expect(parseChallenges(text)).toEqual(challenges)
  })

  test('a hostile header takes no time', () => {
    const started = performance.now()
    parseChallenges(`Bearer ${'a="\\"'.repeat(5000)}`)
    parseChallenges(`Bearer ${' ,'.repeat(20_000)}"`)
    expect(performance.now() - started).toBeLessThan(500)
  })
})
