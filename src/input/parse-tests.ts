import { splitWords } from '../util/split-words.js'

/** A command that must succeed in the image of a container. */
export interface SmokeTest {
  readonly container: string
  /** The program and its arguments. */
  readonly command: readonly string[]
}

/** Parses lines `container: command`. Throws an `Error` that names the wrong line. */
export function parseTests(text: string): readonly SmokeTest[] {
  return text.split(/\r?\n/).flatMap((line, n) => (line.trim() === '' ? [] : [parseTest(line.trim(), n + 1)]))
}

function parseTest(line: string, number: number): SmokeTest {
  const [, container, rest] = /^([^\s:]+):\s+(\S.*)$/.exec(line) ?? []
  if (container === undefined || rest === undefined)
    throw new Error(
      `line ${number} does not have the form \`container: command\`, for example \`fd: fd --help\``,
    )
  try {
    const command = splitWords(rest)
    if (!command[0]) throw new Error('its program is empty')
    return { container, command }
  } catch (error) {
    throw new Error(`line ${number}: ${(error as Error).message}`)
  }
}
