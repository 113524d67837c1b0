import { createGitHubApi, type GitHubApi } from '../../github/api.js'
import { createGitHubRepository, type PullRequestState } from '../../github/github-repository.js'
import { type ContainerPackage, openContainerPackage } from '../../github/packages.js'
import type { Host } from '../../host/host.js'
import { logRetry, systemClock } from '../../http/retry.js'
import { setOutputs } from '../../input/action-outputs.js'
import type { PruneInputs } from '../../input/input-table.js'
import { isDigest } from '../../oci/digest.js'
import { formatReference, parseReference, type Reference } from '../../oci/reference.js'
import type { RegistryClient } from '../../registry/client.js'
import { isAccessDenied, RegistryError } from '../../registry/describe-error.js'
import { Repository } from '../../registry/repository.js'
import { messageOf, UsageError, UserError } from '../../util/error.js'
import { nameInput, nameSetting } from '../../util/input-name.js'
import { attempt, requireAll, valuesOf } from '../shared/failures.js'
import { allowAnonymous, createRegistryClient } from '../shared/registry-client.js'
import { checkApiOf } from './check-api.js'
import { type ManifestLinks, parseLinks } from './manifest-links.js'
import { encodeReports, formatReport, formatSummary, listDeleted } from './output.js'
import type { PackageAccess } from './package-access.js'
import { type PruneReport, prunePackage } from './prune-package.js'

/** The action `prune`. */
export async function pruneImages(inputs: PruneInputs, host: Host): Promise<void> {
  if (inputs.image.length === 0) {
    throw new UsageError(`${nameInput('image')} is not set`, {
      hint: 'Set the repositories to prune, for example `ghcr.io/owner/name`.',
    })
  }
  await prune(inputs.image, inputs, host)
}

/** The command `prune`: lists or deletes the package versions that nothing uses. One package after another. */
export async function prune(
  names: readonly string[],
  inputs: PruneInputs,
  host: Host,
): Promise<readonly PruneReport[]> {
  const { log, signal } = host
  const references = names.map(parsePackageName)
  const token = inputs.githubToken?.trim() || undefined
  const url = host.env.GITHUB_API_URL || undefined
  for (const reference of references) checkApiOf(reference, url)
  if (token === undefined) {
    throw new UserError("GitHub's API for packages needs a token, but none is set", {
      hint: `Set ${nameInput('github-token')} to a token that can read packages.`,
    })
  }
  const isDryRun = !inputs.delete || host.isFromFork
  if (inputs.delete && isDryRun)
    log.warning('Nothing is deleted, because a pull request from a fork started this run')
  const api = createGitHubApi({ url, token, env: host.env, signal, onRetry: logRetry(log.info) })
  const client = createRegistryClient(allowAnonymous(inputs), references, host)
  const context = { api, client, token, host }
  const attempts = []
  for (const reference of references) {
    const name = formatReference(reference)
    const { olderThan, keep, closedPullRequests } = inputs
    const rules = { keep, olderThan, closedPullRequests }
    const run = async (): Promise<PruneReport> =>
      prunePackage(await openPackage(reference, inputs, context), { rules, isDryRun, log, signal })
    attempts.push(await attempt(name, run))
    signal.throwIfAborted()
  }
  const reports = valuesOf(attempts)
  publishReports(reports, host)
  requireAll(attempts)
  const stopped = reports.filter(report => 'failure' in report)
  // Otherwise the reports are the result of the command.
  if (host.kind !== 'github') for (const report of stopped) log.info(formatReport(report))
  requireAll(stopped.map(({ name, failure }) => ({ done: false, name, error: failure })))
  checkRefusals(reports)
  return reports
}

function parsePackageName(name: string): Reference {
  const reference = parseReference(name)
  const { tag, digest, repository } = reference
  if (tag === undefined && digest === undefined && repository.includes('/')) return reference
  throw new UsageError(`${JSON.stringify(name)} is not the name of a package`, {
    hint: 'Write it without a tag and a digest, for example ghcr.io/owner/name.',
  })
}

