import { describe, expect, test } from '@jest/globals'
import { kindsOf, NOW, namesOf, run } from './subjects.js'

const PR = run('pull_request', 'refs/pull/2/merge')
const MASTER = run('push', 'refs/heads/master')
const runOfTag = (name: string) => run('push', `refs/tags/${name}`)
const DEFAULTS = 'type=schedule\ntype=ref,event=branch\ntype=ref,event=tag\ntype=ref,event=pr'
const SEMVER = `type=ref,event=branch
  type=ref,event=pr
  type=semver,pattern={{version}}
  type=semver,pattern={{major}}.{{minor}}`

describe('the examples in the documentation of docker/metadata-action', () => {
  test.each([
    ['pull_request', 'refs/pull/2/merge', ['pr-2']],
    ['push', 'refs/heads/master', ['master']],
    ['push', 'refs/heads/releases/v1', ['releases-v1']],
    ['push', 'refs/tags/v1.2.3', ['v1.2.3', 'latest']],
    ['push', 'refs/tags/v2.0.8-beta.67', ['v2.0.8-beta.67', 'latest']],
    ['workflow_dispatch', 'refs/heads/master', ['master']],
  ])('the default rules: %s %s', (event, ref, expected) => {
    expect(namesOf(DEFAULTS, run(event, ref))).toEqual(expected)
  })

  test.each([
    ['pull_request', 'refs/pull/2/merge', ['pr-2']],
    ['push', 'refs/heads/master', ['master']],
    ['push', 'refs/heads/releases/v1', ['releases-v1']],
    ['push', 'refs/tags/v1.2.3', ['1.2.3', '1.2', 'latest']],
    ['push', 'refs/tags/v2.0.8-beta.67', ['2.0.8-beta.67']],
    ['workflow_dispatch', 'refs/heads/master', ['master']],
  ])('the rules for semver: %s %s', (event, ref, expected) => {
    expect(namesOf(SEMVER, run(event, ref))).toEqual(expected)
  })

  test('the rules for semver and type=sha', () => {
    expect(namesOf(`${SEMVER}\ntype=sha`, runOfTag('v1.2.3'))).toEqual([
      '1.2.3',
      '1.2',
      'sha-860c190',
      'latest',
    ])
  })

  test.each([
    ['type=schedule', 'nightly'],
    ['type=schedule,pattern=nightly', 'nightly'],
    ["type=schedule,pattern={{date 'YYYYMMDD'}}", '20200110'],
    ["type=schedule,pattern={{date 'YYYYMMDD-HHmmss' tz='Asia/Tokyo'}}", '20200110-093000'],
  ])('%s', (rule, expected) => {
    expect(kindsOf(rule, run('schedule', 'refs/heads/master'))).toEqual([`${expected} free`])
    expect(namesOf(rule, MASTER)).toEqual([])
  })

  test.each([
    ['v1.2.3', '{{raw}}', 'v1.2.3', 'exact'],
    ['v1.2.3', '{{version}}', '1.2.3', 'exact'],
    ['v1.2.3', '{{major}}.{{minor}}', '1.2', 'newest'],
    ['v1.2.3', 'v{{major}}', 'v1', 'newest'],
    ['v1.2.3', '{{minor}}', '2', 'newest'],
    ['v1.2.3', '{{patch}}', '3', 'newest'],
    ['v2.0.8-beta.67', '{{raw}}', 'v2.0.8-beta.67', 'exact'],
    ['v2.0.8-beta.67', '{{version}}', '2.0.8-beta.67', 'exact'],
    ['v2.0.8-beta.67', '{{major}}.{{minor}}', '2.0.8-beta.67', 'exact'],
    ['v1.2.3', '{{major}}.{{minor}}.{{patch}}', '1.2.3', 'exact'],
    ['v1.2.3+b', '{{version}}', '1.2.3', 'exact'],
    ['v1.2.3+b', '{{raw}}', 'v1.2.3-b', 'exact'],
    ['v0.1.2', '{{major}}', '0', 'newest'],
  ])('type=semver: %s with the pattern %s', (tag, pattern, expected, kind) => {
    const rule = `type=semver,pattern=${pattern}`
    expect(kindsOf(rule, runOfTag(tag), 'latest=false')).toEqual([`${expected} ${kind}`])
    expect(kindsOf(`${rule},value=${tag}`, MASTER, 'latest=false')).toEqual([`${expected} ${kind}`])
    expect(namesOf(rule, MASTER)).toEqual([])
  })

  test.each([
    ['v1.2.3', String.raw`\d.\d.\d`, 0, '1.2.3', 'exact'],
    ['v2.0.8-beta.67', 'v(.*)', 1, '2.0.8-beta.67', 'exact'],
    ['v2.0.8-beta.67', String.raw`v(\d.\d)`, 1, '2.0', 'newest'],
    ['20200110-RC2', String.raw`\d+`, 0, '20200110', 'branch'],
    ['p1/v1.2.3', String.raw`p1/v(\d.\d.\d)`, 1, '1.2.3', 'exact'],
    ['V1.2.3', '/v(.*)/i', 1, '1.2.3', 'exact'],
  ])('type=match: %s with the pattern %s', (tag, pattern, group, expected, kind) => {
    const rule = `type=match,pattern=${pattern},group=${group}`
    expect(kindsOf(rule, runOfTag(tag))[0]).toBe(`${expected} ${kind}`)
    expect(namesOf(rule, runOfTag(tag))).toEqual([expected, 'latest'])
    expect(namesOf(`${rule},value=${tag}`, MASTER)[0]).toBe(expected)
    expect(namesOf(rule, MASTER)).toEqual([])
    expect(namesOf(rule, runOfTag('other'))).toEqual([])
  })

  test.each([
    ['type=edge', 'master', ['edge branch']],
    ['type=edge', 'main', []],
    ['type=edge,branch=main', 'main', ['edge branch']],
    ['type=edge,branch=main', 'master', []],
  ])('%s on %s', (rule, branch, expected) => {
    expect(kindsOf(rule, run('push', `refs/heads/${branch}`))).toEqual(expected)
  })

  test.each([
    ['pr', 'pull_request', 'refs/pull/2/merge', 'pr-2 free'],
    ['branch', 'push', 'refs/heads/master', 'master branch'],
    ['branch', 'push', 'refs/heads/my/branch', 'my-branch branch'],
    ['tag', 'push', 'refs/tags/v1.2.3', 'v1.2.3 exact'],
    ['tag', 'push', 'refs/tags/v2.0.8-beta.67', 'v2.0.8-beta.67 exact'],
    ['branch', 'workflow_dispatch', 'refs/heads/master', 'master branch'],
  ])('type=ref,event=%s at %s %s', (wanted, event, ref, expected) => {
    expect(kindsOf(`type=ref,event=${wanted}`, run(event, ref), 'latest=false')).toEqual([expected])
    const others = ['branch', 'tag', 'pr'].filter(each => each !== wanted)
    expect(others.flatMap(each => namesOf(`type=ref,event=${each}`, run(event, ref)))).toEqual([])
  })

  test.each(['type=raw,value=foo\ntype=raw,value=bar', 'type=raw,foo\ntype=raw,bar', 'foo\nbar'])(
    '%p',
    rules => {
      expect(kindsOf(rules, MASTER)).toEqual(['foo free', 'bar free'])
    },
  )

  test('a line without type= is a tag, also with an expression', () => {
    expect(namesOf("x-{{date 'YYYYMMDD'}}", MASTER)).toEqual(['x-20200110'])
  })

  test('type=sha', () => {
    expect(kindsOf('type=sha', MASTER)).toEqual(['sha-860c190 free'])
    expect(namesOf('type=sha,format=long', MASTER)).toEqual(['sha-860c1904a1ce19322e91ac35af1ab07466440c37'])
    expect(namesOf('type=sha,prefix=', MASTER)).toEqual(['860c190'])
  })

  test('enable={{is_default_branch}} sets latest only for the default branch', () => {
    const rule = 'type=raw,value=latest,enable={{is_default_branch}}'
    expect(kindsOf(rule, MASTER)).toEqual(['latest branch'])
    expect(namesOf(rule, run('push', 'refs/heads/my/branch'))).toEqual([])
    expect(kindsOf(rule, run('push', 'refs/heads/master', { version: '1.2.3' }))).toEqual(['latest newest'])
  })

  test('enable=false skips the major tag for 0.x versions', () => {
    const rules = (zero: boolean) => `type=semver,pattern={{version}}
      type=semver,pattern={{major}}.{{minor}}
      type=semver,pattern={{major}},enable=${!zero}`
    expect(namesOf(rules(true), runOfTag('v0.1.2'))).toEqual(['0.1.2', '0.1', 'latest'])
  })

  test.each([
    ['type=sha,prefix={{branch}}-', MASTER, 'master-860c190'],
    ['type=raw,value=mytag-{{branch}}-{{sha}}', MASTER, 'mytag-master-860c190'],
    ['type=raw,value=x{{branch}}', PR, 'x'],
    ['type=raw,value=x{{branch}}', run('push', 'refs/heads/my/branch'), 'xmy-branch'],
    ['type=raw,value=x{{branch}}', runOfTag('v1.2.3'), 'x'],
    ['type=raw,value=x{{tag}}', PR, 'x'],
    ['type=raw,value=x{{tag}}', MASTER, 'x'],
    ['type=raw,value=x{{tag}}', runOfTag('v1.2.3'), 'xv1.2.3'],
    ['type=raw,value=x{{base_ref}}', PR, 'xmaster'],
    ['type=raw,value=x{{base_ref}}', MASTER, 'x'],
    ["type=raw,value={{date 'YYYYMMDD'}}", MASTER, '20200110'],
    ["type=raw,value={{date 'YYYYMMDD-HHmmss' tz='Asia/Tokyo'}}", MASTER, '20200110-093000'],
    ["type=raw,value={{commit_date 'YYYYMMDD'}}", MASTER, '20200110'],
    [
      `type=raw,"value={{date 'dddd, MMMM Do YYYY, h:mm:ss a'}}"`,
      { ...MASTER, now: new Date('2020-01-10T15:25:50Z') },
      'Friday-January-10th-2020-3-25-50-pm',
    ],
    [
      "type=raw,value={{commit_date 'YYYYMMDD-HHmmss' tz='Asia/Tokyo'}}",
      { ...run('push', 'refs/heads/master', { commitDate: NOW }), now: new Date(0) },
      '20200110-093000',
    ],
  ])('%s', (rule, subject, expected) => {
    expect(namesOf(rule, subject)).toEqual([expected])
  })
})

