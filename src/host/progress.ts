import { shortenMiddle, truncateToColumns, widthOf } from '../util/columns.js'
import type { Log, ProgressReport, ShowOptions } from './host.js'
import { sanitizeForTerminal } from './terminal.js'

/** The tasks that report their progress, in the order of their start. */
export interface ProgressTasks {
  readonly run: Log['showProgress']
  /**
   * Formats one line for each task.
   *
   * @param minAgeMs leaves out tasks that have just started
   */
  format(size: LinesSize, minAgeMs?: number): string[]
}

interface LinesSize {
  readonly columns: number
  /** If there are more tasks, the last line counts them. */
  readonly maxLines: number
}

interface RunningTask {
  readonly title: string
  readonly began: number
  readonly delayMs: number
  /** The start of the current activity. */
  since: number
  progress: ProgressReport | undefined
}

interface ProgressOptions {
  /** Removes secrets from a text, before it is shortened. */
  readonly protect: (text: string) => string
  /**
   * Called with the number of reporting tasks after each report, and at the end of a task. Reports after the end of a task are
   * ignored, because parts of it may still run in the background.
   */
  readonly onChange?: (count: number) => void
}

export function createProgressTasks({ protect, onChange }: ProgressOptions): ProgressTasks {
  const tasks = new Set<RunningTask>()
  const reporting = (): RunningTask[] => [...tasks].filter(({ progress }) => progress !== undefined)
  const notify = (): void => onChange?.(reporting().length)
  const clean = (text: string): string => sanitizeForTerminal(protect(text))
  return {
    async run(title, task, { delayMs = 0 } = {}) {
      const now = Date.now()
      const running: RunningTask = { title, began: now, delayMs, since: now, progress: undefined }
      tasks.add(running)
      try {
        return await task(progress => {
          if (!tasks.has(running)) return
          if (progress.activity !== running.progress?.activity) running.since = Date.now()
          running.progress = progress
          notify()
        })
      } finally {
        tasks.delete(running)
        notify()
      }
    },
    format({ columns, maxLines }, minAgeMs = 0) {
      const time = Date.now()
      const shown = reporting().filter(({ began, delayMs }) => time - began >= Math.max(minAgeMs, delayMs))
      const lines = shown.map(task => formatTask(task, time, { columns, clean }))
      if (lines.length <= maxLines) return lines
      const visible = lines.slice(0, Math.max(0, maxLines - 1))
      return [...visible, truncateToColumns(`… and ${lines.length - visible.length} more`, columns)]
    },
  }
}

/** `fd for x86_64-linux: building 12 s, 3 of 8 built: gcc> checking for stdlib.h`. The end is cut off if it does not fit. */
function formatTask(
  { title, since, progress }: RunningTask,
  time: number,
  { columns, clean }: { readonly columns: number; readonly clean: (text: string) => string },
): string {
  const { activity = '', amount, detail } = progress ?? {}
  const seconds = Math.floor((time - since) / 1000)
  const parts = [seconds > 0 ? `${activity} ${formatElapsed(seconds)}` : activity, amount]
  const state = `: ${clean(parts.filter(Boolean).join(', '))}`
  const name = shortenMiddle(clean(title), Math.max(Math.floor(columns / 3), columns - widthOf(state)))
  return truncateToColumns(name + state + (detail ? `: ${clean(detail)}` : ''), columns)
}

/** `12 s`, `1 min 05 s`, `1 h 02 min`. */
function formatElapsed(seconds: number): string {
  const pad = (value: number): string => String(value).padStart(2, '0')
  if (seconds < 60) return `${seconds} s`
  const minutes = Math.floor(seconds / 60)
  if (minutes < 60) return `${minutes} min ${pad(seconds % 60)} s`
  return `${Math.floor(minutes / 60)} h ${pad(minutes % 60)} min`
}

/** A longer silence looks as if the run was stuck, and CI services stop jobs without output. */
const LOG_INTERVAL_MS = 20_000
/** More lines would hide the others. */
const MAX_LOGGED_LINES = 8

/**
 * The progress of tasks for a log without a live region: every 20 seconds, a line for each task that has run for a while.
 */
export function createProgressLog(
  print: (line: string) => void,
  { columns, protect }: { readonly columns: number } & Pick<ProgressOptions, 'protect'>,
): ProgressTasks['run'] {
  let timer: NodeJS.Timeout | undefined
  let running = 0
  const tasks = createProgressTasks({ protect })
  const tick = (): void => {
    for (const line of tasks.format({ columns, maxLines: MAX_LOGGED_LINES }, LOG_INTERVAL_MS / 2)) print(line)
  }
  return async (title, task, options) => {
    running++
    timer ??= setInterval(tick, LOG_INTERVAL_MS).unref()
    try {
      return await tasks.run(title, task, options)
    } finally {
      running--
      if (running === 0) {
        clearInterval(timer)
        timer = undefined
      }
    }
  }
}

/** Runs a task that does not report its progress. Its time is shown. */
export function showActivity<T>(
  log: Pick<Log, 'showProgress'>,
  { title, activity }: { readonly title: string; readonly activity: string },
  task: () => Promise<T>,
): Promise<T> {
  return log.showProgress(title, report => {
    report({ activity })
    return task()
  })
}

/** For tasks that usually end at once, so that a fast run does not show them. */
export const ONLY_IF_SLOW: ShowOptions = { delayMs: 2000 }

/**
 * Runs a task of several parts. If it is slow, the number of finished parts is shown.
 *
 * @param task calls `countOne` for each part that has ended
 */
export function showPartsIfSlow<T>(
  log: Pick<Log, 'showProgress'>,
  { title, activity, total }: { readonly title: string; readonly activity: string; readonly total: number },
  task: (countOne: () => void) => Promise<T>,
): Promise<T> {
  let done = 0
  return log.showProgress(
    title,
    report => {
      const show = (): void => report({ activity, amount: total > 1 ? `${done} of ${total}` : undefined })
      show()
      return task(() => {
        done++
        show()
      })
    },
    ONLY_IF_SLOW,
  )
}
