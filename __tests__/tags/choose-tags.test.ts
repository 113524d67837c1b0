import { readFileSync } from 'node:fs'
import { describe, expect, test } from '@jest/globals'
import { chooseVersion } from '../../src/tags/choose-tags.js'
import { chooseTagsOf, kindsOf, NOW, namesOf, run, SHA } from './subjects.js'

const SHORT = 'sha-860c190 free'
const MASTER = 'master branch'

describe('the tag of a branch is never that of another branch, pull request, commit or version', () => {
  test.each([
    ['ошибка-1', /^1-[0-9a-f]{7}$/],
    ['é-main', /^main-[0-9a-f]{7}$/],
    ['é/login', /^login-[0-9a-f]{7}$/],
    ['feature/#12', /^feature-12-[0-9a-f]{7}$/],
    ['-main', /^main-[0-9a-f]{7}$/],
    ['.main', /^main-[0-9a-f]{7}$/],
    ['main-', /^main-$/],
    ['x'.repeat(200), /^x{80}-[0-9a-f]{7}$/],
    ['pr-5', /^pr-5-[0-9a-f]{7}$/],
    ['sha-860c190', /^sha-860c190-[0-9a-f]{7}$/],
    ['my/branch', /^my-branch$/],
    ['v1.2/é', /^v1\.2-[0-9a-f]{7}$/],
  ])('%s', (name, expected) => {
    const [tag, ...others] = namesOf('auto', run('push', `refs/heads/${name}`, { version: '1.2.3' }))
    expect(tag).toMatch(expected)
    expect(others).toEqual(['sha-860c190'])
    expect(namesOf('type=ref,event=branch', run('push', `refs/heads/${name}`))).toEqual([tag])
  })

  test('two names with the same valid characters have two tags', () => {
    const [one, two] = ['é/login', 'ü/login'].map(
      name => namesOf('auto', run('push', `refs/heads/${name}`))[0],
    )
    expect(one).not.toBe(two)
  })

  test('a name without a valid character gives no tag', () => {
    expect(namesOf('auto', run('push', 'refs/heads/ошибка'))).toEqual(['sha-860c190'])
  })
})

describe('a Git tag of a package', () => {
  test.each(['fd/v1.3.0', 'fd@1.3.0', 'fd-v1.3.0', 'fd-1.3.0', 'tools/fd/v1.3.0'])(
    '%s gives its version to its container only',
    name => {
      const subject = (container: string, version: string) => ({
        ...run('push', `refs/tags/${name}`, { version }),
        names: [container],
      })
      expect(namesOf('auto', subject('fd', '1.3.0'))).toEqual(['1.3.0', '1.3', '1', 'latest', 'sha-860c190'])
      expect(namesOf('auto', subject('bar', '2.0.0'))).toEqual(['sha-860c190'])
    },
  )
})

