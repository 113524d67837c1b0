import { homedir, tmpdir } from 'node:os'
import { delimiter, join } from 'node:path'
import { stripVTControlCharacters } from 'node:util'
import { columnsOf } from '../util/text.js'
import { createTemporaryFolder, type Host, type Log, type OpenHost, stateFolderAt } from './host.js'

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
  /** Shows debug lines. */
  verbose?: boolean
}

/** A local machine, not a GitHub Actions job. */
export function createLocalHost(options: LocalHostOptions): OpenHost {
  const { env } = options
  const mask = createMask()
  const temp = createTemporaryFolder(env.TMPDIR || tmpdir())
  const terminal = isInteractive(options)
    ? createLiveTerminal(options.stderr)
    : createPlainTerminal(options.stderr)
  return {
    kind: 'local',
    env,
    signal: options.signal,
    log: createLocalLog(terminal, mask, hasColor(options), options.verbose ?? false),
    get temp() {
      return temp.path
    },
    artifacts: undefined,
    cache: undefined,
    tools: join(baseFolder(env, 'XDG_CACHE_HOME', '.cache'), 'nix-multiarch'),
    stateFolder: stateFolderAt(join(baseFolder(env, 'XDG_STATE_HOME', '.local/state'), 'nix-multiarch')),
    isFromFork: false,
    exportVariable(name, value) {
      process.env[name] = value
    },
    addPath(folder) {
      process.env.PATH = [folder, process.env.PATH].filter(Boolean).join(delimiter)
    },
    maskSecret: value => mask.add(value),
    setOutput: () => {},
    addSummary: () => {},
    endProgress: () => terminal.close(),
    dispose() {
      terminal.close()
      temp.remove()
    },
  }
}

/** Follows https://specifications.freedesktop.org/basedir-spec/latest/ */
function baseFolder(env: Host['env'], variable: string, fallback: string): string {
  return env[variable] || join(env.HOME || homedir(), fallback)
}

function createLocalLog(terminal: Terminal, mask: Mask, color: boolean, verbose: boolean): Log {
  const paint = color ? applyStyle : (text: string): string => text
  let indent = ''
  const progress = createProgress(text => terminal.setLiveLine(text))
  const print = (text: string, prefix = ''): void => {
    const [first = '', ...rest] = mask.apply(text).split(/\r?\n/)
    terminal.writeLine(indent + prefix + first)
    for (const line of rest) terminal.writeLine(indent + line)
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
      const outerIndent = indent
      indent = '  '
      try {
        return await task()
      } finally {
        indent = outerIndent
      }
    },
    fold: title => print(title),
    showProgress: task => progress.run(report => task(text => report(mask.apply(text)))),
  }
}

/**
 * Shows the latest report of the tasks that still run. Reports after the end of a task are ignored: parts of it may still run in the
 * background.
 */
