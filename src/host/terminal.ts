import { stripVTControlCharacters } from 'node:util'
import { truncateToColumns } from '../util/columns.js'
import { columnsOf } from '../util/text.js'

/** Standard error, or a replacement in tests. */
export interface TextStream {
  write(text: string): unknown
  /** The width of the terminal. */
  readonly columns?: number | undefined
  readonly isTTY?: boolean | undefined
}

/** Writes lines, and below them at most one live line, which is overwritten by the next one. */
export interface Terminal {
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
export function createLiveTerminal(stream: TextStream): Terminal {
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
export function createPlainTerminal(stream: TextStream): Terminal {
  return {
    writeLine: text => void stream.write(`${text}\n`),
    setLiveLine: () => {},
    close: () => {},
  }
}

/** Removes escape sequences, line breaks and control characters. */
function sanitizeForTerminal(text: string): string {
  return stripVTControlCharacters(text)
    .replace(/\s+/g, ' ')
    .replace(/[\u0000-\u001f\u007f-\u009f]/g, '')
    .trim()
}
