import { homedir, tmpdir } from 'node:os'
import { delimiter, join } from 'node:path'
import { stripVTControlCharacters } from 'node:util'
import { columnsOf } from '../util/text.js'
import { createTemporaryFolder, type Host, type Log, type OpenHost, stateFolderAt } from './host.js'

export interface LocalHostOptions {
  /** Everything for people goes here; standard output belongs to results. */
  stderr: TextStream
  env: Host['env']
  /** Aborted when the run has to end. */
  signal: AbortSignal
  /** Whether `stderr` is a terminal, where the stream itself does not say so. */
  isTTY?: boolean
  /** Overrides what `NO_COLOR`, `FORCE_COLOR` and the terminal say. */
  color?: boolean
  /** Shows debug lines too. */
  verbose?: boolean
}

/** A person's machine. */
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

/** https://specifications.freedesktop.org/basedir-spec/latest/ */
function baseFolder(env: Host['env'], variable: string, otherwise: string): string {
  return env[variable] || join(env.HOME || homedir(), otherwise)
}

function createLocalLog(terminal: Terminal, mask: Mask, color: boolean, verbose: boolean): Log {
  const paint = color ? styleText : (text: string): string => text
  let indent = ''
  const words = createProgress(text => terminal.setLiveLine(text))
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
      const before = indent
      indent = '  '
      try {
        return await task()
      } finally {
        indent = before
      }
    },
    fold: title => print(title),
    showProgress: task => words.of(tell => task(text => tell(mask.apply(text)))),
  }
}

/** Shows the last word of those tasks that still run. What a task says when it is over is not heard: it may leave work behind. */
function createProgress(show: (text: string | undefined) => void) {
  const texts = new Map<symbol, string>()
  const change = (task: symbol, text: string | undefined): void => {
    texts.delete(task)
    if (text !== undefined) texts.set(task, text)
    show([...texts.values()].at(-1))
  }
  return {
    async of<T>(task: (tell: (text: string) => void) => Promise<T>): Promise<T> {
      const key = Symbol()
      let isOver = false
      try {
        return await task(text => {
          if (!isOver) change(key, text)
        })
      } finally {
        isOver = true
        change(key, undefined)
      }
    },
  }
}

/** ECMA-48 "select graphic rendition": how each begins and ends. */
const STYLES = { bold: [1, 22], dim: [2, 22], red: [31, 39], yellow: [33, 39] } as const

function styleText(text: string, style: keyof typeof STYLES): string {
  const [on, off] = STYLES[style]
  return `\u001b[${on}m${text}\u001b[${off}m`
}

function isTerminal({ stderr, isTTY, env }: LocalHostOptions): boolean {
  return (isTTY ?? stderr.isTTY ?? false) && env.TERM !== 'dumb'
}

/** A build service may offer a terminal, but what it keeps is a log. */
function isInteractive(options: LocalHostOptions): boolean {
  return isTerminal(options) && !isEnabled(options.env.CI)
}

/** As https://no-color.org and https://force-color.org have it; what the caller says comes first. */
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

/** Where text for people goes: standard error, or what stands in for it. */
interface TextStream {
  write(text: string): unknown
  /** Of a terminal. */
  readonly columns?: number | undefined
  readonly isTTY?: boolean | undefined
}

/** Whole lines, and below them at most one live line that is drawn over. */
interface Terminal {
  writeLine(text: string): void
  setLiveLine(text: string | undefined): void
  /** There is no live line any more. */
  close(): void
}

const DRAW_INTERVAL_MS = 100
/** In columns; fewer hold nothing that tells anything. */
const MIN_LIVE_COLUMNS = 8
const ERASE_LINE = '\r\u001b[2K'

