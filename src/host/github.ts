import { appendFileSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { basename, dirname, join } from 'node:path'
import type { RetryPolicy } from '../http/retry.js'
import type { Place } from '../util/error.js'
import { pathWithin } from '../util/files.js'
import { cutMarkdown } from '../util/markdown.js'
import { runArtifacts } from './artifacts.js'
import { objectAt, readEvent } from './event.js'
import { type ErrorAbout, type Host, keptFor, type Log, type OpenHost, temporaryFolder } from './host.js'
import { secretLines } from './local.js'
import { runCache } from './run-cache.js'
import type { Annotation } from './runner-commands.js'
import * as runner from './runner-commands.js'

const PATIENT: RetryPolicy = { attempts: 5, firstWaitMs: 1000 }

/** The word that a step leaves for the one after the job. */
const KEPT = 'kept'

/** A step of a GitHub Actions job. */
export function githubHost(retry: RetryPolicy = PATIENT): OpenHost {
  const { env } = process
  const parent = env.RUNNER_TEMP || tmpdir()
  const temp = temporaryFolder(parent)
  const log = runnerLog(runner, at => annotationOf(at, env.GITHUB_WORKSPACE))
  const fromFork = isFromFork(env)
  const send = (file: string): Promise<number> =>
    log.group(`Upload ${basename(file)}`, () => sendArtifact(file))
  return {
    kind: 'github',
    env,
    log,
    get temp() {
      return temp.path
    },
    artifacts: runArtifacts({ env, retry, debug: runner.debug, send }),
    cache: runCache({
      folder: join(parent, 'nix-multiarch', 'cache'),
      readOnly: fromFork,
      log,
      client: () => import('@actions/cache'),
    }),
    tools: join(env.RUNNER_TOOL_CACHE || parent, 'nix-multiarch'),
    kept: keptFor(runner.getState(KEPT), parent, path => runner.saveState(KEPT, path)),
    fromFork,
    exportVariable: runner.exportVariable,
    addPath: runner.addPath,
    secret(value) {
      if (value.trim() !== '') for (const form of [value, ...secretLines(value)]) runner.setSecret(form)
    },
    output: runner.setOutput,
    summary(markdown) {
      if (env.GITHUB_STEP_SUMMARY) addSummary(env.GITHUB_STEP_SUMMARY, markdown)
    },
    dispose() {
      log.flush()
      temp.remove()
    },
  }
}

/** Files of the workspace only: the run's page knows no others. */
function annotationOf(at: Place | undefined, workspace: string | undefined): Annotation {
  const file = at && workspace ? pathWithin(workspace, at.file) : undefined
  return at && file !== undefined ? { file, startLine: at.line, startColumn: at.column } : {}
}

/** GitHub refuses the summary of a step as a whole when it is larger. */
const SUMMARY_LIMIT = 1024 * 1024

function addSummary(file: string, markdown: string): void {
  const room = SUMMARY_LIMIT - (statSync(file, { throwIfNoEntry: false })?.size ?? 0)
  appendFileSync(file, cutMarkdown(`${markdown}\n`, room))
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
export interface RunnerCommands {
  debug(message: string): void
  info(message: string): void
  warning(message: string): void
  error(message: string, properties?: Annotation): void
  startGroup(title: string): void
  endGroup(): void
}

export interface RunnerLog extends Log {
  /** Says what still waits for a group to end. */
  flush(): void
}

/** @param annotate finds what the run's page knows a place by */
export function runnerLog(runner: RunnerCommands, annotate: (at: ErrorAbout['at']) => Annotation): RunnerLog {
  let grouped = false
  const waiting: (() => void)[] = []
  const flush = (): void => {
    for (const say of waiting.splice(0)) say()
  }
  return {
    debug: runner.debug,
    info: message => runner.info(withoutCommands(message)),
    warning: message => runner.warning(message),
    error(message, { at, parts = [] } = {}) {
      for (const part of parts) runner.error(part.message, annotate(part.at))
      // Each was told for itself.
      runner.error(parts.length > 0 ? firstLine(message) : message, annotate(at))
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
    folded(title, lines) {
      waiting.push(() => fold(runner, title, lines))
      if (!grouped) flush()
    },
    progress: () => {},
    flush,
  }
}

/** All at once, so that nothing else comes between. */
function fold(runner: RunnerCommands, title: string, lines: readonly string[]): void {
  const isEmpty = lines.length === 0
  if (isEmpty) runner.info(withoutCommands(title))
  else runner.startGroup(title)
  for (const line of lines) runner.info(withoutCommands(line))
  if (!isEmpty) runner.endGroup()
}

function firstLine(message: string): string {
  return message.replace(/:?\n[\s\S]*$/, '')
}

/**
 * The runner obeys lines that look like its commands, and a program's output must not command it: an invisible
 * character (zero-width space) takes their force.
 * https://docs.github.com/actions/reference/workflows-and-actions/workflow-commands
 */
function withoutCommands(message: string): string {
  return message.replace(/^([\s\u0000-\u001f\u0085]*):(?=:)/gm, '$1:\u200b').replaceAll('##[', '##\u200b[')
}

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
