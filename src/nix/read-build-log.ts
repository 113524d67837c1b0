import { parseObjectOrEmpty } from '../util/json.js'

/** A number of parts of a build, and how many of them are done. Nix may find more parts while it works. */
export interface Count {
  readonly done: number
  readonly expected: number
}

/** How far Nix is with a build. */
export interface BuildProgress {
  /** Derivations. */
  readonly built: Count
  /** Store paths from binary caches or other stores. */
  readonly fetched: Count
  /** The unpacked size of these paths, in bytes. */
  readonly fetchedBytes: Count
  /** The last line of the log of a builder, with the name of the derivation. */
  readonly lastLine: string | undefined
}

interface LogHandlers {
  /** Called with each line that Nix prints without this format. */
  readonly onLine: (line: string) => void
  readonly onProgress?: (progress: BuildProgress) => void
}

/** Makes Nix (2.4 and newer, and Lix) print its log as JSON. */
export const JSON_LOG_OPTIONS = ['--log-format', 'internal-json']

/** True if Nix does not have this log format. */
export function lacksJsonLog(line: string): boolean {
  return /(unrecognised flag|(unknown|invalid) log format|unknown option).*(log-format|internal-json)/i.test(
    line,
  )
}

const PREFIX = '@nix '

/** `lvlInfo`, the verbosity of Nix without flags. */
const SHOWN_LEVEL = 3

/** `ActivityType` and `ResultType` of Nix (libutil/logging.hh). They are the same since Nix 2.4. */
const ACTIVITY = { copyPath: 100, copyPaths: 103, builds: 104, build: 105, buildWaiting: 111 } as const
const RESULT = { logLine: 101, progress: 105, expected: 106, hookLogLine: 107 } as const

type Activity = { readonly type: unknown; readonly name: string; count: Count }

/**
 * Returns a function that reads Nix's log line by line, in the format `internal-json`. It passes on the lines that Nix prints in
 * its usual format with `--print-build-logs`; there, Nix's progress bar makes them from the same data
 * (libmain/progress-bar.cc). Other lines are passed on unchanged.
 */
export function createBuildLogReader({ onLine, onProgress }: LogHandlers): (line: string) => void {
  const activities = new Map<unknown, Activity>()
  let expectedBytes = 0
  let fetchedBytes = 0
  let progress: BuildProgress = {
    built: { done: 0, expected: 0 },
    fetched: { done: 0, expected: 0 },
    fetchedBytes: { done: 0, expected: 0 },
    lastLine: undefined,
  }
  const update = (change: Partial<BuildProgress>): void => {
    progress = { ...progress, ...change }
    onProgress?.(progress)
  }
  const print = (text: string, prefix = ''): void => {
    for (const line of text.split(/\r\n|\r|\n/)) onLine(prefix + line)
  }
  const start = ({ id, level, type, text, fields }: LogEntry): void => {
    activities.set(id, { type, name: nameOf(fields), count: { done: 0, expected: 0 } })
    const isShown = typeof text === 'string' && text !== '' && type !== ACTIVITY.buildWaiting
    if (isShown && Number(level) <= SHOWN_LEVEL) print(`${text}...`)
  }
  const readLogLine = ({ id, type, fields: [text] }: LogEntry): void => {
    const name = activities.get(id)?.name ?? ''
    const suffix = type === RESULT.hookLogLine ? ' (post)> ' : '> '
    const prefix = name === '' ? '' : name + suffix
    print(String(text ?? ''), prefix)
    update({ lastLine: prefix + String(text ?? '') })
  }
  const readCount = ({ id, fields: [done, expected] }: LogEntry): void => {
    const activity = activities.get(id)
    if (activity === undefined) return
    const count = { done: Number(done) || 0, expected: Number(expected) || 0 }
    if (activity.type === ACTIVITY.builds) update({ built: count })
    if (activity.type === ACTIVITY.copyPaths) update({ fetched: count })
    if (activity.type !== ACTIVITY.copyPath) return
    fetchedBytes += count.done - activity.count.done
    activity.count = count
    update({ fetchedBytes: { done: fetchedBytes, expected: Math.max(expectedBytes, fetchedBytes) } })
  }
  const readResult = (entry: LogEntry): void => {
    const { type, fields } = entry
    if (type === RESULT.logLine || type === RESULT.hookLogLine) readLogLine(entry)
    if (type === RESULT.progress) readCount(entry)
    if (type === RESULT.expected && fields[0] === ACTIVITY.copyPath)
      expectedBytes = Math.max(expectedBytes, Number(fields[1]) || 0)
  }
  return line => {
    const entry = parseEntry(line)
    if (entry === undefined) return onLine(line)
    if (entry.action === 'msg') print(String(entry.msg ?? ''))
    if (entry.action === 'start') start(entry)
    if (entry.action === 'result') readResult(entry)
    if (entry.action === 'stop') activities.delete(entry.id)
  }
}

interface LogEntry {
  readonly action?: unknown
  readonly id?: unknown
  readonly level?: unknown
  readonly type?: unknown
  readonly text?: unknown
  readonly msg?: unknown
  readonly fields: readonly unknown[]
}

/** Returns `undefined` for a line that is not an entry, for example of a program that Nix has started. */
function parseEntry(line: string): LogEntry | undefined {
  if (!line.startsWith(PREFIX)) return undefined
  const value = parseObjectOrEmpty(line.slice(PREFIX.length))
  if (value.action === undefined) return undefined
  return { ...value, fields: Array.isArray(value.fields) ? value.fields : [] }
}

/** The name of the derivation of a build, without its version: `hello` for `/nix/store/…-hello-2.12.drv` (`DrvName` of Nix). */
function nameOf([path]: readonly unknown[]): string {
  const [, name = ''] = typeof path === 'string' ? (/^.*\/[0-9a-z]{32}-(.*?)(\.drv)?$/.exec(path) ?? []) : []
  const version = name.search(/-[^A-Za-z]/)
  return version < 0 ? name : name.slice(0, version)
}
