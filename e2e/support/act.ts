import { mkdirSync, rmSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import type { ResultsServiceStandIn } from '../../__tests__/support/results-service.js'
import { type Machine, TOOLS } from './machine.js'

/** The event that triggers a workflow run. */
export interface ActEvent {
  readonly name: 'push' | 'pull_request'
  readonly payload: object
}

export interface ActOptions {
  readonly machine: Machine
  readonly service: ResultsServiceStandIn
  /** The work tree that contains the workflow. Checkouts copy it. */
  readonly workspace: string
  /** The path of the workflow in the work tree. */
  readonly workflow: string
  readonly event: ActEvent
  /** The id of the run for the results service. */
  readonly run: string
  /** The repositories that the workflow uses, as `owner/name@ref`, and the folders to use instead. */
  readonly repositories: Readonly<Record<string, string>>
  readonly secrets?: Readonly<Record<string, string>>
  readonly env?: Readonly<Record<string, string>>
}

/** A job that was started. Skipped jobs are not in a run's jobs. */
export interface ActJob {
  /** Its id in the workflow. All jobs of a matrix have the same id. */
  readonly id: string
  readonly matrix: Readonly<Record<string, unknown>>
  /** `success` or `failure`. After a job of a matrix has failed, act reports `failure` for the other jobs of the matrix too. */
  readonly result: string
  /** The outputs of its steps by name. If steps have outputs of the same name, the last one is used. */
  readonly outputs: Readonly<Record<string, string>>
  /** The job summary, in Markdown. */
  readonly summary: string
  readonly log: string
}

export interface ActRun {
  readonly code: number
  /** In the order of their start. */
  readonly jobs: readonly ActJob[]
  readonly log: string
}

/** The runner labels in the tested workflows. act runs jobs with these labels on the machine itself. */
const LABELS = ['ubuntu-24.04', 'ubuntu-24.04-arm', 'self-hosted']

/**
 * Runs a workflow with act. All jobs run as processes of the machine. Only actions in `repositories` can be used. A checkout is
 * a copy of the work tree.
 */
export async function act(options: ActOptions): Promise<ActRun> {
  const { machine, workspace, repositories, event } = options
  const folder = join(machine.work, 'act')
  const file = (name: string) => join(folder, name)
  rmSync(folder, { recursive: true, force: true })
  mkdirSync(folder)
  // Without this file, act asks which images to use.
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
      // act runs actions with the Node.js on PATH.
      PATH: `${dirname(process.execPath)}:${process.env.PATH}`,
      // A job without a checkout must not find the Git repository that contains these tests.
      GIT_DIR: undefined,
      GIT_CEILING_DIRECTORIES: folder,
    },
  })
  const lines = stdout.split('\n').flatMap(readLine)
  return { code, jobs: jobsOf(lines), log: `${lines.map(logText).join('')}${stderr}` }
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

/** A line of act's log. Lines about a job have `job` and `jobID`. */
interface Line {
  readonly msg: string
  readonly job?: string
  readonly jobID?: string
  readonly matrix?: Readonly<Record<string, unknown>>
  readonly step?: string
  /** Whether `msg` is a line of a step's output, with its line end. */
  readonly raw_output?: boolean
  /** A workflow command, such as `warning`, and its parameters. */
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
  const commandLines = (command: string) => lines.filter(line => line.command === command)
  return {
    id: lines[0]?.jobID ?? '',
    matrix: lines[0]?.matrix ?? {},
    result: lines.findLast(({ jobResult }) => jobResult !== undefined)?.jobResult ?? 'none',
    outputs: Object.fromEntries(commandLines('set-output').map(({ name, arg }) => [name, arg])),
    summary: commandLines('summary')
      .map(({ content }) => content)
      .join(''),
    log: lines.map(logText).join(''),
  }
}

/** The text of a line as GitHub would show it in the job's log. */
function logText({ raw_output, msg, raw, level, command }: Line): string {
  if (command === 'add-mask') return ''
  if (raw_output) return msg
  if (raw !== undefined) return raw
  return level === 'error' ? `${msg}\n` : ''
}
