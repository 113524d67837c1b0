import { readFileSync } from 'node:fs'
import { asObject, type JsonObject } from '../util/json.js'
import type { Host } from './host.js'

/** Reads the webhook payload of the event that started the run; `undefined` if the file is missing or invalid. */
export function readEvent(env: Host['env']): JsonObject | undefined {
  try {
    return asObject(JSON.parse(readFileSync(env.GITHUB_EVENT_PATH ?? '', 'utf8')), 'the event')
  } catch {
    return undefined
  }
}

/** Returns `undefined` if the field is missing or not an object. */
export function readObject(object: JsonObject | undefined, name: string): JsonObject | undefined {
  const value = object?.[name]
  return typeof value === 'object' && value !== null ? (value as JsonObject) : undefined
}

/** Returns `undefined` if the field is missing or not a string. */
export function readString(object: JsonObject | undefined, name: string): string | undefined {
  const value = object?.[name]
  return typeof value === 'string' ? value : undefined
}

/**
 * Detects if a pull request from another repository started the run. Its code is not trusted and must not write anything that
 * other runs read, even if the workflow has the permissions to (`pull_request_target`).
 */
export function isForkRun(env: Host['env']): boolean {
  if (!env.GITHUB_EVENT_NAME?.startsWith('pull_request') && env.GITHUB_EVENT_NAME !== 'workflow_run')
    return false
  // If the event cannot be read, assume a fork.
  const event = readEvent(env) ?? { pull_request: {} }
  const run = readObject(event, 'workflow_run')
  const head = readObject(readObject(readObject(event, 'pull_request'), 'head'), 'repo')
  const source = head ?? readObject(run, 'head_repository')
  const base = readObject(event, 'repository')
  if (event.pull_request === undefined && run === undefined) return false
  // `repo` is null if the fork was deleted.
  return source?.full_name === undefined || source.full_name !== base?.full_name
}

/** Tells if the run is on github.com: a token of another server (GitHub Enterprise, Forgejo) must not be sent to ghcr.io. */
export function isGitHubDotCom({ GITHUB_SERVER_URL: server }: Host['env']): boolean {
  if (!server) return true
  try {
    return new URL(server).hostname === 'github.com'
  } catch {
    return false
  }
}
