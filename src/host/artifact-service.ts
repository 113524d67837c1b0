import type { Host } from './host.js'

/** The variables that the runner sets for an action if there is an artifact service. */
const SERVICE_VARIABLES = ['ACTIONS_RUNTIME_TOKEN', 'ACTIONS_RESULTS_URL']

/**
 * Returns why a job has no artifact service, for a message; `undefined` if it has one. @actions/artifact 6.2.1 works with
 * github.com, ghe.com and servers of tests only: it refuses GitHub Enterprise Server, and so Forgejo and Gitea too.
 */
export function findMissingService(env: Host['env']): string | undefined {
  const { GITHUB_SERVER_URL: server } = env
  if (server && !hasArtifacts(server)) return `GITHUB_SERVER_URL is ${server}, and not https://github.com`
  const missing = SERVICE_VARIABLES.find(name => !env[name])
  return missing === undefined ? undefined : `${missing} is not set`
}

/** The client itself reports text that is not a URL. */
function hasArtifacts(server: string): boolean {
  if (!URL.canParse(server)) return true
  return /^github\.com$|\.ghe\.com$|\.localhost$/.test(new URL(server).hostname)
}
