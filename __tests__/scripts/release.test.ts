import { execFileSync } from 'node:child_process'
import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { afterEach, beforeEach, describe, expect, jest } from '@jest/globals'
import { type ExecResult, exec } from '../../src/util/exec.js'
import { GIT_VARIABLES } from '../support/git-variables.js'
import { type GitHubStandIn, serveGitHubApi } from '../support/github-api.js'
import { addRelease } from '../support/github-state.js'
import { testWith } from '../support/programs.js'

const test = testWith('git')

const SCRIPT = resolve('scripts/release.js')

// Each test runs Git many times, and one waits before it retries.
jest.setTimeout(60_000)

let folder: string
let github: GitHubStandIn

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'release-'))
  mkdirSync(join(folder, 'work'))
  git('init', '--quiet', '--bare', '-b', 'main', join(folder, 'origin.git'))
  git('init', '--quiet', '-b', 'main')
  git('remote', 'add', 'origin', join(folder, 'origin.git'))
  github = await serveGitHubApi({ pushed: tag => remoteTag(tag) })
})
afterEach(async () => {
  await github.close()
  rmSync(folder, { recursive: true })
})

function git(...args: string[]): string {
  const options = {
    cwd: join(folder, 'work'),
    encoding: 'utf8',
    env: { ...process.env, ...GIT_VARIABLES },
  } as const
  return execFileSync('git', args, options).trim()
}

/** The commit of a tag in the remote repository. */
function remoteTag(tag: string): string | undefined {
  const lines = git('ls-remote', 'origin', `refs/tags/${tag}`, `refs/tags/${tag}^{}`).split('\n')
  return lines.at(-1)?.split('\t')[0] || undefined
}

/** Commits a version with its section of the changelog, and pushes it to main. */
function commit(
  version: string,
  changelog = `# Changelog\n\n## ${version}\n\n- What ${version} brings.\n`,
): string {
  writeFileSync(join(folder, 'work', 'package.json'), JSON.stringify({ version }))
  writeFileSync(join(folder, 'work', 'CHANGELOG.md'), changelog)
  git('add', '--all')
  git('commit', '--quiet', '--allow-empty', '-m', version)
  git('push', '--quiet', 'origin', 'HEAD:main')
  return git('rev-parse', 'HEAD')
}

function run(env: Record<string, string> = {}): Promise<ExecResult> {
  return exec(process.execPath, [SCRIPT], {
    cwd: join(folder, 'work'),
    env: {
      ...GIT_VARIABLES,
      GITHUB_REPOSITORY: 'owner/name',
      GITHUB_TOKEN: 'writer',
      GITHUB_API_URL: github.url,
      ...env,
    },
  })
}

async function succeed(env: Record<string, string> = {}): Promise<string> {
  const { code, stdout, stderr } = await run(env)
  expect([stderr, code]).toEqual(['', 0])
  return stdout
}

test('a new version gets a tag, a release with its section of the changelog, and the tag of its major version', async () => {
  const sha = commit(
    '0.1.0',
    '# Changelog\n\n## Unreleased\n\n- later\n\n## [0.1.0] - 2026-01-01\n\n- First.\n\n### More\n\n## 0.0.9\n',
  )
  const output = await succeed()
  expect(output).toContain('v0.1.0 is released: https://github.com/owner/name/releases/tag/v0.1.0')
  expect([remoteTag('v0.1.0'), remoteTag('v0')]).toEqual([sha, sha])
  expect(github.state.releases).toMatchObject([
    { tag: 'v0.1.0', body: '- First.\n\n### More', prerelease: false },
  ])
  expect(github.state.latest).toBe('v0.1.0')
})

test('a second run changes nothing, on the same commit or a later one', async () => {
  const sha = commit('1.0.0')
  await succeed()
  await succeed()
  commit('1.0.0', '# Changelog\n\n## Unreleased\n')
  expect(await succeed()).toContain(`v1.0.0 is already released, from commit ${sha}`)
  expect([remoteTag('v1.0.0'), remoteTag('v1')]).toEqual([sha, sha])
  expect(github.requests.filter(({ line }) => line.startsWith('POST'))).toHaveLength(1)
})

test('RELEASE_COMMIT is released, not a later commit', async () => {
  const sha = commit('1.0.0')
  commit('1.1.0')
  await succeed({ RELEASE_COMMIT: sha })
  expect([remoteTag('v1.0.0'), remoteTag('v1.1.0')]).toEqual([sha, undefined])
})

test('with the section "Unreleased" only, nothing is released and the exit code is 0', async () => {
  commit('1.0.0', '# Changelog\n\n## Unreleased\n\n- Much.\n')
  const result = await run()
  expect(result).toMatchObject({ code: 0, stdout: expect.stringContaining('Nothing to release') })
  expect(remoteTag('v1.0.0')).toBeUndefined()
  expect(github.state.releases).toEqual([])
})

describe('the section of the version in the changelog', () => {
  test.each([
    ['missing', '# Changelog\n\n## 1.0.0-rc.1\n\n- before\n'],
    ['empty', '# Changelog\n\n## 1.0.0\n\n## 0.9.0\n\n- before\n'],
  ])('%s: an error, and no tag or release is created', async (_name, changelog) => {
    commit('1.0.0', changelog)
    const { code, stderr } = await run()
    expect([code, stderr.trim()]).toEqual([
      1,
      'Release failed: CHANGELOG.md has no text for 1.0.0: add a section "## 1.0.0"',
    ])
    expect(remoteTag('v1.0.0')).toBeUndefined()
    expect(github.requests).toEqual([])
  })
})