interface PruneContext {
  readonly api: GitHubApi
  readonly client: RegistryClient
  readonly token: string
  readonly host: Host
}

async function openPackage(
  reference: Reference,
  { closedPullRequests }: PruneInputs,
  { api, client, token, host }: PruneContext,
): Promise<PackageAccess> {
  const [owner = '', ...parts] = reference.repository.split('/')
  const found = await openContainerPackage(
    api,
    { owner, name: parts.join('/') },
    { clock: systemClock, token },
  )
  const repository = new Repository(client, reference, { signal: host.signal })
  const name = formatReference(reference)
  const source = closedPullRequests ? await findSource(name, found, host) : undefined
  const pullRequests = source === undefined ? undefined : createGitHubRepository(api, source)
  return {
    name,
    package: found,
    readLinks: digest => readLinks(repository, digest),
    readPullRequestState: async (number): Promise<PullRequestState> =>
      (await pullRequests?.readPullRequestState(number)) ?? 'unknown',
  }
}

/** Returns the repository whose pull requests the tags are named after; `undefined` if that is not certain. */
async function findSource(
  name: string,
  found: ContainerPackage,
  { env, kind, log }: Host,
): Promise<string | undefined> {
  const { repository } = await found.readFacts()
  const ofRun = kind === 'github' ? env.GITHUB_REPOSITORY : undefined
  if (repository !== undefined && (ofRun === undefined || ofRun.toLowerCase() === repository.toLowerCase()))
    return repository
  const link = repository === undefined ? 'not linked to a repository' : `linked to ${repository}`
  log.warning(
    `${name} is ${link}, so the tags of pull requests stay. Link the package to the repository of this workflow on GitHub, or ` +
      `use ${nameSetting('closed-pull-requests', 'false')}`,
  )
  return undefined
}

/** A registry that denies access stops the run: nothing is known then. */
async function readLinks(repository: Repository, digest: string): Promise<ManifestLinks> {
  if (!isDigest(digest)) return { kind: 'unreadable', why: 'its name is not a SHA-256 digest' }
  try {
    const found = await repository.getManifest(digest)
    if (found === undefined) return { kind: 'unreadable', why: 'the registry does not have it' }
    return parseLinks(found.bytes, found.descriptor.mediaType)
  } catch (error) {
    if (isAccessDenied(error) || !(error instanceof RegistryError)) throw error
    return { kind: 'unreadable', why: messageOf(error) }
  }
}

function publishReports(reports: readonly PruneReport[], host: Host): void {
  if (host.kind !== 'github') return
  for (const report of reports) host.log.info(formatReport(report))
  for (const { name, unreadable } of reports) {
    const [first] = unreadable
    if (first === undefined) continue
    host.log.warning(
      `${name}@${first.version.digest} cannot be read, so nothing is removed: ${first.why}. ` +
        'Push it again, or delete this version on the page of the package',
    )
  }
  host.addSummary(formatSummary(reports))
  setOutputs(
    'prune',
    { deleted: listDeleted(reports).join('\n'), json: JSON.stringify(encodeReports(reports)) },
    host,
  )
}

/** A token without the rights is refused each time. Other refusals are about one version, and are only listed. */
function checkRefusals(reports: readonly PruneReport[]): void {
  for (const { name, versions } of reports) {
    const refused = versions.find(({ outcome }) => outcome === 'refused')
    if (
      refused === undefined ||
      !refused.isForbidden ||
      versions.some(({ outcome }) => outcome === 'deleted')
    )
      continue
    throw new UserError(`GitHub does not allow the token to delete versions of ${name}: ${refused.note}`, {
      hint:
        'Give the job `permissions: packages: write`. In the settings of the package, under "Manage Actions access", give ' +
        'the repository the role Admin.',
    })
  }
}
