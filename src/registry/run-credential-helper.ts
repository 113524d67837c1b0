import { joinSignals } from '../util/abort-signal.js'
import { UserError } from '../util/error.js'
import { type ExecResult, exec } from '../util/exec.js'
import { formatSeconds } from '../util/text.js'

export interface HelperOptions {
  /** The environment of this process. The helper gets only the variables of `helperEnvironment`. */
  readonly env: Readonly<Record<string, string | undefined>>
  /** Ends the helper. */
  readonly signal?: AbortSignal | undefined
  /** Default: two minutes, because a person may have to unlock a keychain. */
  readonly timeoutMs?: number | undefined
}

const DEFAULT_TIMEOUT_MS = 120_000

/**
 * Runs `docker-credential-<name> get` with the variables of `helperEnvironment`, in its own process group, which ends with it.
 * Throws `ProgramNotFound`, or a `UserError` if the helper cannot be started or does not end in time.
 *
 * @param input the standard input
 */
export async function runCredentialHelper(
  program: string,
  input: string,
  { env, signal, timeoutMs = DEFAULT_TIMEOUT_MS }: HelperOptions,
): Promise<ExecResult> {
  signal?.throwIfAborted()
  const timeout = AbortSignal.timeout(timeoutMs)
  try {
    return await exec(program, ['get'], {
      input,
      env: { ...unsetVariables(), ...helperEnvironment(env) },
      ownGroup: true,
      signal: signal ? joinSignals(signal, timeout) : timeout,
    })
  } catch (error) {
    signal?.throwIfAborted()
    if (timeout.aborted) throw new UserError(`it did not end within ${formatSeconds(timeoutMs)}`)
    throw error
  }
}

function unsetVariables(): Record<string, undefined> {
  return Object.fromEntries(Object.keys(process.env).map(name => [name, undefined]))
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
