import { execFileSync } from 'node:child_process'

const { env } = process

/** The commit of each tag on the server, also for annotated tags. */
export function remoteTags() {
  const lines = git('ls-remote', '--tags', 'origin').split('\n').filter(Boolean)
  // `v1^{}`, the commit of an annotated tag, is listed after `v1` and overwrites it.
  return new Map(
    lines.map(line => line.split('\t')).map(([sha, ref]) => [ref.replace(/^refs\/tags\/|\^\{\}$/g, ''), sha]),
  )
}

/** The content of a file in a commit. */
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

/** Runs Git and returns its output without trailing whitespace. */
export function git(...args) {
  try {
    const stdio = ['ignore', 'pipe', 'pipe']
    return execFileSync('git', args, { encoding: 'utf8', stdio, env: { ...env, ...gitAccess() } }).trimEnd()
  } catch (error) {
    throw new Error(`git ${args[0]}: ${error.stderr?.trim() || error.message}`)
  }
}

/** Passes the token to Git in environment variables, so that it is not in arguments or files. */
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
