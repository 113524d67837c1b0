import { withTimeout } from './async.js'
import { messageOf } from './error.js'
import type { Exec, ExecResult } from './exec.js'

/** Who we are, and how programs are run. */
export interface Privileges {
  readonly exec: Exec
  /** The user's number; `undefined` where users have none. */
  readonly uid: number | undefined
  /** What would take root is this user's own here: no sudo. */
  readonly ownsTarget?: boolean
}

interface RootOptions {
  readonly input?: string
  readonly onErrorLine?: (line: string) => void
  /** Asks the program to end, which is then waited for. */
  readonly signal?: AbortSignal
}

/** What sudo asks may be far away, or a finger on a key that nobody is there to lay. */
const SUDO_TIMEOUT_MS = 10_000

/** Whether programs can be run as root without asking anybody. A sudo that gives no answer counts as none. */
export async function canUseRoot(rights: Privileges, patience = SUDO_TIMEOUT_MS): Promise<boolean> {
  if (rights.uid === undefined) return false
  if (rights.uid === 0) return true
  const trying = runAsRoot(rights, 'true', []).then(({ code }) => code === 0)
  return withTimeout(patience, trying, () => new Error('sudo gives no answer')).catch(() => false)
}

/**
 * Runs a program as root, through sudo where we are not, with none of our variables but a handful. A program that is
 * not there (`sudo`, as a rule) fails like one that refuses. With a signal, the program has ended before the abort is thrown.
 */
export async function runAsRoot(
  rights: Privileges,
  command: string,
  args: readonly string[],
  options: RootOptions = {},
): Promise<ExecResult> {
  const { signal, ...rest } = options
  signal?.throwIfAborted()
  const end = (pid: number): void => void runAsRoot(rights, 'sh', ['-c', `kill -TERM ${pid}`])
  const ending = forwardAbort(signal, end)
  try {
    return await runWithSudo(rights, [command, ...args], { ...rest, onStart: ending.started })
  } finally {
    ending.over()
    signal?.throwIfAborted()
  }
}

async function runWithSudo(
  { exec, uid, ownsTarget = uid === 0 }: Privileges,
  command: readonly string[],
  options: Omit<RootOptions, 'signal'> & { onStart(pid: number): void },
): Promise<ExecResult> {
  const [program = '', ...args] = ownsTarget ? command : ['sudo', '-n', ...command]
  try {
    // In English, so that what went wrong can be told from the words.
    return await exec(program, args, { input: '', ...options, clean: true, env: { LC_ALL: 'C' } })
  } catch (error) {
    return { code: 127, stdout: '', stderr: messageOf(error) }
  }
}

/** Only root may end what root runs; sudo hands on a signal that comes from elsewhere. */
function forwardAbort(signal: AbortSignal | undefined, end: (pid: number) => void) {
  let onAbort = (): void => {}
  return {
    started(pid: number): void {
      onAbort = () => end(pid)
      if (signal?.aborted) onAbort()
      else signal?.addEventListener('abort', onAbort, { once: true })
    },
    over: (): void => signal?.removeEventListener('abort', onAbort),
  }
}