describe('the tag of a major version', () => {
  test('moves to each new version with the same major version', async () => {
    const shas: string[] = []
    for (const version of ['1.0.0', '1.1.0', '2.0.0', '2.0.1']) {
      shas.push(commit(version))
      await succeed()
    }
    expect([remoteTag('v1'), remoteTag('v2')]).toEqual([shas[1], shas[3]])
    expect(github.state.latest).toBe('v2.0.1')
  })

  test('stays at the newest version if an older one is released later', async () => {
    const sha = commit('1.10.0')
    await succeed()
    commit('1.9.1')
    await succeed()
    expect(remoteTag('v1')).toBe(sha)
    expect(github.state.latest).toBe('v1.10.0')
    expect(github.state.releases.map(({ tag }) => tag)).toEqual(['v1.10.0', 'v1.9.1'])
  })

  test('is not moved if its commit is not an ancestor of the new version', async () => {
    commit('1.0.0')
    git('checkout', '--quiet', '--orphan', 'other')
    const other = commitAside()
    git('push', '--quiet', 'origin', `${other}:refs/tags/v1`)
    git('checkout', '--quiet', '--force', 'main')
    expect(await succeed()).toContain(`v1 is not moved: its commit ${other} is not an ancestor of v1.0.0`)
    expect(remoteTag('v1')).toBe(other)
  })

  test('is not moved by a prerelease', async () => {
    commit('1.0.0-rc.1')
    await succeed()
    expect([remoteTag('v1.0.0-rc.1') !== undefined, remoteTag('v1')]).toEqual([true, undefined])
    expect(github.state.releases).toMatchObject([{ tag: 'v1.0.0-rc.1', prerelease: true }])
    expect(github.state.latest).toBeUndefined()
  })
})

function commitAside(): string {
  git('commit', '--quiet', '--allow-empty', '-m', 'aside')
  return git('rev-parse', 'HEAD')
}

describe('continues after a failed run', () => {
  test('after the tag: the release has the notes from the tagged commit', async () => {
    const sha = commit('1.0.0')
    git('push', '--quiet', 'origin', 'HEAD:refs/tags/v1.0.0')
    commit('1.0.0', '# Changelog\n\n## 1.0.0\n\n- Rewritten.\n')
    await succeed()
    expect(github.state.releases).toMatchObject([{ tag: 'v1.0.0', body: '- What 1.0.0 brings.' }])
    expect(remoteTag('v1')).toBe(sha)
  })

  test('after the release: the tag of the major version is moved', async () => {
    const sha = commit('1.0.0')
    git('push', '--quiet', 'origin', 'HEAD:refs/tags/v1.0.0')
    addRelease(github.state, 'v1.0.0')
    await succeed()
    expect(remoteTag('v1')).toBe(sha)
  })

  test('an annotated tag is resolved to its commit', async () => {
    const sha = commit('1.0.0')
    git('tag', '--annotate', '-m', 'words', 'v1.0.0')
    git('push', '--quiet', 'origin', 'v1.0.0')
    await succeed()
    expect([remoteTag('v1'), github.state.releases.length]).toEqual([sha, 1])
  })

  test('retries after a server error and after a lost answer', async () => {
    commit('1.0.0')
    github.fail({ match: 'POST', status: 502 })
    github.fail({ match: 'POST', status: 'lost' })
    expect(await succeed()).toContain('another run has released v1.0.0')
    expect(github.state.releases).toHaveLength(1)
  })
})

test('two concurrent runs create one release', async () => {
  const sha = commit('1.0.0')
  github.meet('POST', 2)
  const outputs = await Promise.all([succeed(), succeed()])
  expect(outputs.filter(text => text.includes('v1.0.0 is released: '))).toHaveLength(1)
  expect([remoteTag('v1'), github.state.releases.length]).toEqual([sha, 1])
})

test('a token without write access is an error', async () => {
  commit('1.0.0')
  const { code, stderr } = await run({ GITHUB_TOKEN: 'reader' })
  expect(code).toBe(1)
  expect(stderr).toContain('Release failed: GitHub, POST /releases: 403')
  expect(stderr).not.toContain('reader')
})

test('the token is passed to Git only in its environment', async () => {
  commit('1.0.0')
  const bin = join(folder, 'bin')
  const log = join(folder, 'git.log')
  mkdirSync(bin)
  const real = execFileSync('sh', ['-c', 'command -v git'], { encoding: 'utf8' }).trim()
  writeFileSync(join(bin, 'git'), `#!/bin/sh\necho "$GIT_CONFIG_KEY_0 $*" >>${log}\nexec ${real} "$@"\n`)
  chmodSync(join(bin, 'git'), 0o755)
  const { PATH = '' } = process.env
  await succeed({ PATH: `${bin}:${PATH}`, GITHUB_SERVER_URL: 'https://git.example' })
  const calls = execFileSync('cat', [log], { encoding: 'utf8' })
  expect(calls).toContain('http.https://git.example/.extraheader push origin')
  expect(calls).not.toMatch(/writer|eC1hY2Nlc3MtdG9rZW4/)
  expect(git('config', '--local', '--list')).not.toContain('extraheader')
})

test('a missing version in package.json is an error', async () => {
  commit('next')
  expect((await run()).stderr.trim()).toBe('Release failed: package.json has no version such as 1.2.3')
})
