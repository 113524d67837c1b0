import { describe, expect, test } from '@jest/globals'
import {
  type CommitRelation,
  mayMove,
  type RepositoryState,
  type TaggedVersion,
} from '../../src/tags/may-move.js'
import type { RequestedTag } from '../../src/tags/subject.js'
import { chooseTagsOf, run } from './subjects.js'

const EARLY = new Date('2024-01-01T00:00:00Z')
const LATE = new Date('2024-02-01T00:00:00Z')

function stateOf(
  current: Partial<TaggedVersion> | undefined,
  tags: readonly string[] = [],
  relation: CommitRelation = 'unknown',
): RepositoryState {
  return {
    current: current && { digest: 'sha256:theirs', ...current },
    tags,
    isTagListIncomplete: false,
    relation,
  }
}

function imageOf(version?: string, created?: Date): TaggedVersion {
  return { digest: 'sha256:ours', ...(version && { version }), ...(created && { created }) }
}

const kinds: RequestedTag[] = [
  { tag: '1.2.3', kind: 'exact' },
  { tag: 'latest', kind: 'newest' },
  { tag: 'main', kind: 'branch' },
  { tag: 'x', kind: 'free' },
]

describe('a tag of any kind', () => {
  test.each(kinds)('$kind: is not set again if it has the same digest', one => {
    const same = { ...stateOf(undefined, ['9.9.9'], 'ancestor'), current: imageOf('9.9.9', LATE) }
    expect(mayMove(one, imageOf('1.2.3', EARLY), same, false)).toEqual({ kind: 'same' })
  })

  test.each(kinds)('$kind: is set if it is missing', one => {
    expect(mayMove(one, imageOf('1.2.3'), stateOf(undefined), false)).toEqual({ kind: 'set' })
  })
})

describe('with an incomplete list of tags', () => {
  const incomplete = { ...stateOf({ version: '1.0.0' }, ['1.0.0'], 'descendant'), isTagListIncomplete: true }

  test.each([
    ['newest', 'stay'],
    ['branch', 'stay'],
    ['free', 'set'],
    ['exact', 'refuse'],
  ] as const)('a tag of the kind %s: %s', (kind, decision) => {
    expect(mayMove({ tag: 'x', kind }, imageOf('1.2.3'), incomplete, false).kind).toBe(decision)
  })

  test('a tag of the newest version is not created, and a tag of a branch is', () => {
    const missing = { ...incomplete, current: undefined }
    expect(mayMove({ tag: 'latest', kind: 'newest' }, imageOf('1.2.3'), missing, false).kind).toBe('stay')
    expect(mayMove({ tag: 'main', kind: 'branch' }, imageOf('1.2.3'), missing, false).kind).toBe('set')
  })
})

describe('an exact version', () => {
  const exact: RequestedTag = { tag: '1.2.3', kind: 'exact' }

  test('is not overwritten', () => {
    expect(
      mayMove(exact, imageOf('1.2.3'), stateOf({ version: '1.2.3' }, ['1.2.3'], 'descendant'), false),
    ).toEqual({
      kind: 'refuse',
      why: '1.2.3 already points to sha256:theirs, this image is sha256:ours',
    })
  })

  test('is overwritten if overwrite is set', () => {
    expect(mayMove(exact, imageOf('1.2.3'), stateOf({ version: '1.2.3' }), true)).toEqual({ kind: 'set' })
  })
})