describe('tags: auto', () => {
  test.each<[string, string, string | undefined, string[]]>([
    [
      'push',
      'refs/heads/master',
      '1.2.3',
      ['1.2.3 exact', '1.2 newest', '1 newest', 'latest newest', MASTER, SHORT],
    ],
    [
      'push',
      'refs/heads/master',
      'v1.2.3',
      ['1.2.3 exact', '1.2 newest', '1 newest', 'latest newest', MASTER, SHORT],
    ],
    ['push', 'refs/heads/master', '1.2.3-rc.1', ['1.2.3-rc.1 exact', MASTER, SHORT]],
    [
      'push',
      'refs/heads/master',
      '1.2.3+b',
      ['1.2.3-b exact', '1.2 newest', '1 newest', 'latest newest', MASTER, SHORT],
    ],
    ['push', 'refs/heads/master', '0.1.2', ['0.1.2 exact', '0.1 newest', 'latest newest', MASTER, SHORT]],
    ['push', 'refs/heads/master', undefined, ['latest branch', MASTER, SHORT]],
    ['push', 'refs/heads/master', '17.2', ['17.2 exact', 'latest newest', MASTER, SHORT]],
    ['push', 'refs/heads/master', '2024-05-01', ['2024-05-01 exact', 'latest branch', MASTER, SHORT]],
    [
      'push',
      'refs/heads/master',
      '0-unstable-2024-05-01',
      ['0-unstable-2024-05-01 exact', 'latest branch', MASTER, SHORT],
    ],
    ['push', 'refs/heads/master', '3wp7fbzfl0wkhf1nnfy2ipsfhzcl4nq1', ['latest branch', MASTER, SHORT]],
    ['push', 'refs/heads/master', '860c190', ['latest branch', MASTER, SHORT]],
    ['push', 'refs/heads/master', '8f0c190', ['latest branch', MASTER, SHORT]],
    ['push', 'refs/heads/master', 'nightly', ['latest branch', MASTER, SHORT]],
    [
      'schedule',
      'refs/heads/master',
      '1.2.3',
      ['1.2.3 exact', '1.2 newest', '1 newest', 'latest newest', MASTER, SHORT],
    ],
    ['push', 'refs/heads/my/branch', '1.2.3', ['my-branch branch', SHORT]],
    ['push', 'refs/heads/1.2', '1.2.3', ['1.2 newest', SHORT]],
    ['push', 'refs/heads/1.2', '1.3.0', [SHORT]],
    ['push', 'refs/heads/1.2', '1.2.3-rc.1', [SHORT]],
    ['push', 'refs/heads/1.2', undefined, [SHORT]],
    ['push', 'refs/heads/@1.2', '2.0.0', ['1.2-11ff9bb branch', SHORT]],
    ['push', 'refs/heads/v1.2.3', '1.2.3', [SHORT]],
    ['push', 'refs/heads/latest', '1.2.3', [SHORT]],
    ['push', 'refs/tags/v1.2.3', '1.2.3', ['1.2.3 exact', '1.2 newest', '1 newest', 'latest newest', SHORT]],
    ['push', 'refs/tags/v2.0.8-beta.67', '2.0.8-beta.67', ['2.0.8-beta.67 exact', SHORT]],
    ['push', 'refs/tags/spring/24', undefined, ['spring-24 free', SHORT]],
    // They are for a package `other`, so the version of this image says nothing.
    ['push', 'refs/tags/other/v1', '1.2.3', ['other-v1 free', SHORT]],
    ['push', 'refs/tags/other@1', '1.2.3', ['other-1-f2ce83f free', SHORT]],
    ['push', 'refs/tags/other/2024-05-01', '1.2.3', ['other-2024-05-01 free', SHORT]],
    ['push', 'refs/tags/other-v1', '1.2.3', ['other-v1 free', SHORT]],
    ['push', 'refs/tags/other/v1.3.0rc1', '1.2.3', [SHORT]],
    [
      'push',
      'refs/tags/nightly-20240501',
      '1.2.3',
      ['nightly-20240501 free', '1.2.3 exact', '1.2 newest', '1 newest', 'latest newest', SHORT],
    ],
    ['push', 'refs/tags/V1.2.3', 'V1.2.3', ['1.2.3 exact', '1.2 newest', '1 newest', 'latest newest', SHORT]],
    ['push', 'refs/tags/v1.2.3rc1', '1.2.3rc1', ['1.2.3rc1 exact', SHORT]],
    ['push', 'refs/heads/master', '1.2.3rc1', ['1.2.3rc1 exact', MASTER, SHORT]],
    ['push', 'refs/heads/master', '1.2.3.dev0', ['1.2.3.dev0 exact', MASTER, SHORT]],
    ['push', 'refs/heads/master', '1.2.3.post1', ['1.2.3.post1 exact', 'latest newest', MASTER, SHORT]],
    ['push', 'refs/heads/master', '1.1.1w', ['1.1.1w exact', 'latest branch', MASTER, SHORT]],
    // The tag of the default branch is never that of another ref.
    ['push', 'refs/tags/master', undefined, ['master-fc613b4 free', SHORT]],
    ['push', 'refs/tags/v2024.05.1', '2024.05.1', ['2024.05.1 exact', 'latest newest', SHORT]],
    ['push', 'refs/tags/v1.2.3.4', '1.2.3.4', ['1.2.3.4 exact', 'latest newest', SHORT]],
    [
      'push',
      'refs/tags/release-1.2.3',
      '1.2.3',
      ['1.2.3 exact', '1.2 newest', '1 newest', 'latest newest', SHORT],
    ],
    ['push', 'refs/tags/other/v1.3.0', '1.2.3', [SHORT]],
    ['push', 'refs/tags/other@1.3.0', '1.2.3', [SHORT]],
    ['push', 'refs/tags/other-1.3.0', '1.2.3', [SHORT]],
    ['push', 'refs/heads/v2024.05.1', undefined, [SHORT]],
    ['push', 'refs/tags/v1', '1.2.3', ['1.2.3 exact', '1.2 newest', '1 newest', 'latest newest', SHORT]],
    ['pull_request', 'refs/pull/2/merge', '1.2.3', ['pr-2 free']],
    ['', '', '1.2.3', ['1.2.3 exact', '1.2 newest', '1 newest', 'latest newest']],
    ['', '', undefined, ['latest free']],
  ])('%s %s of version %s', (event, ref, version, expected) => {
    expect(kindsOf('auto', run(event, ref, version === undefined ? {} : { version }))).toEqual(expected)
    expect(kindsOf('', run(event, ref, version === undefined ? {} : { version }))).toEqual(expected)
  })

  test('adds the prefix and suffix of the flavor, to latest only with onlatest=true', () => {
    const subject = run('push', 'refs/heads/master', { version: '1.2.3' })
    expect(namesOf('auto', subject, 'suffix=-alpine')).toEqual([
      '1.2.3-alpine',
      '1.2-alpine',
      '1-alpine',
      'latest',
      'master-alpine',
      'sha-860c190-alpine',
    ])
    expect(namesOf('auto', subject, 'prefix=x-,onlatest=true')).toContain('x-latest')
    expect(namesOf('auto', subject, 'latest=false')).not.toContain('latest')
    const other = run('push', 'refs/heads/topic')
    expect(kindsOf('auto', other, 'latest=true')).toEqual(['topic branch', SHORT, 'latest branch'])
  })

  test('returns the range and the affixes of the versions that a newest tag is compared with', () => {
    const [, minor, major, latest] = chooseTagsOf(
      'auto',
      run('push', 'refs/heads/master', { version: '1.2.3' }),
      'suffix=-a',
    )
    const affixes = { prefix: '', suffix: '-a' }
    expect(minor?.newestOf).toEqual({ version: '1.2.3', range: { major: 1, minor: 2 }, affixes })
    expect(major?.newestOf).toEqual({ version: '1.2.3', range: { major: 1 }, affixes })
    expect(latest?.newestOf).toEqual({ version: '1.2.3', range: {}, affixes })
  })

  test('accepts auto as one of several rules', () => {
    const subject = run('push', 'refs/heads/master', { version: '1.2.3' })
    expect(namesOf('auto\nnightly\ntype=raw,value=stable,enable={{is_default_branch}}', subject)).toEqual([
      ...namesOf('auto', subject),
      'nightly',
      'stable',
    ])
    expect(
      namesOf('auto\nnightly, weekly\nghcr.io/o/app:1.9', subject, 'latest=false\nsuffix=-a').slice(-3),
    ).toEqual(['nightly-a', 'weekly-a', '1.9'])
  })
})

