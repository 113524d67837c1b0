import { objectAt, readEvent } from './event.js'
import type { Host } from './host.js'

/**
 * Whether the run was started by a pull request whose code comes from another repository. Such code must not write what
 * others will read, also where the workflow that runs it has rights (`pull_request_target`).
 */
export function isFromFork(env: Host['env']): boolean {
  if (!env.GITHUB_EVENT_NAME?.startsWith('pull_request') && env.GITHUB_EVENT_NAME !== 'workflow_run')
    return false
  // An event that cannot be read says nothing, and then nobody is trusted.
  const event = readEvent(env) ?? { pull_request: {} }
  const run = objectAt(event, 'workflow_run')
  const head = objectAt(objectAt(objectAt(event, 'pull_request'), 'head'), 'repo')
  const origin = head ?? objectAt(run, 'head_repository')
  const base = objectAt(event, 'repository')
  // A fork that is gone has no repository any more.
  if (event.pull_request === undefined && run === undefined) return false
  return origin?.full_name === undefined || origin.full_name !== base?.full_name
}
