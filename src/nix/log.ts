import type { ExecResult } from '../util/exec.js'

type Said = Pick<ExecResult, 'stderr'>

/** Lines that come with every call and explain no failure. */
const NOISE = [
  /^(\S+> )?\s*$/,
  /^th(is|ese \d+) derivations? will be built/,
  /^ {2}\/nix\/store\/\S+\.drv$/,
  /^building '/,
  /^warning: the group '.*' specified in/,
  /^warning: Git tree .* is dirty/,
  /^warning: (error: )?unable to download .*retrying/,
  /^\(use '--show-trace'/,
]

/** The last lines of what Nix told people, as plain text and without noise. */
export function lastWords(result: Said, count = 25): string {
  return lines(result).slice(-count).join('\n')
}

/** The same from the last `error: …` on: under a trace, the cause stands at the end. */
export function lastError(result: Said, count = 25): string {
  const said = lines(result)
  const at = said.findLastIndex(line => /^\s*error: \S/.test(line))
  if (at < 0) return lastWords(result, count)
  const indent = /^\s*/.exec(said[at] ?? '')?.[0].length ?? 0
  const cause = said
    .slice(at, at + count)
    .map(line => (line.slice(0, indent).trim() ? line : line.slice(indent)))
  return cause.join('\n')
}

/** Old versions write raw bytes of their own protocol into a log, too. */
export function plainText(text: string): string {
  return text.replace(/\x1b\[[0-9;]*[A-Za-z]/g, '').replace(/[\x00-\x08\x0b-\x0c\x0e-\x1f\x7f]+/g, ' ')
}

function lines(result: Said): string[] {
  const all = plainText(result.stderr).split(/\r?\n/)
  return all.filter(line => !NOISE.some(noise => noise.test(line)))
}