describe('tags after a migration from flocken', () => {
  // flocken's `autoTags`: branch, latest (default branch), version, majorMinor and major (not for prereleases).
  test.each([
    ['v1.0.0', 'main', ['main', 'latest', '1.0.0', '1.0', '1']],
    ['1.2.3', 'main', ['main', 'latest', '1.2.3', '1.2', '1']],
    [undefined, 'main', ['main', 'latest']],
    [undefined, 'develop', ['develop']],
    // Unlike flocken, a prerelease gives no `latest`.
    ['1.2.3-rc.1', 'main', ['main', '1.2.3-rc.1']],
    // Unlike flocken, which also sets `17`.
    ['17.2', 'main', ['main', 'latest', '17.2']],
    // Unlike flocken, only the default branch and Git tags give versions.
    ['1.2.3', 'develop', ['develop']],
  ])('version %s on %s', (version, branch, expected) => {
    const subject = run('push', `refs/heads/${branch}`, {
      defaultBranch: 'main',
      ...(version && { version }),
    })
    expect(namesOf('auto', subject).toSorted()).toEqual([...expected, 'sha-860c190'].toSorted())
  })
})

describe('the rules in the documentation that replace `autoTags` of flocken', () => {
  const [, flavor = '', rules = ''] =
    /```yaml\nflavor: (.*)\ntags: \|\n((?: {2}.*\n)+)```/.exec(readFileSync('docs/tags.md', 'utf8')) ?? []

  test.each([
    ['1.2.3', 'refs/heads/main', ['1.2.3', '1.2', '1', 'main', 'latest']],
    [undefined, 'refs/heads/main', ['main', 'latest']],
    ['1.2.3', 'refs/heads/work', ['1.2.3', '1.2', '1', 'work']],
    [undefined, 'refs/heads/work', ['work']],
    ['1.2.3', 'refs/tags/v1.2.3', ['1.2.3', '1.2', '1']],
  ])('version %s on %s', (version, ref, expected) => {
    const subject = run('push', ref, { defaultBranch: 'main', ...(version && { version }) })
    expect(namesOf(rules, subject, flavor)).toEqual(expected)
  })
})

