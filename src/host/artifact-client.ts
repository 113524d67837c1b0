import type { DefaultArtifactClient } from '@actions/artifact'
import { packageProxyVariables } from '../http/proxy.js'
import { TransientError } from '../http/retry.js'
import { withTimeout } from '../util/async.js'
import { messageOf, UserError } from '../util/error.js'
import { filterOutput } from '../util/filter-output.js'
import { withVariables } from '../util/scoped-variables.js'
import { formatSeconds } from '../util/text.js'

/** GitHub's client. It reads the variables of the job from `process.env`. */
type Client = Pick<
  DefaultArtifactClient,
  'uploadArtifact' | 'listArtifacts' | 'downloadArtifact' | 'deleteArtifact'
>

let loading: Promise<Client> | undefined

/** Loads the client on first use, because it is large. */
async function loadClient(): Promise<Client> {
  const { DefaultArtifactClient } = await import('@actions/artifact')
  return new DefaultArtifactClient()
}

/** The artifact does not exist, or does not exist any more. */
export class ArtifactNotFound extends Error {
  override readonly name = 'ArtifactNotFound'
}

/** One try of a download failed. The message is the reason. */
export class FailedTry extends TransientError {}

/**
 * Calls the client and translates its errors: a `UserError` if there is no artifact service, `ArtifactNotFound`, or a
 * `TransientError` if the service cannot be reached, which @actions/artifact 6.2.1 does not retry.
 */
export async function callClient<T>(call: (client: Client) => Promise<T>): Promise<T> {
  loading ??= loadClient()
  const client = await loading
  try {
    return await withVariables(packageProxyVariables(process.env), () => call(client))
  } catch (error) {
    throw translateError(messageOf(error)) ?? error
  }
}

/**
 * The client logs this line when one try of a download has failed. @actions/artifact 6.2.1 would then wait 5 s, use the same
 * signed URL up to 4 more times, and throw an error without the reason.
 */
const FAILED_TRY =
  /^::debug::Failed to download artifact after \d+ retries due to (.*)\. Retrying in \d+ seconds/

/**
 * Lines that @actions/artifact 6.2.1 prints before its next step. None is printed by an event listener: an exception there would
 * end this process.
 */
const NEXT_STEP =
  /^(::debug::)?(\[Request\]|Attempt \d+ of|Starting download of artifact|Content-Type:|Failed to download)/

/**
 * Calls the client and prints nothing. If one try of a download fails, the call ends with `FailedTry`, so that the next try of
 * the caller gets a new signed URL. After the timeout, the call throws a `TransientError`. The client may still wait for a
 * response then, and its output is dropped until it ends, at the latest before its next step.
 */
export async function callQuietly<T>(call: (client: Client) => Promise<T>, timeoutMs?: number): Promise<T> {
  let failure: TransientError | undefined
  const shouldPrint = (text: string): boolean => {
    const reason = FAILED_TRY.exec(text)?.[1]
    if (reason !== undefined) failure ??= new FailedTry(reason)
    if (failure !== undefined && NEXT_STEP.test(text)) throw failure
    // The runner must know the signatures of URLs.
    return text.startsWith('::add-mask::')
  }
  const calling = callClient(client => filterOutput(shouldPrint, () => call(client))).catch(error => {
    throw failure ?? error
  })
  if (timeoutMs === undefined) return calling
  return withTimeout(timeoutMs, calling, () => {
    failure = new TransientError(`the call did not end within ${formatSeconds(timeoutMs)}`)
    return failure
  })
}

/** The hint for a rejected token. */
export const TOKEN_HINT = 'The token for artifacts is only valid while its job runs: use it only in that job.'

const VARIABLES_HINT = 'Do not change ACTIONS_RUNTIME_TOKEN and ACTIONS_RESULTS_URL: the runner sets them.'

/** Messages of @actions/artifact 6.2.1, and the errors to throw instead. */
const TRANSLATIONS: readonly {
  readonly matches: RegExp
  readonly create: (match: RegExpExecArray) => Error
}[] = [
  {
    matches: /^No artifacts found for ID|^Artifact not found for name|Failed request: \(404\)/,
    create: ({ input }) => new ArtifactNotFound(input),
  },
  {
    matches: /^(Failed to \w+: )?Unable to make request: (\w+)/,
    create: ([, call, code]) => {
      const server = call === undefined ? 'the storage for artifacts' : 'the artifact service'
      return new TransientError(`${server} cannot be reached: ${code}`)
    },
  },
  {
    matches: /^Unable to get the (\w+) env variable/,
    create: ([, name]) =>
      new UserError(`No artifact service was found: ${name} is not set`, {
        hint: 'GitHub sets it for actions, but not for `run` steps. Elsewhere, pass the archives on in a folder.',
      }),
  },
  {
    matches: /not currently supported on GHES/,
    create: () =>
      new UserError('GitHub Enterprise Server does not support artifacts of version 4 and newer', {
        hint: 'Build and merge in one job, and pass the archives on in a folder.',
      }),
  },
  {
    matches: /^Invalid URL/,
    create: () =>
      new UserError('ACTIONS_RESULTS_URL or GITHUB_SERVER_URL is not a URL', { hint: VARIABLES_HINT }),
  },
  {
    // The message may quote the token.
    matches: /^Failed to get backend IDs|^Invalid token specified/,
    create: () =>
      new UserError('ACTIONS_RUNTIME_TOKEN is not a token for the artifact service', {
        hint: VARIABLES_HINT,
      }),
  },
]

function translateError(message: string): Error | undefined {
  for (const { matches, create } of TRANSLATIONS) {
    const match = matches.exec(message)
    if (match) return create(match)
  }
  return undefined
}