describe('a tag of the newest version', () => {
  const newest = (tag: string): RequestedTag => ({ tag, kind: 'newest' })

  test.each([
    ['latest', '1.2.3', ['1.2.2', '1.2.3'], undefined],
    ['latest', '1.2.3', ['1.2.4'], 'the newer version 1.2.4 exists'],
    ['latest', '1.9.0', ['1.10.0'], 'the newer version 1.10.0 exists'],
    ['latest', '1.2.3', ['2.0.0-rc.1', 'latest', 'main', '99', '1.3', 'sha-1234567'], undefined],
    ['latest', '1.2.3', ['v1.2.4'], 'the newer version 1.2.4 exists'],
    ['latest', '1.2.3', ['1.2.4-alpine'], undefined],
    ['1', '1.2.3', ['2.0.0'], undefined],
    ['1', '1.2.3', ['1.3.0'], 'the newer version 1.3.0 exists'],
    ['v1', '1.2.3', ['1.3.0'], 'the newer version 1.3.0 exists'],
    ['1.2', '1.2.3', ['1.3.0', '2.0.0'], undefined],
    ['1.2', '1.2.3', ['1.2.10'], 'the newer version 1.2.10 exists'],
    ['latest', '1.2.3-rc.1', [], '1.2.3-rc.1 is a prerelease'],
  ])('compares %s of version %s with the tags %p', (tag, version, tags, why) => {
    const expected = why === undefined ? { kind: 'set' } : { kind: 'stay', why }
    expect(mayMove(newest(tag), imageOf(version), stateOf({}, tags), false)).toEqual(expected)
    expect(mayMove(newest(tag), imageOf(version), stateOf({}, tags), true)).toEqual(expected)
  })

  test.each([
    ['1.2.2', {}, 'set'],
    ['1.2.4', {}, 'stay'],
    ['2.0.0-rc.1', {}, 'stay'],
    ['1.2.3-rc.1', {}, 'set'],
    ['2024-05-01', {}, 'set'],
    [undefined, { relation: 'ancestor' }, 'set'],
    ['1.2.3', { relation: 'ancestor' }, 'stay'],
    ['1.2.3', { relation: 'descendant' }, 'set'],
    ['1.2.2', { relation: 'ancestor' }, 'set'],
    ['1.2.4', { relation: 'descendant' }, 'stay'],
  ] as const)('latest of 1.2.3, if it points to version %s, %p: %s', (version, more, kind) => {
    const at = { ...stateOf(version === undefined ? {} : { version }), ...more }
    expect(mayMove(newest('latest'), imageOf('1.2.3'), at, false).kind).toBe(kind)
  })

  test('compares commits if there is no version', () => {
    expect(mayMove(newest('latest'), imageOf(), stateOf({}, ['9.9.9'], 'ancestor'), false).kind).toBe('stay')
    expect(mayMove(newest('latest'), imageOf(), stateOf({}, ['9.9.9'], 'descendant'), false).kind).toBe('set')
  })

  test('does not move the tag of an exact version such as 17.2', () => {
    expect(mayMove(newest('17.2'), imageOf('17.2.1'), stateOf({ version: '17.2' }), false)).toEqual({
      kind: 'stay',
      why: 'it is the exact version 17.2',
    })
  })

  test('compares only versions with the same prefix and suffix', () => {
    const subject = run('push', 'refs/heads/master', { version: '1.2.3' })
    const latest = chooseTagsOf('auto', subject, 'prefix=a/,suffix=-alpine').find(
      ({ tag }) => tag === 'latest',
    )
    const of = (...tags: string[]) =>
      latest && mayMove(latest, imageOf('1.2.3'), stateOf({}, tags), false).kind
    expect(of('a-1.2.2-alpine', '1.2.4', 'a-1.2.4', '1.2.4-alpine', 'a-1.2.4-rc.1-alpine')).toBe('set')
    expect(of('a-1.2.4-alpine')).toBe('stay')
  })

  test('compares the version of the rule with tags, and the version of the image with annotations', () => {
    const [tag] = chooseTagsOf('type=semver,pattern={{major}},value=v2.1.0', run('push', 'refs/heads/master'))
    const of = (version: string, tags: string[]) =>
      tag && mayMove(tag, imageOf('7.0.0'), stateOf({ version }, tags), false).kind
    expect(of('6.0.0', ['2.0.0', '7.5.0'])).toBe('set')
    expect(of('6.0.0', ['2.1.1'])).toBe('stay')
    expect(of('7.0.1', ['2.0.0'])).toBe('stay')
  })
})

describe('a tag of a branch', () => {
  const branch: RequestedTag = { tag: 'main', kind: 'branch' }

  test.each([
    ['same', 'set'],
    ['descendant', 'set'],
    ['diverged', 'set'],
    ['ancestor', 'stay'],
    ['unknown', 'set'],
  ] as const)('if the commit is %s: %s', (relation, kind) => {
    expect(mayMove(branch, imageOf(), stateOf({}, [], relation), false).kind).toBe(kind)
  })

  test('reports the commit that the tag points to', () => {
    const current = { revision: '860c1904a1ce19322e91ac35af1ab07466440c37' }
    expect(mayMove(branch, imageOf(), stateOf(current, [], 'ancestor'), false)).toEqual({
      kind: 'stay',
      why: 'it points to a later commit, 860c1904a1ce',
    })
  })

  test.each([
    [EARLY, LATE, 'unknown', 'stay'],
    [LATE, EARLY, 'unknown', 'set'],
    [EARLY, EARLY, 'unknown', 'set'],
    [undefined, LATE, 'unknown', 'set'],
    [EARLY, undefined, 'unknown', 'set'],
    [EARLY, LATE, 'diverged', 'set'],
    [EARLY, LATE, 'descendant', 'set'],
    [LATE, EARLY, 'ancestor', 'stay'],
  ] as const)('if this commit is of %p, the tagged one of %p, %s: %s', (mine, theirs, relation, kind) => {
    const at = stateOf(theirs === undefined ? {} : { created: theirs }, [], relation)
    expect(mayMove(branch, imageOf(undefined, mine), at, false).kind).toBe(kind)
  })
})
