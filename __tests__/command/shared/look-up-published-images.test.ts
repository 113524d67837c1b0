import { expect, test } from '@jest/globals'
import { listCandidateTags } from '../../../src/command/shared/look-up-published-images.js'
import { parseFlavor, parseTagRequest } from '../../../src/tags/parse-tags-input.js'
import type { GitRef } from '../../../src/tags/subject.js'

const SHA = 'abcdef1234567890abcdef1234567890abcdef12'
const on = (ref: Partial<GitRef>): GitRef => ({ kind: 'none', defaultBranch: 'main', sha: SHA, ...ref })
const MAIN = on({ kind: 'branch', name: 'main' })

test.each([
  ['auto', MAIN, '1.2.3', ['1.2.3', 'main', 'latest']],
  ['auto', MAIN, undefined, ['latest', 'main']],
  ['auto', on({ kind: 'branch', name: 'my/work' }), '1.2.3', ['my-work', '1.2.3', 'main', 'latest']],
  [
    'auto',
    on({ kind: 'pull-request', name: 'work', number: 5, base: 'main' }),
    undefined,
    ['latest', 'main'],
  ],
  ['auto', { kind: 'none' }, undefined, ['latest']],
  ['1 1.2', MAIN, '1.2.3', ['1', '1.2', 'latest']],
  ['1.2.3 nightly', MAIN, '1.2.3', ['1.2.3', 'nightly', 'latest']],
  ['type=sha\ntype=raw,value=nightly', MAIN, undefined, ['nightly', 'latest']],
] as const)('tags %s on %j with version %s: candidate tags', (request, ref, version, tags) => {
  const options = { ref, now: new Date(0), ...(version !== undefined && { version }) }
  const found = listCandidateTags(parseTagRequest(request), parseFlavor(''), options)
  expect(found.map(({ tag }) => tag)).toEqual(tags)
})

test('limits the number of candidate tags', () => {
  const list = Array.from({ length: 50 }, (_, n) => `t${n}`).join(' ')
  const options = { ref: MAIN, now: new Date(0) }
  expect(listCandidateTags(parseTagRequest(list), parseFlavor(''), options)).toHaveLength(6)
})
