import { describe, expect, test } from '@jest/globals'
import { parseFlavor, parseTagRequest } from '../../src/tags/parse-tags-input.js'
import { kindsOf, run } from './subjects.js'

describe('the input tags', () => {
  test.each(['', 'auto', '\n auto \n', '# a word\nauto'])('parses %p as auto', text => {
    expect(parseTagRequest(text)).toEqual({ kind: 'auto' })
  })

  test.each([
    ['1.2.3 latest', ['1.2.3', 'latest']],
    ['1.2.3,latest', ['1.2.3', 'latest']],
    ['# none\n1.2.3\n\nlatest', ['1.2.3', 'latest']],
  ])('parses %p as a list', (text, tags) => {
    expect(parseTagRequest(text)).toEqual({ kind: 'list', tags: tags.map(tag => ({ tag })) })
  })

  test('parses the output of docker/metadata-action', () => {
    const text = 'ghcr.io/Owner/App:1.2.3\nname/app:latest\nlocalhost:5000/app:1'
    expect(parseTagRequest(text)).toEqual({
      kind: 'list',
      tags: [
        { tag: '1.2.3', name: 'ghcr.io/owner/app' },
        { tag: 'latest', name: 'docker.io/name/app' },
        { tag: '1', name: 'localhost:5000/app' },
      ],
    })
  })

  test('the form of a listed tag decides its kind', () => {
    const subject = run('push', 'refs/heads/my/branch', { version: '1.2.3' })
    const tags = '1.2.3 v1.2.3 1.2 1 latest 1.3 my-branch sha-860c190 other o/app:1.2'
    expect(kindsOf(tags, subject)).toEqual([
      '1.2.3 exact',
      'v1.2.3 exact',
      '1.2 newest',
      '1 newest',
      'latest newest',
      '1.3 branch',
      'my-branch branch',
      'sha-860c190 free',
      'other free',
    ])
    expect(kindsOf('latest x', run('push', 'refs/heads/master'))).toEqual(['latest branch', 'x free'])
    expect(kindsOf('latest x', run('', ''))).toEqual(['latest free', 'x free'])
  })

  test('applies the flavor to tags, not to full references', () => {
    expect(kindsOf('x ghcr.io/o/app:y', run('', ''), 'suffix=-a')).toEqual(['x-a free', 'y free'])
  })

  test.each([
    ['a b\n.bad', /^line 2, \.bad: \.bad is not a tag/],
    ['ghcr.io/o/app', /line 1, .*has no tag/],
    [`o/app:1@sha256:${'0'.repeat(64)}`, /has a digest/],
    [`o/app@sha256:${'0'.repeat(64)}`, /has a digest/],
    ['x auto', /auto must be on a separate line/],
    ['type=sha\ntype=foo', /^line 2, type=foo: type=foo is not one of schedule, semver/],
    ['type=pep440,pattern={{version}}', /type=pep440 is not supported/],
    ['type=semver', /pattern is missing; add pattern=\{\{version}}/],
    ['type=ref', /event= is not one of branch, tag, pr/],
    ['type=ref,event=pull', /event=pull is not one of branch, tag, pr/],
    ['type=sha,format=tiny', /format=tiny is not one of short, long/],
    ['type=sha,even=x', /the attribute even is unknown/],
    ['type=sha,priority=high', /priority=high is not a whole number/],
    ['type=match,pattern=(', /\( is not a regular expression/],
    ['type=match,pattern=.,group=x', /group=x is not a whole number/],
    ['type=raw,value={{brnch}}', /\{\{brnch}} is unknown here; use one of branch, tag/],
    ['type=raw,value={{constructor}}', /\{\{constructor}} is unknown here/],
    ['type=raw,value={{#if x}}', /unknown here|not an expression/],
    ['type=raw,value={{sha', /"\{\{sha" contains \{\{ without }}/],
    ['type=raw,value={{sha short}}', /\{\{sha}} does not accept arguments/],
    ['type=semver,pattern={{date}}', /\{\{date}} is unknown here; use one of raw, version/],
    ['type=schedule,pattern={{date}}', /needs a format, and accepts a time zone/],
    ["type=schedule,pattern={{date 'YYYY' zone='UTC'}}", /needs a format, and accepts a time zone/],
    ["type=schedule,pattern={{date 'YYYY' tz='Mars/Base'}}", /Mars\/Base is not a time zone/],
    ["type=schedule,pattern={{date 'GGGG'}}", /GGGG in the date format GGGG is unknown/],
    ['type=raw,"value=x', /quote is not closed/],
  ])('rejects %p', (text, message) => {
    expect(() => parseTagRequest(text)).toThrow(message)
  })
})

describe('the input flavor', () => {
  const none = { text: [], onLatest: false }

  test.each([
    ['', { latest: 'auto', prefix: none, suffix: none }],
    ['latest=auto\nprefix=\nsuffix=', { latest: 'auto', prefix: none, suffix: none }],
    ['latest=true', { latest: true, prefix: none, suffix: none }],
    [
      '# both\nlatest=false\nprefix=a-,onlatest=true\nsuffix=-b',
      { latest: false, prefix: { text: ['a-'], onLatest: true }, suffix: { text: ['-b'], onLatest: false } },
    ],
    [
      'prefix=a,onlatest=false,suffix=b,onlatest=true',
      { latest: 'auto', prefix: { text: ['a'], onLatest: false }, suffix: { text: ['b'], onLatest: true } },
    ],
  ])('parses %p', (text, expected) => {
    expect(parseFlavor(text)).toEqual(expected)
  })

  test.each([
    ['latest=maybe', /line 1, latest=maybe: latest=maybe is not one of auto, true, false/],
    ['latest', /line 1/],
    ['onlatest=true', /onlatest is unknown; use latest=/],
    ['prefix=a,onlatest=1', /onlatest=1 is not one of true, false/],
    ['latest=auto\nsufix=x', /line 2, sufix=x: sufix is unknown/],
  ])('rejects %p', (text, message) => {
    expect(() => parseFlavor(text)).toThrow(message)
  })
})