describe('lines of docker/metadata-action', () => {
  test('an empty value of a raw rule gives no tag, and a missing one is an error', () => {
    expect(namesOf('type=raw,value=', MASTER)).toEqual([])
    expect(namesOf('type=raw,value=,enable=false', MASTER)).toEqual([])
    expect(namesOf('type=raw,value=,suffix=-x\nlatest', MASTER)).toEqual(['latest'])
    expect(() => namesOf('type=raw', MASTER)).toThrow(/value is missing/)
  })

  test.each(['"type=raw,value=x"', "'type=raw,value=x'", '"x"', "'x'"])(
    'the quoted line %s is read without quotes',
    line => expect(namesOf(line, MASTER)).toEqual(['x']),
  )

  test.each(['type=raw,value="x"', 'type=raw,value=x"', 'type=sha,prefix="a"'])(
    'the quotes in %s are an error',
    line =>
      expect(() => namesOf(line, MASTER)).toThrow(
        /a double quote is within .*; write the quotes around the field: "/,
      ),
  )

  test('quotes in an expression and around a field are not an error', () => {
    expect(namesOf('type=raw,"value={{date \'YYYY\'}}"', MASTER)).toEqual(['2020'])
    expect(namesOf('"type=raw","value=a"', MASTER)).toEqual(['a'])
  })

  test('a quote in the flavor is an error', () =>
    expect(() => namesOf('latest', MASTER, 'suffix="-s"')).toThrow(/a double quote is within suffix="-s"/))

  test.each(['my/branch', 'a/b/c'])('the line %s is an error that names the rule to write', line =>
    expect(() => namesOf(line, MASTER)).toThrow(`write type=raw,value=${line}`),
  )
})

