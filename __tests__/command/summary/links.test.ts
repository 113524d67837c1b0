import { describe, expect, test } from '@jest/globals'
import { formatRepository, formatRunLinks } from '../../../src/command/summary/links.js'
import { testHost } from '../../support/host.js'

const SHA = '3f2a91c0'.repeat(5)

describe('the link of a repository', () => {
  test.each([
    ['ghcr.io/owner/fd', '[`ghcr.io/owner/fd`](https://ghcr.io/owner/fd)'],
    ['docker.io/owner/fd', '[`docker.io/owner/fd`](https://hub.docker.com/r/owner/fd)'],
    ['docker.io/library/fd', '[`docker.io/library/fd`](https://hub.docker.com/_/fd)'],
    ['quay.io/owner/fd', '[`quay.io/owner/fd`](https://quay.io/repository/owner/fd)'],
    ['registry.example.com/fd', '`registry.example.com/fd`'],
    ['ghcr.io/a) [x](http://b', '`ghcr.io/a) [x](http://b`'],
  ])('%s', (repository, markdown) => {
    expect(formatRepository(repository)).toBe(markdown)
  })
})

describe('the links of a run', () => {
  const env = {
    GITHUB_SERVER_URL: 'https://github.com',
    GITHUB_REPOSITORY: 'owner/tools',
    GITHUB_RUN_ID: '17',
  }
  const artifacts = { upload: () => Promise.reject(), list: async () => [], download: () => Promise.reject() }
  const source = 'https://github.com/owner/tools'

  test('are the commit and the artifacts', () => {
    expect(formatRunLinks({ ref: { kind: 'branch', sha: SHA }, source }, { env, artifacts })).toBe(
      `Commit [\`${SHA}\`](${source}/commit/${SHA}) · ` +
        '[Artifacts of this run](https://github.com/owner/tools/actions/runs/17#artifacts)',
    )
  })

  test('are left out if they are not known', () => {
    const host = testHost()
    expect(formatRunLinks({ ref: { kind: 'branch' } }, host)).toBe('')
    expect(formatRunLinks({ ref: { kind: 'branch', sha: SHA } }, host)).toBe(`Commit \`${SHA}\``)
    host.remove()
  })

  test('cannot end early', () => {
    const text = formatRunLinks(
      { ref: { kind: 'branch', sha: SHA }, source: 'https://a) <b>' },
      { env, artifacts },
    )
    expect(text).not.toMatch(/a\)|<b>/)
  })
})
