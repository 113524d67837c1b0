import type { ErrorAbout, Log } from './host.js'

/** The runner's commands that a log is made of. */
export interface RunnerCommands {
  debug(message: string): void
  info(message: string): void
  warning(message: string): void
  error(message: string, properties?: Annotation): void
  startGroup(title: string): void
  endGroup(): void
}

/** Where the run's page shows a message. */
export interface Annotation {
  readonly file?: string
  readonly startLine?: number
  readonly startColumn?: number
}

export interface RunnerLog extends Log {
  /** Says what still waits for a group to end. */
  flush(): void
}

/** @param annotate finds what the run's page knows a place by */
export function runnerLog(runner: RunnerCommands, annotate: (at: ErrorAbout['at']) => Annotation): RunnerLog {
  let grouped = false
  const waiting: (() => void)[] = []
  const flush = (): void => {
    for (const say of waiting.splice(0)) say()
  }
  return {
    debug: runner.debug,
    info: message => runner.info(withoutCommands(message)),
    warning: message => runner.warning(message),
    error(message, { at, parts = [] } = {}) {
      for (const part of parts) runner.error(part.message, annotate(part.at))
      // Each was told for itself.
      runner.error(parts.length > 0 ? firstLine(message) : message, annotate(at))
    },
    // A group within a group would end the outer one.
    async group(title, task) {
      if (grouped) return await task()
      grouped = true
      runner.startGroup(title)
      try {
        return await task()
      } finally {
        runner.endGroup()
        grouped = false
        flush()
      }
    },
    folded(title, lines) {
      waiting.push(() => fold(runner, title, lines))
      if (!grouped) flush()
    },
    progress: () => {},
    flush,
  }
}

/** All at once, so that nothing else comes between. */
function fold(runner: RunnerCommands, title: string, lines: readonly string[]): void {
  const isEmpty = lines.length === 0
  if (isEmpty) runner.info(withoutCommands(title))
  else runner.startGroup(title)
  for (const line of lines) runner.info(withoutCommands(line))
  if (!isEmpty) runner.endGroup()
}

function firstLine(message: string): string {
  return message.replace(/:?\n[\s\S]*$/, '')
}

/**
 * The runner obeys lines that look like its commands, and a program's output must not command it: an invisible
 * character (zero-width space) takes their force.
 * https://docs.github.com/actions/reference/workflows-and-actions/workflow-commands
 */
function withoutCommands(message: string): string {
  return message.replace(/^([\s\u0000-\u001f\u0085]*):(?=:)/gm, '$1:\u200b').replaceAll('##[', '##\u200b[')
}
