import { StringDecoder } from 'node:string_decoder'

const MAX_LINE = 64 * 1024

/** Keeps the last `limit` bytes of what comes; where something was left out, from the start of a line on. */
export function tail(limit: number) {
  let kept: Buffer[] = []
  let size = 0
  let cut = false
  const shorten = (): void => {
    kept = [Buffer.from(Buffer.concat(kept).subarray(-limit))]
    size = limit
    cut = true
  }
  return {
    push(chunk: Buffer): void {
      kept.push(chunk)
      size += chunk.length
      // Twice as much is let in, so that it is not copied for every chunk.
      if (size > 2 * limit) shorten()
    },
    text(): string {
      if (size > limit) shorten()
      const all = Buffer.concat(kept)
      return all.subarray(cut ? all.indexOf('\n') + 1 : 0).toString()
    },
  }
}

/** Divides what comes into lines. One of more than 64 KiB is given in pieces; `end` gives the last. */
export function lineSplitter(onLine: ((line: string) => void) | undefined) {
  const decoder = new StringDecoder()
  let rest = ''
  let afterReturn = false
  /** Without the line feed of a line that ended with the last chunk. */
  const textOf = (chunk: Buffer): string => {
    const text = decoder.write(chunk)
    if (text === '') return ''
    const own = afterReturn && text.startsWith('\n') ? text.slice(1) : text
    afterReturn = text.endsWith('\r')
    return own
  }
  return {
    push(chunk: Buffer): void {
      if (!onLine) return
      const lines = (rest + textOf(chunk)).split(/\r?\n|\r/)
      rest = lines.pop() ?? ''
      for (const line of lines) onLine(line)
      if (rest.length <= MAX_LINE) return
      onLine(rest)
      rest = ''
    },
    end(): void {
      const last = rest + decoder.end()
      if (onLine && last !== '') onLine(last)
    },
  }
}
