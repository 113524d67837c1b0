import { appendFileSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import * as core from '@actions/core'
import type { RetryPolicy } from '../http/retry.js'
import type { FileLocation } from '../util/error.js'
import { pathWithin } from '../util/files.js'
import { truncateMarkdown } from '../util/markdown.js'
import { columnsOf } from '../util/text.js'
import { findMissingService } from './artifact-service.js'
import { createRunArtifacts } from './artifacts.js'
import { isForkRun } from './event.js'
import { createTemporaryFolder, type ErrorDetails, type Log, newStateFolder, type OpenHost } from './host.js'
import { splitSecretLines } from './mask-secrets.js'
import { createProgressLog } from './progress.js'
import { createProtection } from './protect-output.js'
import { createRunCache } from './run-cache.js'

const DEFAULT_RETRY: RetryPolicy = { attempts: 5, firstWaitMs: 1000 }

/** The state that the main step saves for the post step (`core.saveState`). */
const STATE_FOLDER_KEY = 'kept'

/** A step of a GitHub Actions job. */
export function createGitHubHost(signal: AbortSignal, retry: RetryPolicy = DEFAULT_RETRY): OpenHost {
  const { env } = process
  const parent = env.RUNNER_TEMP || tmpdir()
  const temp = createTemporaryFolder(parent)
  const { protect, maskSecret } = createProtection(message => log.warning(message))
  const { debug, endGroup, error, info, startGroup, warning } = core
  const log = createRunnerLog({ debug, endGroup, error, info, startGroup, warning }, protect, location =>
    createAnnotation(location, env.GITHUB_WORKSPACE),
  )
  const isFromFork = isForkRun(env)
  return {
    kind: 'github',
    env,
    signal,
    log,
    columns: columnsOf({}),
    get temp() {
      return temp.path
    },
    artifacts: findMissingService(env) === undefined ? createRunArtifacts(retry, log) : undefined,
    cache: createRunCache({
      folder: join(parent, 'nix-multiarch', 'cache'),
      readOnly: isFromFork,
      log,
      client: () => import('@actions/cache'),
    }),
    tools: env.RUNNER_TOOL_CACHE || join(parent, 'nix-multiarch', 'tools'),
    stateFolder: newStateFolder(core.getState(STATE_FOLDER_KEY), parent, path =>
      core.saveState(STATE_FOLDER_KEY, path),
    ),
    isFromFork,
    exportVariable: core.exportVariable,
    addPath: core.addPath,
    maskSecret(value) {
      const plain = value.trim()
      if (plain === '' || !maskSecret(plain)) return
      for (const text of [plain, ...splitSecretLines(plain)]) core.setSecret(text)
    },
    setOutput: core.setOutput,
    addSummary(markdown) {
      if (env.GITHUB_STEP_SUMMARY) appendSummary(env.GITHUB_STEP_SUMMARY, protect(markdown))
    },
    protect,
    endProgress: () => {},
    dispose() {
      log.flush()
      temp.remove()
    },
  }
}

/** GitHub shows annotations only on files of the workspace. */
function createAnnotation(location: FileLocation | undefined, workspace: string | undefined): Annotation {
  const file = location && workspace ? pathWithin(workspace, location.file) : undefined
  return location && file !== undefined
    ? { file, startLine: location.line, startColumn: location.column }
    : {}
}

/** GitHub drops the complete summary of a step if it is larger. */
const MAX_SUMMARY_BYTES = 1024 * 1024

function appendSummary(file: string, markdown: string): void {
  const room = MAX_SUMMARY_BYTES - (statSync(file, { throwIfNoEntry: false })?.size ?? 0)
  appendFileSync(file, truncateMarkdown(`${markdown}\n`, room))
}

/** The functions of @actions/core that the log uses. */
interface RunnerCommands {
  debug(message: string): void
  info(message: string): void
  warning(message: string): void
  error(message: string, properties?: Annotation): void
  startGroup(title: string): void
  endGroup(): void
}

/** Where the page of the run shows a message. */
interface Annotation {
  readonly file?: string
  readonly startLine?: number
  readonly startColumn?: number
}

interface RunnerLog extends Log {
  /** Writes the folded lines that wait for the end of a group. */
  flush(): void
}

/**
 * @param protect removes secrets: the runner masks them too, but not their fragments, and `act` does not mask their encodings
 * @param annotate converts the location of an error for the runner
 */
function createRunnerLog(
  runner: RunnerCommands,
  protect: (text: string) => string,
  annotate: (location: ErrorDetails['location']) => Annotation,
): RunnerLog {
  let isInGroup = false
  const pendingWrites: (() => void)[] = []
  const flush = (): void => {
    for (const write of pendingWrites.splice(0)) write()
  }
  // Commands are searched for afterwards: an escape sequence before a command is removed.
  const info = (message: string): void => runner.info(escapeCommands(protect(message)))
  const error = (message: string, location: ErrorDetails['location']): void =>
    runner.error(protect(message), annotate(location))
  /** Synchronous, so that no other line is written between. */
  const writeFolded = (title: string, lines: readonly string[]): void => {
    const isEmpty = lines.length === 0
    if (isEmpty) info(title)
    else runner.startGroup(protect(title))
    for (const line of lines) info(line)
    if (!isEmpty) runner.endGroup()
  }
  return {
    debug: message => runner.debug(protect(message)),
    info,
    warning: message => runner.warning(protect(message)),
    error(message, { location, failures = [] } = {}) {
      for (const failure of failures) error(failure.message, failure.location)
      // The other lines repeat the failures.
      error(failures.length > 0 ? firstLineOf(message) : message, location)
    },
    // The runner does not nest groups: the end of an inner group would end the outer one.
    async group(title, task) {
      if (isInGroup) return await task()
      isInGroup = true
      runner.startGroup(protect(title))
      try {
        return await task()
      } finally {
        runner.endGroup()
        isInGroup = false
        flush()
      }
    },
    fold(title, lines) {
      pendingWrites.push(() => writeFolded(title, lines))
      if (!isInGroup) flush()
    },
    showProgress: createProgressLog(info, { columns: columnsOf({}), protect }),
    flush,
  }
}

function firstLineOf(message: string): string {
  return message.replace(/:?\n[\s\S]*$/, '')
}

/**
 * Inserts a zero-width space into workflow commands, so that the output of a program cannot control the runner:
 * https://docs.github.com/actions/reference/workflows-and-actions/workflow-commands
 */
function escapeCommands(message: string): string {
  return message.replace(/^([\s\u0000-\u001f\u0085]*):(?=:)/gm, '$1:\u200b').replaceAll('##[', '##\u200b[')
}
