import { execFileSync } from 'node:child_process'

const { env } = process

/** Commits by the names of the tags on the server; annotated tags are followed. */
export function remoteTags() {
  const lines = git('ls-remote', '--tags', 'origin').split('\n').filter(Boolean)
  // `v1^{}`, what an annotated tag names, stands after `v1`.
  return new Map(
    lines.map(line => line.split('\t')).map(([sha, ref]) => [ref.replace(/^refs\/tags\/|\^\{\}$/g, ''), sha]),
  )
}

/** A file as a commit has it. */
export function fileAt(commit, path) {
  return git('show', `${commit}:${path}`)
}

export function isAncestor(older, newer) {
  try {
    git('merge-base', '--is-ancestor', older, newer)
    return true
  } catch {
    return false
  }
}

/** Runs Git and gives what it writes, without the last line end. */
export function git(...args) {
  try {
    const stdio = ['ignore', 'pipe', 'pipe']
    return execFileSync('git', args, { encoding: 'utf8', stdio, env: { ...env, ...gitAccess() } }).trimEnd()
  } catch (error) {
    throw new Error(`git ${args[0]}: ${error.stderr?.trim() || error.message}`)
  }
}

/** The token for Git, in the environment of its process alone. */
function gitAccess() {
  const quiet = { GIT_TERMINAL_PROMPT: '0' }
  if (!env.GITHUB_TOKEN) return quiet
  const basic = Buffer.from(`x-access-token:${env.GITHUB_TOKEN}`).toString('base64')
  return {
    ...quiet,
    GIT_CONFIG_COUNT: '1',
    GIT_CONFIG_KEY_0: `http.${env.GITHUB_SERVER_URL || 'https://github.com'}/.extraheader`,
    GIT_CONFIG_VALUE_0: `AUTHORIZATION: basic ${basic}`,
  }
}
