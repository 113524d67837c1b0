import { readFileSync } from 'node:fs'
import { asObject, type JsonObject } from '../util/json.js'
import type { Host } from './host.js'

/**
 * Whether the run was started by a pull request whose code comes from another repository. Such code must not write what
 * others will read, also where the workflow that runs it has rights (`pull_request_target`).
 */
export function isFromFork(env: Host['env']): boolean {
  if (!env.GITHUB_EVENT_NAME?.startsWith('pull_request') && env.GITHUB_EVENT_NAME !== 'workflow_run')
    return false
  const event = readEvent(env.GITHUB_EVENT_PATH)
  const run = field(event, 'workflow_run')
  const head = field(field(field(event, 'pull_request'), 'head'), 'repo') ?? field(run, 'head_repository')
  const base = field(event, 'repository')
  // A fork that is gone has no repository any more.
  if (event.pull_request === undefined && run === undefined) return false
  return head?.full_name === undefined || head.full_name !== base?.full_name
}

/** An event that cannot be read says nothing, and then nobody is trusted. */
function readEvent(path: string | undefined): JsonObject {
  try {
    return asObject(JSON.parse(readFileSync(path ?? '', 'utf8')), 'the event')
  } catch {
    return { pull_request: {} }
  }
}

function field(object: JsonObject | undefined, name: string): JsonObject | undefined {
  const value = object?.[name]
  return typeof value === 'object' && value !== null ? (value as JsonObject) : undefined
}
