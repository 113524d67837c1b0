import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { parse, stringify } from 'yaml'
import { type GitHubStandIn, serveGitHubApi } from '../../__tests__/support/github-api.js'
import { type ResultsServiceStandIn, startResultsService } from '../../__tests__/support/results-service.js'
import { type ActEvent, type ActJob, type ActRun, act } from './act.js'
import { type Machine, openMachine, ROOT, tool } from './machine.js'
import { METADATA_ACTION, placeMetadataAction } from './metadata-action.js'
import { OWN, placeOwnRepository } from './own-repository.js'
import { type RegistryProcess, startRegistry } from './registry.js'
import { type Commit, openUsersRepository, pushEvent, type UsersRepository } from './users-repository.js'

/** The path of the tested workflow in the user's repository. */
export const WORKFLOW = '.github/workflows/containers.yml'
export const PASSWORD = 'secretOfTheRegistry0123456789'
const TOKEN = 'ghs_ofTheWorkflowRun0123456789'

type Files = Readonly<Record<string, string>>

/** A finished run of the user's workflow. */
export interface WorkflowRun extends ActRun {
  /** The id of the run for the results service. */
  readonly id: string
}

/** A user's repository and the environment of its workflows: a machine for the jobs, GitHub's services and a registry. */
export interface WorkflowRuns {
  readonly machine: Machine
  readonly service: ResultsServiceStandIn
  readonly registry: RegistryProcess
  readonly github: GitHubStandIn
  /** Creates another repository with the same initial content. */
  another(name: string): Promise<UsersRepository>
  /** Commits files to `main`. */
  commit(files: Files): Promise<Commit>
  /** Runs the workflow in a repository's work tree. */
  run(event: ActEvent, repository?: UsersRepository): Promise<WorkflowRun>
  /** Commits files to `main` and runs the workflow for the push. */
  push(files: Files): Promise<{ readonly commit: Commit; readonly run: WorkflowRun }>
  close(): Promise<void>
}

export async function openWorkflowRuns(): Promise<WorkflowRuns> {
  const machine = openMachine({ nix: 'current' })
  const at = (name: string): string => join(machine.work, name)
  const service = await startResultsService()
  const registry = await startRegistry()
  const github = await serveGitHubApi({ repository: 'OWNER/containers', tokens: { [TOKEN]: 'write' } })
  const own = placeOwnRepository(at('own'))
  const metadata = placeMetadataAction(at('metadata-action'), `${registry.address}/metadata/app`)
  const users = await openUsersRepository(at('users'))
  let count = 0
  const runs: WorkflowRuns = {
    machine,
    service,
    registry,
    github,
    another: name => openUsersRepository(at(name)),
    async commit(files) {
      const made = await users.commit(files)
      github.state.commits.set(made.sha, made)
      return made
    },
    async run(event, { folder } = users) {
      const id = `run-${++count}`
      const run = await act({
        machine,
        service,
        workspace: folder,
        workflow: WORKFLOW,
        event,
        run: id,
        repositories: { [OWN]: own, [METADATA_ACTION]: metadata },
        secrets: { GITHUB_TOKEN: TOKEN, REGISTRY_PASSWORD: PASSWORD },
        env: { GITHUB_API_URL: github.url },
      })
      return { ...run, id }
    },
    async push(files) {
      const commit = await runs.commit(files)
      return { commit, run: await runs.run(pushEvent(commit)) }
    },
    async close() {
      machine.remove()
      await service.close()
      await registry.stop()
      await github.close()
    },
  }
  return runs
}

/** A workflow of examples/workflows, with more inputs for the job or step that publishes, and with secrets passed to it. */
export function example(
  name: string,
  settings: Readonly<Record<string, string | boolean>>,
  secrets: readonly string[] = [],
): string {
  const workflow = parse(readFileSync(join(ROOT, 'examples/workflows', `${name}.yml`), 'utf8'))
  const { publish, merge } = workflow.jobs
  const target = publish ?? merge.steps.at(-1)
  target.with = { ...target.with, ...settings }
  const passed = secrets.map(secret => [secret, `\${{ secrets.${secret} }}`])
  if (secrets.length > 0) target.secrets = Object.fromEntries(passed)
  return stringify(workflow)
}

/** The sorted names of the jobs, such as `plan` or `build alpha x86_64-linux on ubuntu-24.04`. */
export function jobsOf({ jobs }: ActRun): string[] {
  return jobs.map(jobName).sort()
}

function jobName({ id, matrix }: ActJob): string {
  const { container, system, runner } = matrix
  return system === undefined ? id : `${id} ${[container, system].filter(Boolean).join(' ')} on ${runner}`
}

/** The digest of each tag of a repository. */
export async function tagsOf(image: string): Promise<Record<string, string>> {
  const names = (await tool('crane', ['ls', '--insecure', image])).trim().split('\n').sort()
  const digests = names.map(tag => tool('crane', ['digest', '--insecure', `${image}:${tag}`]))
  const trimmed = (await Promise.all(digests)).map(digest => digest.trim())
  return Object.fromEntries(names.map((tag, n) => [tag, trimmed[n] ?? '']))
}

export async function annotationsOf(image: string): Promise<Record<string, string>> {
  return JSON.parse(await tool('crane', ['manifest', '--insecure', image])).annotations
}
