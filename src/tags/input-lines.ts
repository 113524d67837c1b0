import { messageOf } from '../util/error.js'

/** Reads each line that is neither blank nor a comment (`# …`). Errors name the line at fault. */
export function inputLines<T>(text: string, parse: (line: string) => T): T[] {
  return text.split(/\r?\n/).flatMap((whole, index) => {
    const line = whole.trim()
    if (line === '' || line.startsWith('#')) return []
    try {
      return [parse(line)]
    } catch (cause) {
      throw new Error(`line ${index + 1}, ${line}: ${messageOf(cause)}`, { cause })
    }
  })
}
