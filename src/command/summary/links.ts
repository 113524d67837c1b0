import type { Host } from '../../host/host.js'
import { formatCode } from '../../util/markdown.js'
import type { GitFacts } from '../shared/git.js'

/** Addresses with other characters could end a link in Markdown. */
const SAFE_URL = /^https?:\/\/[\w.:-]+(\/[\w.~@:-]+)*(#\w+)?$/

function formatLink(markdown: string, url: string): string {
  return SAFE_URL.test(url) ? `[${markdown}](${url})` : markdown
}

/** Returns links to the commit of a run and to its artifacts; empty if neither is known. */
export function formatRunLinks(
  { ref: { sha }, source }: GitFacts,
  { env, artifacts }: Pick<Host, 'env' | 'artifacts'>,
): string {
  const commit = sha === undefined ? '' : formatCommit(sha, source)
  const run = artifacts === undefined ? undefined : runPageOf(env)
  const links = run === undefined ? '' : formatLink('Artifacts of this run', `${run}#artifacts`)
  return [commit, links].filter(Boolean).join(' · ')
}

function formatCommit(sha: string, source: string | undefined): string {
  const code = formatCode(sha)
  return `Commit ${source === undefined ? code : formatLink(code, `${source}/commit/${sha}`)}`
}

function runPageOf(env: Host['env']): string | undefined {
  const { GITHUB_SERVER_URL: server, GITHUB_REPOSITORY: repository, GITHUB_RUN_ID: run } = env
  return server && repository && run ? `${server}/${repository}/actions/runs/${run}` : undefined
}

/** The pages of repositories at registries. `ghcr.io` itself redirects to the page of a package. */
const PACKAGE_PAGES: readonly (readonly [RegExp, string])[] = [
  [/^ghcr\.io\/(.+)$/, 'https://ghcr.io/$1'],
  [/^(?:index\.)?docker\.io\/library\/(.+)$/, 'https://hub.docker.com/_/$1'],
  [/^(?:index\.)?docker\.io\/(.+)$/, 'https://hub.docker.com/r/$1'],
  [/^quay\.io\/(.+)$/, 'https://quay.io/repository/$1'],
  [/^public\.ecr\.aws\/(.+)$/, 'https://gallery.ecr.aws/$1'],
]

/** Formats a repository, `ghcr.io/owner/name`, with a link to its page if its registry has pages. */
export function formatRepository(repository: string): string {
  const [pattern, page] = PACKAGE_PAGES.find(([each]) => each.test(repository)) ?? []
  const code = formatCode(repository)
  return pattern === undefined || page === undefined
    ? code
    : formatLink(code, repository.replace(pattern, page))
}
