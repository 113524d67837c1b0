import { cut, oneLine } from './columns.js'

/** Where text for people goes: standard error, or what stands in for it. */
export interface TextStream {
  write(text: string): unknown
  /** Of a terminal; 80 where it is not known. */
  readonly columns?: number | undefined
  readonly isTTY?: boolean | undefined
}

/** Whole lines, and below them at most one live line that is drawn over. */
export interface Terminal {
  line(text: string): void
  live(text: string | undefined): void
}

const DRAW_EVERY_MS = 100
const ERASE_LINE = '\r\u001b[2K'

/** A terminal that draws the live line at most ten times a second, cut so that it never wraps. */
export function liveTerminal(stream: TextStream): Terminal {
  let shown = false
  let wanted: string | undefined
  let drawnAt = Number.NEGATIVE_INFINITY
  let timer: NodeJS.Timeout | undefined

  const erase = (): string => {
    const text = shown ? ERASE_LINE : ''
    shown = false
    return text
  }
  const draw = (): void => {
    timer = undefined
    if (wanted === undefined) return
    drawnAt = performance.now()
    // The last column stays free: a terminal may wrap as soon as it is filled.
    stream.write(ERASE_LINE + cut(wanted, (stream.columns ?? 80) - 1))
    shown = true
  }
  const drawSoon = (): void => {
    if (timer) return
    const wait = drawnAt + DRAW_EVERY_MS - performance.now()
    if (wait <= 0) draw()
    else timer = setTimeout(draw, wait).unref()
  }
  return {
    line(text) {
      stream.write(`${erase()}${text}\n`)
      if (wanted !== undefined) drawSoon()
    },
    live(text) {
      wanted = text === undefined ? undefined : oneLine(text)
      if (wanted !== undefined) return drawSoon()
      clearTimeout(timer)
      timer = undefined
      const clear = erase()
      if (clear !== '') stream.write(clear)
    },
  }
}

/** A file, a pipe or a log: lines only. */
export function plainTerminal(stream: TextStream): Terminal {
  return {
    line: text => void stream.write(`${text}\n`),
    live: () => {},
  }
}
