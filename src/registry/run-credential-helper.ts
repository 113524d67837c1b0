import { type ChildProcess, spawn } from 'node:child_process'
import { codeOf, messageOf, UserError } from '../util/error.js'
import { keepTail, ProgramNotFound } from '../util/exec.js'

export interface HelperOptions {
  /** The environment of this process. The helper gets only the variables of `helperEnvironment`. */
  readonly env: Readonly<Record<string, string | undefined>>
  /** Ends the helper. */
  readonly signal?: AbortSignal | undefined
  /** Default: two minutes, because a person may have to unlock a keychain. */
  readonly timeoutMs?: number | undefined
}

export interface HelperResult {
  /** The exit code, or 128 if a signal ended the helper. */
  readonly code: number
  readonly stdout: string
  /** The last 16 KiB. */
  readonly stderr: string
}

const DEFAULT_TIMEOUT_MS = 120_000
const MAX_STDOUT_BYTES = 1024 * 1024
const MAX_STDERR_BYTES = 16 * 1024

/** The time for output that other processes of the helper still write after its end. */
const DRAIN_MS = 500

/**
 * Runs `docker-credential-<name> get` in its own process group, which is killed as a whole at the end. Throws `ProgramNotFound`,
 * or a `UserError` if the helper cannot be started, does not end in time, or writes more than 1 MiB.
 *
 * @param input the standard input
 */
export async function runCredentialHelper(
  program: string,
  input: string,
  { env, signal, timeoutMs = DEFAULT_TIMEOUT_MS }: HelperOptions,
): Promise<HelperResult> {
  signal?.throwIfAborted()
  // `detached` makes the helper the leader of a group. All its processes can then be ended, also those that it leaves behind.
  const child = spawn(program, ['get'], {
    env: helperEnvironment(env),
    detached: true,
    stdio: ['pipe', 'pipe', 'pipe'],
  })
  const stdout: Buffer[] = []
  const stderr = keepTail(MAX_STDERR_BYTES)
  let written = 0
  let isSettled = false
  return new Promise((resolve, reject) => {
    const settle = (finish: () => void): void => {
      if (isSettled) return
      isSettled = true
      clearTimeout(timer)
      signal?.removeEventListener('abort', onAbort)
      killGroup(child)
      for (const stream of [child.stdin, child.stdout, child.stderr]) stream.destroy()
      finish()
    }
    const fail = (error: unknown): void => settle(() => reject(error))
    const onAbort = (): void => fail(signal?.reason)
    const timer = setTimeout(
      () => fail(new UserError(`it did not end within ${timeoutMs / 1000} s`)),
      timeoutMs,
    )
    const end = (code: number | null): void =>
      settle(() =>
        resolve({ code: code ?? 128, stdout: Buffer.concat(stdout).toString(), stderr: stderr.readText() }),
      )
    signal?.addEventListener('abort', onAbort, { once: true })
    child.stdout.on('data', (chunk: Buffer) => {
      written += chunk.length
      if (written <= MAX_STDOUT_BYTES) stdout.push(chunk)
      else fail(new UserError('it wrote more than 1 MiB to standard output'))
    })
    child.stderr.on('data', (chunk: Buffer) => stderr.push(chunk))
    child.once('error', error => fail(describeStartError(program, error)))
    // A process that the helper left behind may keep its output open.
    child.once('exit', code => setTimeout(() => end(code), DRAIN_MS).unref())
    child.once('close', end)
    // The helper may end without reading its input.
    child.stdin.on('error', () => {})
    child.stdin.end(input)
  })
}

function killGroup({ pid }: ChildProcess): void {
  if (pid === undefined) return
  try {
    process.kill(-pid, 'SIGKILL')
  } catch {
    // The group has ended.
  }
}

/** Like `execvp`, `spawn` fails with EACCES if this user has no access to a folder of PATH. */
function describeStartError(program: string, error: Error): Error {
  const isHidden = codeOf(error) === 'EACCES' && !program.includes('/')
  if (codeOf(error) === 'ENOENT' || isHidden) return new ProgramNotFound(program, error)
  return new UserError(`${program} could not be started: ${messageOf(error)}`, { cause: error })
}

/**
 * The variables that the usual helpers read: `ecr-login`, `gcloud`, `gcr`, `acr-env`, `pass`, `secretservice`, `osxkeychain`,
 * `desktop`. Everything else is left out, above all tokens of the job and of this program: a helper is found by a name in a file,
 * and needs none of them.
 */
const HELPER_VARIABLES: readonly RegExp[] = [
  // The user and the session: D-Bus, a display or a terminal to ask for a password.
  /^(PATH|HOME|USER|LOGNAME|SHELL|TMPDIR|LANG|LANGUAGE|LC_\w+|TERM|TZ)$/,
  /^(XDG_\w+|DBUS_SESSION_BUS_ADDRESS|DISPLAY|WAYLAND_DISPLAY|XAUTHORITY|__CF_USER_TEXT_ENCODING)$/,
  // Docker Desktop in WSL.
  /^(WSL_INTEROP|WSL_DISTRO_NAME|WSLENV)$/,
  // docker-credential-pass.
  /^(PASSWORD_STORE_\w+|GNUPGHOME|GPG_TTY)$/,
  /^(DOCKER_CONFIG|REGISTRY_AUTH_FILE)$/,
  // The network.
  /^(https?|all|no)_proxy$/i,
  /^(NIX_SSL_CERT_FILE|SSL_CERT_(FILE|DIR)|(CURL|REQUESTS)_CA_BUNDLE)$/,
  // Clouds: their own credentials, regions and folders.
  /^(AWS|GOOGLE|CLOUDSDK|GCE_METADATA|AZURE|ACR)_\w+$/,
  /^(IDENTITY_(ENDPOINT|HEADER)|MSI_(ENDPOINT|SECRET))$/,
]

/** Returns the variables for a credential helper. */
export function helperEnvironment(env: HelperOptions['env']): Record<string, string> {
  const passed = Object.entries(env).filter(
    (entry): entry is [string, string] =>
      entry[1] !== undefined && HELPER_VARIABLES.some(pattern => pattern.test(entry[0])),
  )
  return Object.fromEntries(passed)
}

/** Returns the values of a helper's variables that are secrets. The helper may print them in an error. */
export function helperSecrets(env: HelperOptions['env']): string[] {
  return Object.entries(helperEnvironment(env))
    .filter(([name]) => /SECRET|TOKEN|PASSWORD|ACCESS_KEY|IDENTITY_HEADER/.test(name))
    .map(([, value]) => value)
    .filter(value => value !== '' && !value.startsWith('/'))
}