function createProgress(show: (text: string | undefined) => void) {
  const texts = new Map<symbol, string>()
  const update = (task: symbol, text: string | undefined): void => {
    texts.delete(task)
    if (text !== undefined) texts.set(task, text)
    show([...texts.values()].at(-1))
  }
  return {
    async run<T>(task: (report: (text: string) => void) => Promise<T>): Promise<T> {
      const key = Symbol()
      let hasEnded = false
      try {
        return await task(text => {
          if (!hasEnded) update(key, text)
        })
      } finally {
        hasEnded = true
        update(key, undefined)
      }
    },
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

/** Standard error, or a replacement in tests. */
interface TextStream {
  write(text: string): unknown
  /** The width of the terminal. */
  readonly columns?: number | undefined
  readonly isTTY?: boolean | undefined
}

/** Writes lines, and below them at most one live line, which is overwritten by the next one. */
interface Terminal {
  writeLine(text: string): void
  setLiveLine(text: string | undefined): void
  /** Removes the live line permanently. */
  close(): void
}

const DRAW_INTERVAL_MS = 100
/** A shorter live line would not be readable. */
const MIN_LIVE_COLUMNS = 8
const ERASE_LINE = '\r\u001b[2K'

/** A terminal that draws the live line at most 10 times a second, truncated so that it never wraps. */
function createLiveTerminal(stream: TextStream): Terminal {
  let isDrawn = false
  let liveLine: string | undefined
  let drawnAt = Number.NEGATIVE_INFINITY
  let timer: NodeJS.Timeout | undefined
  let isClosed = false

  const erase = (): string => {
    const text = isDrawn ? ERASE_LINE : ''
    isDrawn = false
    return text
  }
  const clear = (): void => {
    clearTimeout(timer)
    timer = undefined
    if (isDrawn) stream.write(erase())
  }
  const draw = (): void => {
    timer = undefined
    if (liveLine === undefined) return
    drawnAt = performance.now()
    // A terminal may wrap as soon as the last column is filled.
    const columns = columnsOf(stream) - 1
    if (columns < MIN_LIVE_COLUMNS) clear()
    else {
      stream.write(ERASE_LINE + truncateToColumns(liveLine, columns))
      isDrawn = true
    }
  }
  const drawSoon = (): void => {
    if (timer) return
    const wait = drawnAt + DRAW_INTERVAL_MS - performance.now()
    if (wait <= 0) draw()
    else timer = setTimeout(draw, wait).unref()
  }
  const setLiveLine = (text: string | undefined): void => {
    liveLine = text === undefined || isClosed ? undefined : sanitizeForTerminal(text)
    if (liveLine !== undefined) drawSoon()
    else clear()
  }
  return {
    writeLine(text) {
      stream.write(`${erase()}${text}\n`)
      if (liveLine !== undefined) drawSoon()
    },
    setLiveLine,
    close() {
      isClosed = true
      setLiveLine(undefined)
    },
  }
}

/** A file, a pipe or a CI log: lines without a live line. */
function createPlainTerminal(stream: TextStream): Terminal {
  return {
    writeLine: text => void stream.write(`${text}\n`),
    setLiveLine: () => {},
    close: () => {},
  }
}

/** Replaces secrets in text. */
interface Mask {
  add(secret: string): void
  apply(text: string): string
}

/** Shorter parts of a secret are too likely to occur in other text. */
const MIN_PART_LENGTH = 6

function createMask(): Mask {
  const forms = new Set<string>()
  let pattern: RegExp | undefined
  return {
    add(secret) {
      for (const form of encodedFormsOf(secret)) forms.add(form)
      pattern = patternOf(forms)
    },
    apply: text => (pattern ? text.replace(pattern, '***') : text),
  }
}

/** Splits a secret of several lines, because output is often masked line by line. Short lines are left out. */
export function splitSecretLines(secret: string): string[] {
  const lines = secret.split(/[\r\n]+/).map(line => line.trim())
  return lines.length > 1 ? lines.filter(line => line.length >= MIN_PART_LENGTH) : []
}

function encodedFormsOf(secret: string): string[] {
  const plain = secret.trim()
  if (plain === '') return []
  const encoded = [plain, ...splitSecretLines(secret)].flatMap(text => [
    ...urlFormsOf(text),
    ...base64FormsOf(text),
  ])
  return [plain, ...splitSecretLines(secret), ...encoded.filter(form => form.length >= MIN_PART_LENGTH)]
}

function urlFormsOf(text: string): string[] {
  const percent = encodeURIComponent(Buffer.from(text).toString())
  return [percent, percent.replaceAll('%20', '+')]
}

/** In the base64 of a longer text (`user:secret`), the secret starts at one of three bit offsets. */
function base64FormsOf(text: string): string[] {
  const bytes = Buffer.from(text)
  const encodings = [0, 1, 2].map(offset => {
    const base64 = Buffer.concat([Buffer.alloc(offset), bytes]).toString('base64')
    return base64.slice(Math.ceil((offset * 8) / 6), Math.floor(((offset + bytes.length) * 8) / 6))
  })
  return encodings.flatMap(base64 => [base64, base64.replaceAll('+', '-').replaceAll('/', '_')])
}

function patternOf(forms: ReadonlySet<string>): RegExp | undefined {
  if (forms.size === 0) return undefined
  // The longest first. Otherwise a shorter form could match a part of a secret and leave the rest in the text.
  const sources = [...forms].sort((a, b) => b.length - a.length).map(escapeRegExp)
  return new RegExp(sources.join('|'), 'g')
}

function escapeRegExp(text: string): string {
  return text.replace(/[\\^$.*+?()[\]{}|/-]/g, '\\$&')
}

/** Characters that take two columns: Unicode's East Asian Width W and F, and emoji. */
const WIDE_CHARACTERS = [
  /^[\u1100-\u115f\u2e80-\u303e\u3041-\ua4cf\uac00-\ud7a3\uf900-\ufaff]/,
  /^[\ufe30-\ufe6f\uff00-\uff60\uffe0-\uffe6]/,
  /^[\u{20000}-\u{3fffd}]/u,
  /^\p{Emoji_Presentation}|\ufe0f/u,
]

/** Marks that combine with the character before them. */
const ZERO_WIDTH = /^[\p{Mark}\p{Default_Ignorable_Code_Point}]+$/u

/** Removes escape sequences, line breaks and control characters. */
function sanitizeForTerminal(text: string): string {
  return stripVTControlCharacters(text)
    .replace(/\s+/g, ' ')
    .replace(/[\u0000-\u001f\u007f-\u009f]/g, '')
    .trim()
}

/** Truncates text to a number of columns. An ellipsis replaces the rest. */
function truncateToColumns(text: string, columns: number): string {
  const characters = [...new Intl.Segmenter().segment(text)].map(({ segment }) => segment)
  if (totalWidthOf(characters) <= columns) return text
  let used = 1
  const truncated: string[] = []
  for (const character of characters) {
    used += columnWidthOf(character)
    if (used > columns) break
    truncated.push(character)
  }
  return columns > 0 ? `${truncated.join('')}…` : ''
}

function totalWidthOf(characters: readonly string[]): number {
  return characters.reduce((sum, character) => sum + columnWidthOf(character), 0)
}

function columnWidthOf(character: string): number {
  if (ZERO_WIDTH.test(character)) return 0
  return WIDE_CHARACTERS.some(wide => wide.test(character)) ? 2 : 1
}
