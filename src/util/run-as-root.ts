import { withTimeout } from './async.js'
import { messageOf } from './error.js'
import type { Exec, ExecResult } from './exec.js'

/** The user that runs this program. */
export interface Privileges {
  readonly exec: Exec
  /** The user id; `undefined` on systems without user ids. */
  readonly uid: number | undefined
  /** If the user can write to the target folder without sudo. Default: if the user is root. */
  readonly ownsTarget?: boolean
}

interface RootOptions {
  readonly input?: string
  /**
   * Variables to add. They are passed on standard input, because other users can see arguments, and sudo removes variables. Those
   * with a line break are left out. Not together with `input`.
   */
  readonly variables?: Readonly<Record<string, string>>
  readonly onErrorLine?: (line: string) => void
  /** Sends SIGTERM to the program and waits for its end. */
  readonly signal?: AbortSignal
}

/** Runs its arguments with the variables of standard input. */
const EXPORT_SCRIPT = 'while IFS= read -r assignment; do export "$assignment"; done; exec "$@" </dev/null'

/** sudo may wait for a directory server or a hardware key. */
const SUDO_TIMEOUT_MS = 10_000

/** Checks if programs can be run as root without a prompt. If sudo does not answer in time, returns `false`. */
export async function canUseRoot(privileges: Privileges, timeoutMs = SUDO_TIMEOUT_MS): Promise<boolean> {
  if (privileges.uid === undefined) return false
  if (privileges.uid === 0) return true
  const attempt = runAsRoot(privileges, 'true', []).then(({ code }) => code === 0)
  return withTimeout(timeoutMs, attempt, () => new Error('sudo does not respond')).catch(() => false)
}

/**
 * Runs a program as root, with sudo if needed, and only with basic variables. If the program or sudo cannot be started, the exit
 * code is 127. If the signal is aborted, the error is thrown after the program has ended.
 */
export async function runAsRoot(
  privileges: Privileges,
  command: string,
  args: readonly string[],
  options: RootOptions = {},
): Promise<ExecResult> {
  const { signal, variables, ...rest } = options
  signal?.throwIfAborted()
  const terminate = (pid: number): void => void runAsRoot(privileges, 'sh', ['-c', `kill -TERM ${pid}`])
  const forwarding = forwardAbort(signal, terminate)
  try {
    const onStart = forwarding.start
    if (variables === undefined)
      return await runWithSudo(privileges, [command, ...args], { ...rest, onStart })
    const script = ['sh', '-c', EXPORT_SCRIPT, 'sh', command, ...args]
    return await runWithSudo(privileges, script, { ...rest, input: formatVariables(variables), onStart })
  } finally {
    forwarding.stop()
    signal?.throwIfAborted()
  }
}

function formatVariables(variables: Readonly<Record<string, string>>): string {
  const entries = Object.entries(variables).filter(([, value]) => !/[\n\0]/.test(value))
  return entries.map(([name, value]) => `${name}=${value}\n`).join('')
}

async function runWithSudo(
  { exec, uid, ownsTarget = uid === 0 }: Privileges,
  command: readonly string[],
  options: Omit<RootOptions, 'signal'> & { onStart(pid: number): void },
): Promise<ExecResult> {
  const [program = '', ...args] = ownsTarget ? command : ['sudo', '-n', ...command]
  try {
    // English messages, because callers search them for known errors.
    return await exec(program, args, { input: '', ...options, clean: true, env: { LC_ALL: 'C' } })
  } catch (error) {
    return { code: 127, stdout: '', stderr: messageOf(error) }
  }
}

/** Only root can send signals to a program of root. sudo forwards SIGTERM from other processes to its program. */
function forwardAbort(signal: AbortSignal | undefined, terminate: (pid: number) => void) {
  let onAbort = (): void => {}
  return {
    start(pid: number): void {
      onAbort = () => terminate(pid)
      if (signal?.aborted) onAbort()
      else signal?.addEventListener('abort', onAbort, { once: true })
    },
    stop: (): void => signal?.removeEventListener('abort', onAbort),
  }
}
