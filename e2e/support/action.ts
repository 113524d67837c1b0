import { execFileSync } from 'node:child_process'
import { chownSync, existsSync, mkdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { parse } from 'yaml'
import { GIT_VARIABLES } from '../../__tests__/support/git-variables.js'
import type { ResultsServiceStandIn } from '../../__tests__/support/results-service.js'
import { type Machine, type MachineOptions, outputOf, ROOT, TOOLS } from './machine.js'

export interface ActionStep {
  /** The folder of its `action.yml`: `.` or `merge`. */
  readonly action: string
  readonly inputs?: Readonly<Record<string, string>>
  readonly env?: Readonly<Record<string, string>>
  /** Run only the post step, as if the main step had never run. */
  readonly only?: 'post'
}

/** A step: an action or a bash script. */
export type JobStep = ActionStep | { readonly shell: string }

export interface JobOptions {
  readonly machine: Machine
  readonly service: ResultsServiceStandIn
  /** RUNNER_TEMP. Must be the same for all jobs that share caches. Created if it is missing. */
  readonly temp: string
  /** The ids of the workflow run and the job for the results service. */
  readonly ids?: { readonly run?: string; readonly job?: string }
  readonly on?: MachineOptions
  readonly env?: Readonly<Record<string, string>>
  /** Bash scripts to run after the post steps, on the same machine. */
  readonly after?: readonly string[]
}

export interface StepResult {
  readonly code: number
  readonly stdout: string
  readonly stderr: string
  readonly outputs: Readonly<Record<string, string>>
  readonly state: Readonly<Record<string, string>>
  /** The job summary, in Markdown. */
  readonly summary: string
  readonly seconds: number
}

export interface JobResult {
  /** In the order of the steps, without steps that have only a post step. */
  readonly steps: readonly StepResult[]
  /** The post steps, in reverse order of the actions. */
  readonly posts: readonly StepResult[]
  readonly after: readonly StepResult[]
}

interface Task {
  readonly kind: keyof JobResult
  readonly command: readonly string[]
  readonly env?: Readonly<Record<string, string>>
  readonly cwd: string
  readonly stateOf?: number
}

/** Runs a job on a machine like a GitHub runner, but continues after a failed step. */
export async function runJob(options: JobOptions, steps: readonly JobStep[]): Promise<JobResult> {
  const { machine, service, temp, ids = {}, on = {} } = options
  mkdirSync(temp, { recursive: true })
  if (on.user === 'runner') chownSync(temp, 1001, 1001)
  const tasks = tasksOf(steps, options.after ?? [], service.environment(ids))
  const driver = join(ROOT, 'e2e/support/job.mjs')
  const results = JSON.parse(
    outputOf(
      await machine.run(process.execPath, [driver], {
        ...on,
        env: { ...jobEnv(options), ...on.env },
        cwd: ROOT,
        input: JSON.stringify({ temp, steps: tasks }),
      }),
    ),
  ) as StepResult[]
  const ofKind = (kind: Task['kind']): StepResult[] => results.filter((_, n) => tasks[n]?.kind === kind)
  return { steps: ofKind('steps'), posts: ofKind('posts'), after: ofKind('after') }
}

/** The flakes of jobs are in a Git repository of any owner, as if actions/checkout had made it. */
const REPOSITORY = join(TOOLS, 'machines')
const CHECKOUT_VARIABLES = {
  GIT_CEILING_DIRECTORIES: TOOLS,
  GIT_CONFIG_COUNT: '1',
  GIT_CONFIG_KEY_0: 'safe.directory',
  GIT_CONFIG_VALUE_0: '*',
}

/** Returns the commit that is checked out in jobs. Makes it if it does not exist. */
function checkedOutCommit(): string {
  if (!existsSync(join(REPOSITORY, '.git'))) {
    runGit(REPOSITORY, 'init', '-qb', 'main')
    runGit(REPOSITORY, 'commit', '-q', '--allow-empty', '-m', 'A commit')
  }
  return headOf(REPOSITORY)
}

/** Adds a file to the index of the repository: a flake that Git does not know has no commit. */
export function trackFile(file: string): void {
  checkedOutCommit()
  runGit(REPOSITORY, 'add', '-f', file)
}

/** Returns the commit that is checked out in a repository. */
export function headOf(repository: string): string {
  return runGit(repository, 'rev-parse', 'HEAD')
}

function runGit(repository: string, ...args: string[]): string {
  const env = { ...process.env, ...GIT_VARIABLES, ...CHECKOUT_VARIABLES }
  return execFileSync('git', ['-C', repository, ...args], { encoding: 'utf8', env }).trim()
}

function jobEnv({ temp, env }: JobOptions): Record<string, string> {
  return {
    GITHUB_ACTIONS: 'true',
    RUNNER_TEMP: temp,
    RUNNER_TOOL_CACHE: join(temp, 'tools'),
    GITHUB_WORKSPACE: ROOT,
    GITHUB_SERVER_URL: 'https://github.com',
    GITHUB_REPOSITORY: 'OWNER/nix-multiarch',
    GITHUB_REPOSITORY_OWNER: 'OWNER',
    GITHUB_SHA: checkedOutCommit(),
    ...CHECKOUT_VARIABLES,
    ...env,
  }
}

/**
 * Returns the steps of a job for `job.mjs`, in the order in which they run.
 *
 * @param services variables that actions get and scripts do not
 */
export function tasksOf(
  steps: readonly JobStep[],
  after: readonly string[],
  services: Readonly<Record<string, string>>,
): Task[] {
  const tasks: Task[] = []
  const posts: Task[] = []
  for (const step of steps) {
    if ('shell' in step) tasks.push(shellTask('steps', step.shell))
    else {
      const { main, post, env } = metadataOf(step)
      const stateOf = tasks.length
      const task = (kind: Task['kind'], file: string): Task => ({
        kind,
        command: [process.execPath, join(ROOT, step.action, file)],
        env: { ...services, ...env },
        cwd: ROOT,
      })
      if (step.only === undefined) tasks.push(task('steps', main))
      const state = step.only === undefined ? { stateOf } : {}
      if (post !== undefined) posts.unshift({ ...task('posts', post), ...state })
    }
  }
  return [...tasks, ...posts, ...after.map(script => shellTask('after', script))]
}

function shellTask(kind: Task['kind'], script: string): Task {
  return { kind, command: ['bash', '-euo', 'pipefail', '-c', script], cwd: ROOT }
}

interface Metadata {
  readonly runs: { readonly main: string; readonly post?: string }
  readonly inputs: Readonly<Record<string, { readonly default: string }>>
}

/** The entry points of an action, and its inputs and their defaults as environment variables. */
function metadataOf({ action, inputs = {}, env = {} }: ActionStep) {
  const text = readFileSync(join(ROOT, action, 'action.yml'), 'utf8')
  const { runs, inputs: known } = parse(text) as Metadata
  const defaults = Object.entries(known).map(([name, { default: value }]) => [name, value] as const)
  const plain = defaults.filter(([, value]) => !value.includes('${{'))
  const given = [...plain, ...Object.entries(inputs)]
  const variables = given.map(([name, value]) => [`INPUT_${name.toUpperCase()}`, value])
  return { ...runs, env: { ...Object.fromEntries(variables), ...env } as Record<string, string> }
}
