import { execFileSync } from 'node:child_process'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { type Exec, exec } from '../../src/util/exec.js'
import { GIT_VARIABLES } from './git-variables.js'

/** Runs Git for the program, without the configuration of this machine. */
export const runGit: Exec = (command, args, options) =>
  exec(command, args, { ...options, env: { ...options?.env, ...GIT_VARIABLES } })

/** Returns a function that runs Git in a folder and returns its output. */
export function gitRepositoryIn(folder: string): (...args: string[]) => string {
  return (...args) => runIn(folder, args)
}

function runIn(folder: string, args: readonly string[], variables: Record<string, string> = {}): string {
  const env = { ...process.env, ...GIT_VARIABLES, ...variables }
  return execFileSync('git', args, { cwd: folder, encoding: 'utf8', env }).trim()
}

/** Commits `flake.nix` with the message as its content. Returns the commit. */
export function commitIn(folder: string, message: string, date = '2026-01-02T03:04:05Z'): string {
  writeFileSync(join(folder, 'flake.nix'), message)
  runIn(folder, ['add', '.'])
  runIn(folder, ['commit', '-qm', message], { GIT_COMMITTER_DATE: date, GIT_AUTHOR_DATE: date })
  return runIn(folder, ['rev-parse', 'HEAD'])
}
