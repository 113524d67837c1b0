import { homedir, tmpdir } from 'node:os'
import { delimiter, join } from 'node:path'
import { columnsOf } from '../util/text.js'
import { createTemporaryFolder, type Host, type Log, type OpenHost, stateFolderAt } from './host.js'
import { createProgressLog, createProgressTasks, type ProgressTasks } from './progress.js'
import { createProtection } from './protect-output.js'
import { createLiveTerminal, createPlainTerminal, type Terminal, type TextStream } from './terminal.js'

export interface LocalHostOptions {
  /** Receives the log. Standard output is for results only. */
  stderr: TextStream
  env: Host['env']
  /** Aborted when the command must end. */
  signal: AbortSignal
  /** If `stderr` is a terminal. Default: `stderr.isTTY`. */
  isTTY?: boolean
  /** Overrides `NO_COLOR`, `FORCE_COLOR` and the terminal. */
  color?: boolean
  /** `quiet` shows only errors, `verbose` also debug lines. Default: `normal`. */
  verbosity?: 'quiet' | 'normal' | 'verbose'
}

/** Shorter lines would not be readable. */
const MIN_COLUMNS = 40

/** A local machine, not a GitHub Actions job. */
export function createLocalHost(options: LocalHostOptions): OpenHost {
  const { env } = options
  const temp = createTemporaryFolder(env.TMPDIR || tmpdir())
  const { verbosity = 'normal' } = options
  const terminal =
    isInteractive(options) && verbosity !== 'quiet'
      ? createLiveTerminal(options.stderr)
      : createPlainTerminal(options.stderr)
  const { protect, maskSecret } = createProtection(message => log.warning(message))
  const log = limitLog(createLocalLog(terminal, protect, hasColor(options)), verbosity)
  return {
    kind: 'local',
    env,
    signal: options.signal,
    log,
    get columns() {
      return isInteractive(options) ? Math.max(MIN_COLUMNS, columnsOf(options.stderr)) : columnsOf({})
    },
    get temp() {
      return temp.path
    },
    artifacts: undefined,
    cache: undefined,
    tools: env.RUNNER_TOOL_CACHE || join(baseFolder(env, 'XDG_CACHE_HOME', '.cache'), 'nix-multiarch'),
    stateFolder: stateFolderAt(join(baseFolder(env, 'XDG_STATE_HOME', '.local/state'), 'nix-multiarch')),
    isFromFork: false,
    exportVariable(name, value) {
      process.env[name] = value
    },
    addPath(folder) {
      process.env.PATH = [folder, process.env.PATH].filter(Boolean).join(delimiter)
    },
    maskSecret,
    setOutput: () => {},
    addSummary: () => {},
    protect,
    endProgress: () => terminal.close(),
    dispose() {
      terminal.close()
      temp.remove()
    },
  }
}

/** Leaves out what a verbosity does not show. */
function limitLog(log: Log, verbosity: LocalHostOptions['verbosity']): Log {
  if (verbosity === 'verbose') return log
  const withoutDebug = { ...log, debug: () => {} }
  if (verbosity !== 'quiet') return withoutDebug
  // Lines after an error are part of it, for example a stack trace.
  let hasFailed = false
  return {
    ...withoutDebug,
    error(message, details) {
      hasFailed = true
      log.error(message, details)
    },
    info(message) {
      if (hasFailed) log.info(message)
    },
    warning: () => {},
    group: (_, task) => task(),
    fold: () => {},
    showProgress: (_, task) => task(() => {}),
  }
}

/** @param print logs a line on a terminal that has no live lines */
function createTerminalProgress(
  terminal: Terminal,
  protect: (text: string) => string,
  print: (line: string) => void,
): ProgressTasks['run'] {
  if (!terminal.isLive) return createProgressLog(print, { columns: columnsOf({}), protect })
  const onChange = (count: number): void => terminal.setLiveLines(count === 0 ? undefined : tasks.format)
  const tasks = createProgressTasks({ protect, onChange })
  return tasks.run
}

/** Follows https://specifications.freedesktop.org/basedir-spec/latest/ */
function baseFolder(env: Host['env'], variable: string, fallback: string): string {
  return env[variable] || join(env.HOME || homedir(), fallback)
}

/** @param protect removes secrets and control characters */
function createLocalLog(terminal: Terminal, protect: (text: string) => string, color: boolean): Log {
  const paint = color ? applyStyle : (text: string): string => text
  let indent = ''
  const print = (text: string, prefix = '', paintText = (line: string): string => line): void => {
    const [first = '', ...rest] = protect(text).split(/\r\n|\r|\n/)
    terminal.writeLine(indent + prefix + paintText(first))
    for (const line of rest) terminal.writeLine(indent + paintText(line))
  }
  return {
    debug: message => print(message, paint('debug: ', 'dim')),
    info: message => print(message),
    warning: message => print(message, paint('warning: ', 'yellow')),
    error: message => print(message, paint('error: ', 'red')),
    async group(title, task) {
      print(title, '', line => paint(line, 'bold'))
      const outerIndent = indent
      indent = '  '
      try {
        return await task()
      } finally {
        indent = outerIndent
      }
    },
    fold: title => print(title),
    showProgress: createTerminalProgress(terminal, protect, message => print(message)),
  }
}

/** The codes that begin and end each style (ECMA-48, "select graphic rendition"). */
const STYLES = { bold: [1, 22], dim: [2, 22], red: [31, 39], yellow: [33, 39] } as const

function applyStyle(text: string, style: keyof typeof STYLES): string {
  const [on, off] = STYLES[style]
  return `\u001b[${on}m${text}\u001b[${off}m`
}

function isTerminal({ stderr, isTTY, env }: LocalHostOptions): boolean {
  return (isTTY ?? stderr.isTTY ?? false) && env.TERM !== 'dumb'
}

/** A CI service may provide a terminal, but it stores the output as a log. */
function isInteractive(options: LocalHostOptions): boolean {
  return isTerminal(options) && !isEnabled(options.env.CI)
}

/** Follows https://no-color.org and https://force-color.org. `color` overrides both. */
function hasColor(options: LocalHostOptions): boolean {
  const { env } = options
  if (options.color !== undefined) return options.color
  if (env.NO_COLOR) return false
  if (env.FORCE_COLOR !== undefined) return env.FORCE_COLOR === '' || isEnabled(env.FORCE_COLOR)
  return isTerminal(options)
}

function isEnabled(flag: string | undefined): boolean {
  return flag !== undefined && !['', '0', 'false'].includes(flag)
}