describe('one notion of a version in tags that the user writes', () => {
  const tagged = (name: string, version = '9.9.9') => run('push', `refs/tags/${name}`, { version })

  test.each(['2024.05.1', '1.2.3.4', '1.2.3rc1', '17.2-beta', '1.2.3.post1', 'V1.2.3'])(
    '%s is an exact version in a list and in rules',
    text => {
      expect(kindsOf(text, tagged('v1.0.0'))).toEqual([`${text} exact`])
      expect(kindsOf(`type=raw,value=${text}`, tagged('v1.0.0'))).toEqual([`${text} exact`])
      const match = kindsOf(`type=match,pattern=x-(.*),group=1,value=x-${text}`, tagged('v1.0.0'))
      expect(match[0]).toBe(`${text} exact`)
    },
  )

  test('the version of the run is exact in any form', () => {
    expect(kindsOf('type=raw,value={{version}}', tagged('v1', '2024-05-01'))).toEqual(['2024-05-01 exact'])
    expect(kindsOf('2024-05-01', tagged('v1', '2024-06-01'))).toEqual(['2024-05-01 free'])
    expect(kindsOf('17.2', tagged('v1', '17.2'))).toEqual(['17.2 newest'])
    expect(kindsOf('stable', tagged('v1', 'stable'))).toEqual(['stable free'])
  })

  test('with a rule, a branch named like a version does not replace the version', () => {
    const kindOf = (branch: string) => kindsOf('type=ref,event=branch', run('push', `refs/heads/${branch}`))
    expect(kindOf('1.2.3')).toEqual(['1.2.3 exact'])
    expect(kindOf('v2024.05.1')).toEqual(['v2024.05.1 exact'])
    expect(kindOf('1.2')).toEqual(['1.2 branch'])
    expect(kindOf('release/1.2.3')).toEqual(['release-1.2.3 branch'])
  })

  test('with a rule, the Git tag of another package does not move `latest`', () => {
    const rule = 'type=ref,event=tag'
    expect(kindsOf(rule, tagged('other/v1.2.3'))).toEqual(['other-v1.2.3 exact'])
    expect(kindsOf(rule, tagged('other/v1'))).toEqual(['other-v1 free'])
    const own = { ...tagged('other/v1.2.3', '1.2.3'), names: ['default', 'ghcr.io/me/other'] }
    expect(kindsOf(rule, own)).toEqual(['other-v1.2.3 exact', 'latest newest'])
  })
})

test('a branch and a Git tag never get the tag of the default branch', () => {
  const on = (ref: string) => namesOf('auto', run('push', ref, { defaultBranch: 'release-1' }))
  expect(on('refs/heads/release-1')).toContain('release-1')
  for (const ref of ['refs/heads/release/1', 'refs/tags/release/1', 'refs/tags/release-1']) {
    expect(on(ref)).not.toContain('release-1')
    expect(on(ref)[0]).toMatch(/^release-1-[0-9a-f]{7}$/)
  }
})

test('of several Git tags of a commit, each container gets its own', () => {
  const tags = ['fd/v2.0.0', 'rg/v1.3.0', 'v1.2.3', 'latest']
  const ref = { kind: 'tag', name: 'fd/v2.0.0', tags, sha: SHA } as const
  const versionOf = (name: string, image?: string) => chooseVersion(undefined, image, { ref, names: [name] })
  expect(['fd', 'rg', 'other'].map(name => versionOf(name))).toEqual(['2.0.0', '1.3.0', '1.2.3'])
  const tagsOf = (name: string, own: readonly string[]) => {
    const version = chooseVersion(undefined, undefined, { ref: { ...ref, tags: own }, names: [name] })
    const subject = { ref: { ...ref, tags: own }, names: [name], now: NOW, ...(version && { version }) }
    return namesOf('auto', subject)
  }
  expect(tagsOf('fd', tags)).toEqual(['2.0.0', '2.0', '2', 'latest', 'sha-860c190'])
  expect(tagsOf('rg', tags)).toEqual(['1.3.0', '1.3', '1', 'latest', 'sha-860c190'])
  expect(tagsOf('other', tags)).toEqual(['1.2.3', '1.2', '1', 'latest', 'sha-860c190'])
  // None of the tags is for it.
  expect(tagsOf('other', ['fd/v2.0.0', 'rg/v1.3.0'])).toEqual(['sha-860c190'])
})