/** A terminal that draws the live line at most ten times a second, cut so that it never wraps. */
function createLiveTerminal(stream: TextStream): Terminal {
  let shown = false
  let wanted: string | undefined
  let drawnAt = Number.NEGATIVE_INFINITY
  let timer: NodeJS.Timeout | undefined
  let isClosed = false

  const erase = (): string => {
    const text = shown ? ERASE_LINE : ''
    shown = false
    return text
  }
  const clear = (): void => {
    clearTimeout(timer)
    timer = undefined
    if (shown) stream.write(erase())
  }
  const draw = (): void => {
    timer = undefined
    if (wanted === undefined) return
    drawnAt = performance.now()
    // The last column stays free: a terminal may wrap as soon as it is filled.
    const room = columnsOf(stream) - 1
    if (room < MIN_LIVE_COLUMNS) clear()
    else {
      stream.write(ERASE_LINE + truncateToColumns(wanted, room))
      shown = true
    }
  }
  const drawSoon = (): void => {
    if (timer) return
    const wait = drawnAt + DRAW_INTERVAL_MS - performance.now()
    if (wait <= 0) draw()
    else timer = setTimeout(draw, wait).unref()
  }
  const live = (text: string | undefined): void => {
    wanted = text === undefined || isClosed ? undefined : sanitizeForTerminal(text)
    if (wanted !== undefined) drawSoon()
    else clear()
  }
  return {
    writeLine(text) {
      stream.write(`${erase()}${text}\n`)
      if (wanted !== undefined) drawSoon()
    },
    setLiveLine,
    close() {
      isClosed = true
      live(undefined)
    },
  }
}

/** A file, a pipe or a log: lines only. */
function createPlainTerminal(stream: TextStream): Terminal {
  return {
    writeLine: text => void stream.write(`${text}\n`),
    setLiveLine: () => {},
    close: () => {},
  }
}

/** Takes secrets out of text. */
interface Mask {
  add(secret: string): void
  apply(text: string): string
}

/** Shorter parts of a secret are too likely to stand in harmless text. */
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

/** The lines of a secret that has several and are worth hiding by themselves, for output that is read line by line. */
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

/** A secret inside a longer text (`user:secret`) has one of three alignments in its base64. */
function base64FormsOf(text: string): string[] {
  const bytes = Buffer.from(text)
  const aligned = [0, 1, 2].map(before => {
    const code = Buffer.concat([Buffer.alloc(before), bytes]).toString('base64')
    return code.slice(Math.ceil((before * 8) / 6), Math.floor(((before + bytes.length) * 8) / 6))
  })
  return aligned.flatMap(code => [code, code.replaceAll('+', '-').replaceAll('/', '_')])
}

function patternOf(forms: ReadonlySet<string>): RegExp | undefined {
  if (forms.size === 0) return undefined
  // The longest first, else a secret's part would be replaced and its rest left standing.
  const sources = [...forms].sort((a, b) => b.length - a.length).map(escapeRegExp)
  return new RegExp(sources.join('|'), 'g')
}

function escapeRegExp(text: string): string {
  return text.replace(/[\\^$.*+?()[\]{}|/-]/g, '\\$&')
}

/** Characters that terminals draw two columns wide: Unicode's East Asian Width W and F, and emoji. */
const WIDE_CHARACTERS = [
  /^[\u1100-\u115f\u2e80-\u303e\u3041-\ua4cf\uac00-\ud7a3\uf900-\ufaff]/,
  /^[\ufe30-\ufe6f\uff00-\uff60\uffe0-\uffe6]/,
  /^[\u{20000}-\u{3fffd}]/u,
  /^\p{Emoji_Presentation}|\ufe0f/u,
]

/** Marks that share the column of the character before them. */
const ZERO_WIDTH = /^[\p{Mark}\p{Default_Ignorable_Code_Point}]+$/u

/** Makes text safe to draw on one line of a terminal: no escape sequence, no line break, no control character. */
function sanitizeForTerminal(text: string): string {
  return stripVTControlCharacters(text)
    .replace(/\s+/g, ' ')
    .replace(/[\u0000-\u001f\u007f-\u009f]/g, '')
    .trim()
}

/** Cuts text so that a terminal draws it in at most `columns` columns; an ellipsis stands for what is missing. */
function truncateToColumns(text: string, columns: number): string {
  const characters = [...new Intl.Segmenter().segment(text)].map(({ segment }) => segment)
  if (totalWidthOf(characters) <= columns) return text
  let used = 1
  const kept: string[] = []
  for (const character of characters) {
    used += columnWidthOf(character)
    if (used > columns) break
    kept.push(character)
  }
  return columns > 0 ? `${kept.join('')}…` : ''
}

function totalWidthOf(characters: readonly string[]): number {
  return characters.reduce((sum, character) => sum + columnWidthOf(character), 0)
}

function columnWidthOf(character: string): number {
  if (ZERO_WIDTH.test(character)) return 0
  return WIDE_CHARACTERS.some(wide => wide.test(character)) ? 2 : 1
}