describe('rules', () => {
  test('tags are sorted by priority, then by line, without duplicates', () => {
    const rules =
      'type=sha\nfoo\ntype=raw,value=bar,priority=950\ntype=semver,pattern={{version}}\ntype=raw,value=1.2.3'
    expect(namesOf(rules, runOfTag('v1.2.3'))).toEqual(['bar', '1.2.3', 'foo', 'sha-860c190'])
  })

  test('the first rule that gives a tag decides whether latest is set, unless the flavor does', () => {
    const rules = 'type=sha\ntype=semver,pattern={{version}}'
    expect(kindsOf(rules, runOfTag('v1.2.3'))).toEqual(['1.2.3 exact', 'sha-860c190 free', 'latest newest'])
    expect(
      namesOf('type=sha,priority=2000\ntype=semver,pattern={{version}}', runOfTag('v1.2.3')),
    ).not.toContain('latest')
    expect(namesOf(rules, runOfTag('v1.2.3'), 'latest=false')).not.toContain('latest')
    expect(namesOf('type=sha', MASTER, 'latest=true')).toEqual(['sha-860c190', 'latest'])
    expect(namesOf('type=schedule', MASTER, 'latest=true')).toEqual([])
  })

  test('the prefix and suffix of a rule replace the prefix and suffix of the flavor', () => {
    const flavor = 'prefix=foo-\nsuffix=-bar,onlatest=true'
    const rules = 'type=semver,pattern={{version}}\ntype=raw,value=x,prefix=,suffix=-own\ntype=sha'
    expect(namesOf(rules, runOfTag('v1.2.3'), flavor)).toEqual([
      'foo-1.2.3-bar',
      'x-own',
      'sha-860c190-bar',
      'latest-bar',
    ])
  })

  test('a semver rule can match a part of the tag, or use the version of the run', () => {
    expect(namesOf('type=semver,pattern={{version}},match=^app-(.+)$', runOfTag('app-v1.2.3'))[0]).toBe(
      '1.2.3',
    )
    const subject = run('push', 'refs/heads/master', { version: '1.2.3' })
    expect(namesOf('type=semver,pattern={{major}}.{{minor}},value={{version}}', subject)).toEqual([
      '1.2',
      'latest',
    ])
    expect(namesOf('type=semver,pattern={{version}},value={{version}}', MASTER)).toEqual([])
  })

  test('the form of a raw tag decides its kind', () => {
    const subject = run('push', 'refs/heads/master', { version: '1.2.3' })
    expect(kindsOf('type=raw,value=1.2.3\ntype=raw,value=1.2\ntype=raw,value=9', subject)).toEqual([
      '1.2.3 exact',
      '1.2 newest',
      '9 branch',
    ])
  })

  test('shortens tags to 128 characters and removes dots and dashes at the start', () => {
    expect(namesOf(`type=raw,value=${'x'.repeat(200)}`, MASTER)).toEqual(['x'.repeat(128)])
    expect(namesOf('type=raw,value=.-b', MASTER)).toEqual(['b'])
    expect(namesOf('type=raw,value=é', MASTER)).toEqual([])
  })

  test('enable must evaluate to true or false', () => {
    expect(namesOf('type=sha,enable=false', MASTER)).toEqual([])
    expect(() => namesOf('type=sha,enable={{branch}}', MASTER)).toThrow(
      /type=sha,enable=\{\{branch}}, enable is "master"/,
    )
  })
})
