import { mkdirSync, rmSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import type { ResultsServiceStandIn } from '../../__tests__/support/results-service.js'
import { type Machine, TOOLS } from './machine.js'

/** What starts a run of workflows, as GitHub tells it. */
export interface ActEvent {
  readonly name: 'push' | 'pull_request'
  readonly payload: object
}

export interface ActOptions {
  readonly machine: Machine
  readonly service: ResultsServiceStandIn
  /** The work tree whose workflow runs, and which checkouts copy. */
  readonly workspace: string
  /** The workflow's path in it. */
  readonly workflow: string
  readonly event: ActEvent
  /** The run, as the service tells runs apart. */
  readonly run: string
  /** Repositories that workflows use, `owner/name@ref`, and the folders that stand in for them. */
  readonly repositories: Readonly<Record<string, string>>
  readonly secrets?: Readonly<Record<string, string>>
  readonly env?: Readonly<Record<string, string>>
}

/** A job that was started; one that was skipped is not among a run's jobs. */
export interface ActJob {
  /** Its id in the workflow; all jobs of a matrix share one. */
  readonly id: string
  readonly matrix: Readonly<Record<string, unknown>>
  /** `success` or `failure`. Of a matrix, the jobs that end after one has failed count as failed to act. */
  readonly result: string
  /** What its steps gave, by name; the last one of a name counts. */
  readonly outputs: Readonly<Record<string, string>>
  /** Markdown for the run's page. */
  readonly summary: string
  readonly log: string
}

export interface ActRun {
  readonly code: number
  /** In the order in which they were started. */
  readonly jobs: readonly ActJob[]
  readonly log: string
}

/** Labels that the workflows here name; each job runs on the machine itself. */
const LABELS = ['ubuntu-24.04', 'ubuntu-24.04-arm', 'self-hosted']

/**
 * Runs a workflow by act, each job as processes of the machine that its steps share. What reaches for actions finds those
 * repositories that are given, and nothing else; a checkout is a copy of the work tree.
 */
export async function act(options: ActOptions): Promise<ActRun> {
  const { machine, workspace, repositories, event } = options
  const folder = join(machine.work, 'act')
  const file = (name: string) => join(folder, name)
  rmSync(folder, { recursive: true, force: true })
  mkdirSync(folder)
  // Else act asks which images it shall take.
  writeFileSync(file('.actrc'), '')
  writeFileSync(file('event.json'), JSON.stringify(event.payload))
  writeFileSync(file('env'), pairs({ ...environment(options), ...options.env }))
  writeFileSync(file('secrets'), pairs({ GITHUB_TOKEN: 'ghs_ofTheRun0123456789', ...options.secrets }))
  const args = [
    event.name,
    ['--directory', workspace],
    ['--workflows', options.workflow],
    ['--eventpath', file('event.json')],
    ['--env-file', file('env')],
    ['--secret-file', file('secrets')],
    ['--action-cache-path', file('cache')],
    ['--container-daemon-socket', '-'],
    ['--no-cache-server', '--json'],
    LABELS.flatMap(label => ['--platform', `${label}=-self-hosted`]),
    Object.entries(repositories).flatMap(([name, path]) => ['--local-repository', `${name}=${path}`]),
  ].flat()
  const { code, stdout, stderr } = await machine.run(join(TOOLS, 'go-tools/act'), args, {
    cwd: folder,
    env: {
      // Actions run on the Node.js that is first on PATH.
      PATH: `${dirname(process.execPath)}:${process.env.PATH}`,
      // A job without a checkout is in no Git repository; not even in the one that these tests lie in.
      GIT_DIR: undefined,
      GIT_CEILING_DIRECTORIES: folder,
    },
  })
  const lines = stdout.split('\n').flatMap(readLine)
  return { code, jobs: jobsOf(lines), log: `${lines.map(said).join('')}${stderr}` }
}

function environment({ service, run }: ActOptions): Record<string, string> {
  return {
    ...service.environment({ run }),
    GITHUB_REPOSITORY: 'OWNER/containers',
    GITHUB_RUN_ID: run,
    GITHUB_ACTOR: 'OWNER',
  }
}

function pairs(values: Readonly<Record<string, string>>): string {
  return Object.entries(values)
    .map(([name, value]) => `${name}=${JSON.stringify(value)}\n`)
    .join('')
}

/** A line of act's log; what is said of a job says which. */
interface Line {
  readonly msg: string
  readonly job?: string
  readonly jobID?: string
  readonly matrix?: Readonly<Record<string, unknown>>
  readonly step?: string
  /** A step's own words, with their line end. */
  readonly raw_output?: boolean
  /** A word to the runner, such as `warning`, and what came with it. */
  readonly command?: string
  readonly name?: string
  readonly arg?: string
  readonly content?: string
  readonly raw?: string
  readonly level?: string
  readonly jobResult?: string
}

function readLine(text: string): Line[] {
  return text.startsWith('{') ? [JSON.parse(text) as Line] : []
}

function jobsOf(lines: readonly Line[]): ActJob[] {
  const started = lines.filter(({ step }) => step === 'Set up job').map(({ job }) => job)
  return [...new Set(started)].map(job => jobOf(lines.filter(line => line.job === job)))
}

function jobOf(lines: readonly Line[]): ActJob {
  const told = (command: string) => lines.filter(line => line.command === command)
  return {
    id: lines[0]?.jobID ?? '',
    matrix: lines[0]?.matrix ?? {},
    result: lines.findLast(({ jobResult }) => jobResult !== undefined)?.jobResult ?? 'none',
    outputs: Object.fromEntries(told('set-output').map(({ name, arg }) => [name, arg])),
    summary: told('summary')
      .map(({ content }) => content)
      .join(''),
    log: lines.map(said).join(''),
  }
}

/** What a reader of the job's log sees of a line. */
function said({ raw_output, msg, raw, level, command }: Line): string {
  if (command === 'add-mask') return ''
  if (raw_output) return msg
  if (raw !== undefined) return raw
  return level === 'error' ? `${msg}\n` : ''
}
