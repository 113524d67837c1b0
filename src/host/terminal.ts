import { stripVTControlCharacters } from 'node:util'
import { truncateToColumns, widthOf } from '../util/columns.js'
import { columnsOf } from '../util/text.js'

/** Standard error, or a replacement in tests. */
export interface TextStream {
  write(text: string): unknown
  /** The width of the terminal. */
  readonly columns?: number | undefined
  /** The height of the terminal. */
  readonly rows?: number | undefined
  readonly isTTY?: boolean | undefined
  on?(event: 'resize', listener: () => void): unknown
}

/** Formats the live lines, without control characters. Each must fit into the columns. */
export type FormatLines = (size: { readonly columns: number; readonly maxLines: number }) => string[]

/** Writes lines, and below them live lines, which are drawn again when they change. */
export interface Terminal {
  /** False for a file, a pipe or a CI log, which have no live lines. */
  readonly isLive: boolean
  writeLine(text: string): void
  /** Draws live lines. They are also drawn every second, because they may contain the time. */
  setLiveLines(format: FormatLines | undefined): void
  /** Removes the live lines permanently. */
  close(): void
}

const DRAW_INTERVAL_MS = 100
const CLOCK_INTERVAL_MS = 1000

/** A shorter live line would not be readable. */
const MIN_LIVE_COLUMNS = 8

/** More live lines would hide the log. */
const MAX_LIVE_LINES = 8

const ERASE_LINE = '\r\u001b[2K'
const ERASE_LINE_ABOVE = '\u001b[1A\u001b[2K'

/**
 * A terminal that draws the live lines at most 10 times a second, truncated so that they never wrap. If the terminal becomes
 * narrower, it wraps the lines that are drawn: they are removed with all their parts.
 */
export function createLiveTerminal(stream: TextStream): Terminal {
  /** The text that is drawn, with the cursor behind its last line. */
  let drawn: readonly string[] = []
  let format: FormatLines | undefined
  let drawnAt = Number.NEGATIVE_INFINITY
  let timer: NodeJS.Timeout | undefined
  let clock: NodeJS.Timeout | undefined
  let isClosed = false

  const erase = (): string => {
    const columns = columnsOf(stream)
    const rows = drawn.reduce((sum, line) => sum + Math.max(1, Math.ceil(widthOf(line) / columns)), 0)
    drawn = []
    return rows === 0 ? '' : ERASE_LINE + ERASE_LINE_ABOVE.repeat(rows - 1)
  }
  const clear = (): void => {
    clearTimeout(timer)
    clearInterval(clock)
    timer = undefined
    clock = undefined
    if (drawn.length > 0) stream.write(erase())
  }
  const formatLines = (): string[] => {
    // A terminal may wrap as soon as the last column is filled.
    const columns = columnsOf(stream) - 1
    if (columns < MIN_LIVE_COLUMNS) return []
    const maxLines = Math.max(1, Math.min(MAX_LIVE_LINES, (stream.rows || DEFAULT_ROWS) - 2))
    const lines = format?.({ columns, maxLines }) ?? []
    return lines.map(line => truncateToColumns(line, columns))
  }
  const draw = (): void => {
    timer = undefined
    if (format === undefined) return
    drawnAt = performance.now()
    const lines = formatLines()
    if (lines.join('\n') === drawn.join('\n')) return
    // In one call, so that no terminal shows the state between.
    stream.write((erase() || (lines.length > 0 ? ERASE_LINE : '')) + lines.join('\n'))
    drawn = lines
  }
  const drawSoon = (): void => {
    if (timer) return
    const wait = drawnAt + DRAW_INTERVAL_MS - performance.now()
    if (wait <= 0) draw()
    else timer = setTimeout(draw, wait).unref()
  }
  const setLiveLines = (next: FormatLines | undefined): void => {
    format = isClosed ? undefined : next
    if (format === undefined) {
      clear()
      return
    }
    clock ??= setInterval(drawSoon, CLOCK_INTERVAL_MS).unref()
    drawSoon()
  }
  stream.on?.('resize', () => {
    if (format !== undefined) draw()
  })
  return {
    isLive: true,
    writeLine(text) {
      stream.write(`${erase()}${text}\n`)
      if (format !== undefined) drawSoon()
    },
    setLiveLines,
    close() {
      isClosed = true
      setLiveLines(undefined)
    },
  }
}

/** The height of a terminal that does not report it. */
const DEFAULT_ROWS = 24

/** A file, a pipe or a CI log: lines without live lines. */
export function createPlainTerminal(stream: TextStream): Terminal {
  return {
    isLive: false,
    writeLine: text => void stream.write(`${text}\n`),
    setLiveLines: () => {},
    close: () => {},
  }
}

/** Removes escape sequences, line breaks and control characters. */
export function sanitizeForTerminal(text: string): string {
  return stripVTControlCharacters(text)
    .replace(/\s+/g, ' ')
    .replace(/[\u0000-\u001f\u007f-\u009f]/g, '')
    .trim()
}
