import { type Container, chooseStream } from '../../nix/container.js'
import { plainText } from '../../nix/log.js'
import { lastLines } from '../../util/last-lines.js'

/** What Nix says while it builds one container. */
export interface BuildLog {
  push(line: string): void
  /** The last of it. */
  lines(): string[]
  /** Whether Nix built the image, and did not have it. */
  built(): boolean
}

/** As much as somebody may want to scroll through. */
const BOUNDS = { count: 2000, characters: 1_000_000 }

export function buildLog(container: Container): BuildLog {
  const kept = lastLines(BOUNDS)
  const derivations = [container.derivation, chooseStream(container).derivation]
  let built = false
  return {
    push(line) {
      kept.push(line)
      const said = plainText(line)
      built ||= /^\s*building '/.test(said) && derivations.some(each => said.includes(each))
    },
    lines: kept.lines,
    built: () => built,
  }
}
