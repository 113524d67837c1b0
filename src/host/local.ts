import { homedir, tmpdir } from 'node:os'
import { delimiter, join } from 'node:path'
import type { Host, Log, OpenHost } from './host.js'
import { keptAt } from './kept.js'
import { createMask, type Mask } from './mask.js'
import { temporaryFolder } from './temp.js'
import { liveTerminal, plainTerminal, type Terminal, type TextStream } from './terminal.js'

export interface LocalHostOptions {
  /** Everything for people goes here; standard output belongs to results. */
  stderr: TextStream
  env: Host['env']
  /** Whether `stderr` is a terminal, where the stream itself does not say so. */
  isTTY?: boolean
  /** Overrides what `NO_COLOR`, `FORCE_COLOR` and the terminal say. */
  color?: boolean
  /** Shows debug lines too. */
  verbose?: boolean
}

/** A person's machine. */
export function localHost(options: LocalHostOptions): OpenHost {
  const { env } = options
  const mask = createMask()
  const temp = temporaryFolder(env.TMPDIR || tmpdir())
  const terminal = isInteractive(options) ? liveTerminal(options.stderr) : plainTerminal(options.stderr)
  return {
    kind: 'local',
    env,
    log: localLog(terminal, mask, hasColor(options), options.verbose ?? false),
    get temp() {
      return temp.path
    },
    artifacts: undefined,
    cache: undefined,
    tools: join(home(env, 'XDG_CACHE_HOME', '.cache'), 'nix-multiarch'),
    kept: keptAt(join(home(env, 'XDG_STATE_HOME', '.local/state'), 'nix-multiarch')),
    fromFork: false,
    exportVariable(name, value) {
      process.env[name] = value
    },
    addPath(folder) {
      process.env.PATH = [folder, process.env.PATH].filter(Boolean).join(delimiter)
    },
    secret: value => mask.add(value),
    output: () => {},
    summary: () => {},
    dispose() {
      terminal.live(undefined)
      temp.remove()
    },
  }
}

/** https://specifications.freedesktop.org/basedir-spec/latest/ */
function home(env: Host['env'], variable: string, otherwise: string): string {
  return env[variable] || join(env.HOME || homedir(), otherwise)
}

function localLog(terminal: Terminal, mask: Mask, color: boolean, verbose: boolean): Log {
  const paint = color ? painted : (text: string): string => text
  let indent = ''
  const print = (text: string, prefix = ''): void => {
    const [first = '', ...rest] = mask.apply(text).split(/\r?\n/)
    terminal.line(indent + prefix + first)
    for (const line of rest) terminal.line(indent + line)
  }
  return {
    debug(message) {
      if (verbose) print(message, paint('debug: ', 'dim'))
    },
    info: message => print(message),
    warning: message => print(message, paint('warning: ', 'yellow')),
    error: message => print(message, paint('error: ', 'red')),
    async group(title, task) {
      print(paint(title, 'bold'))
      const before = indent
      indent = '  '
      try {
        return await task()
      } finally {
        indent = before
      }
    },
    folded: title => print(title),
    progress: text => terminal.live(text === undefined ? undefined : mask.apply(text)),
  }
}

/** ECMA-48 "select graphic rendition": how each begins and ends. */
const STYLES = { bold: [1, 22], dim: [2, 22], red: [31, 39], yellow: [33, 39] } as const

function painted(text: string, style: keyof typeof STYLES): string {
  const [on, off] = STYLES[style]
  return `\u001b[${on}m${text}\u001b[${off}m`
}

function isTerminal({ stderr, isTTY, env }: LocalHostOptions): boolean {
  return (isTTY ?? stderr.isTTY ?? false) && env.TERM !== 'dumb'
}

/** A build service may offer a terminal, but what it keeps is a log. */
function isInteractive(options: LocalHostOptions): boolean {
  return isTerminal(options) && !isOn(options.env.CI)
}

/** As https://no-color.org and https://force-color.org have it; what the caller says comes first. */
function hasColor(options: LocalHostOptions): boolean {
  const { env } = options
  if (options.color !== undefined) return options.color
  if (env.NO_COLOR) return false
  if (env.FORCE_COLOR !== undefined) return env.FORCE_COLOR === '' || isOn(env.FORCE_COLOR)
  return isTerminal(options)
}

function isOn(flag: string | undefined): boolean {
  return flag !== undefined && !['', '0', 'false'].includes(flag)
}
