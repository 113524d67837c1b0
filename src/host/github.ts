import { appendFileSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { basename, dirname, join } from 'node:path'
import * as core from '@actions/core'
import type { RetryPolicy } from '../http/retry.js'
import type { FileLocation } from '../util/error.js'
import { pathWithin } from '../util/files.js'

import { truncateMarkdown } from '../util/markdown.js'
import { createRunArtifacts } from './artifacts.js'
import { readEvent, readObject } from './event.js'
import {
  createTemporaryFolder,
  type ErrorDetails,
  type Host,
  type Log,
  newStateFolder,
  type OpenHost,
} from './host.js'
import { splitSecretLines } from './local.js'
import { createRunCache } from './run-cache.js'

const DEFAULT_RETRY: RetryPolicy = { attempts: 5, firstWaitMs: 1000 }

/** The word that a step leaves for the one after the job. */
const STATE_FOLDER_KEY = 'kept'

/** A step of a GitHub Actions job. */
export function createGitHubHost(signal: AbortSignal, retry: RetryPolicy = DEFAULT_RETRY): OpenHost {
  const { env } = process
  const parent = env.RUNNER_TEMP || tmpdir()
  const temp = createTemporaryFolder(parent)
  const log = createRunnerLog(core, at => createAnnotation(at, env.GITHUB_WORKSPACE))
  const fromFork = isForkRun(env)
  const send = (file: string): Promise<number> =>
    log.group(`Upload ${basename(file)}`, () => sendArtifact(file))
  return {
    kind: 'github',
    env,
    signal,
    log,
    get temp() {
      return temp.path
    },
    artifacts: createRunArtifacts({ env, retry, debug: core.debug, send }),
    cache: createRunCache({
      folder: join(parent, 'nix-multiarch', 'cache'),
      readOnly: fromFork,
      log,
      client: () => import('@actions/cache'),
    }),
    tools: join(env.RUNNER_TOOL_CACHE || parent, 'nix-multiarch'),
    stateFolder: newStateFolder(core.getState(STATE_FOLDER_KEY), parent, path =>
      core.saveState(STATE_FOLDER_KEY, path),
    ),
    isFromFork,
    exportVariable: core.exportVariable,
    addPath: core.addPath,
    maskSecret(value) {
      if (value.trim() !== '') for (const form of [value, ...splitSecretLines(value)]) core.setSecret(form)
    },
    setOutput: core.setOutput,
    addSummary(markdown) {
      if (env.GITHUB_STEP_SUMMARY) appendSummary(env.GITHUB_STEP_SUMMARY, markdown)
    },
    endProgress: () => {},
    dispose() {
      log.flush()
      temp.remove()
    },
  }
}

/** Files of the workspace only: the run's page knows no others. */
function createAnnotation(at: FileLocation | undefined, workspace: string | undefined): Annotation {
  const file = at && workspace ? pathWithin(workspace, at.file) : undefined
  return at && file !== undefined ? { file, startLine: at.line, startColumn: at.column } : {}
}

/** GitHub refuses the summary of a step as a whole when it is larger. */
const MAX_SUMMARY_BYTES = 1024 * 1024

function appendSummary(file: string, markdown: string): void {
  const room = MAX_SUMMARY_BYTES - (statSync(file, { throwIfNoEntry: false })?.size ?? 0)
  appendFileSync(file, truncateMarkdown(`${markdown}\n`, room))
}

/** GitHub's own client tells each step of an upload on standard output, so it speaks within a group. */
async function sendArtifact(file: string): Promise<number> {
  const { DefaultArtifactClient } = await import('@actions/artifact')
  const client = new DefaultArtifactClient()
  const { id } = await client.uploadArtifact(basename(file), [file], dirname(file), { skipArchive: true })
  if (id === undefined) throw new Error('the artifact service gave no id')
  return id
}

/** The runner's commands that a log is made of. */
interface RunnerCommands {
  debug(message: string): void
  info(message: string): void
  warning(message: string): void
  error(message: string, properties?: Annotation): void
  startGroup(title: string): void
  endGroup(): void
}

/** Where the run's page shows a message. */
interface Annotation {
  readonly file?: string
  readonly startLine?: number
  readonly startColumn?: number
}

interface RunnerLog extends Log {
  /** Says what still waits for a group to end. */
  flush(): void
}

/** @param annotate finds what the run's page knows a place by */
function createRunnerLog(
  runner: RunnerCommands,
  annotate: (at: ErrorDetails['location']) => Annotation,
): RunnerLog {
  let grouped = false
  const waiting: (() => void)[] = []
  const flush = (): void => {
    for (const say of waiting.splice(0)) say()
  }
  return {
    debug: runner.debug,
    info: message => runner.info(escapeCommands(message)),
    warning: message => runner.warning(message),
    error(message, { at, parts = [] } = {}) {
      for (const part of parts) runner.error(part.message, annotate(part.at))
      // Each was told for itself.
      runner.error(parts.length > 0 ? firstLineOf(message) : message, annotate(at))
    },
    // A group within a group would end the outer one.
    async group(title, task) {
      if (grouped) return await task()
      grouped = true
      runner.startGroup(title)
      try {
        return await task()
      } finally {
        runner.endGroup()
        grouped = false
        flush()
      }
    },
    fold(title, lines) {
      waiting.push(() => writeFolded(runner, title, lines))
      if (!grouped) flush()
    },
    showProgress: task => task(() => {}),
    flush,
  }
}

/** All at once, so that nothing else comes between. */
function writeFolded(runner: RunnerCommands, title: string, lines: readonly string[]): void {
  const isEmpty = lines.length === 0
  if (isEmpty) runner.info(escapeCommands(title))
  else runner.startGroup(title)
  for (const line of lines) runner.info(escapeCommands(line))
  if (!isEmpty) runner.endGroup()
}

function firstLineOf(message: string): string {
  return message.replace(/:?\n[\s\S]*$/, '')
}

/**
 * The runner obeys lines that look like its commands, and a program's output must not command it: an invisible
 * character (zero-width space) takes their force.
 * https://docs.github.com/actions/reference/workflows-and-actions/workflow-commands
 */
function escapeCommands(message: string): string {
  return message.replace(/^([\s\u0000-\u001f\u0085]*):(?=:)/gm, '$1:\u200b').replaceAll('##[', '##\u200b[')
}

/**
 * Whether the run was started by a pull request whose code comes from another repository. Such code must not write what
 * others will read, also where the workflow that runs it has rights (`pull_request_target`).
 */
export function isForkRun(env: Host['env']): boolean {
  if (!env.GITHUB_EVENT_NAME?.startsWith('pull_request') && env.GITHUB_EVENT_NAME !== 'workflow_run')
    return false
  // An event that cannot be read says nothing, and then nobody is trusted.
  const event = readEvent(env) ?? { pull_request: {} }
  const run = readObject(event, 'workflow_run')
  const head = readObject(readObject(readObject(event, 'pull_request'), 'head'), 'repo')
  const origin = head ?? readObject(run, 'head_repository')
  const base = readObject(event, 'repository')
  // A fork that is gone has no repository any more.
  if (event.pull_request === undefined && run === undefined) return false
  return origin?.full_name === undefined || origin.full_name !== base?.full_name
}
