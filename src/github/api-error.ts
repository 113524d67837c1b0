import { UserError } from '../util/error.js'
import { asArray, asObject, type JsonObject, unquotedFields } from '../util/json.js'

/** What GitHub answered instead of doing what was asked for. */
export interface Refusal {
  /** As in `POST /repos/owner/name/git/refs`. */
  readonly deed: string
  readonly status: number
  /** GitHub's own words. */
  readonly message: string
  /** The codes of a validation that failed: `already_exists`, `missing_field`, … */
  readonly codes: readonly string[]
  /** Whether a token was sent. */
  readonly withToken: boolean
}

/** GitHub refused, in the user's terms. */
export class ApiError extends UserError {
  override readonly name = 'ApiError'
  readonly refusal: Refusal

  constructor(refusal: Refusal) {
    const { deed, status, message } = refusal
    super(`GitHub refused ${deed} with ${status}: ${message}`, { hint: hintFor(refusal) })
    this.refusal = refusal
  }
}

/** Reads GitHub's `{"message": …, "errors": [{"code", "message"}]}`; something else may stand before it and answer otherwise. */
export function readRefusal(deed: string, status: number, withToken: boolean, body: string): Refusal {
  const fields = unquotedFields(body)
  const errors = problemsOf(fields)
  const words = [text(fields.message), ...errors.map(error => text(error.message))].filter(
    each => each !== '',
  )
  const codes = errors.map(error => text(error.code)).filter(code => code !== '')
  const said = words.length > 0 ? [...words, ...codes] : [oneLine(body).slice(0, 200) || '(nothing)']
  return { deed, status, message: said.join('; '), codes, withToken }
}

function problemsOf({ errors }: JsonObject): JsonObject[] {
  try {
    return asArray(errors ?? [], 'errors').map(each =>
      typeof each === 'string' ? { message: each } : asObject(each, 'error'),
    )
  } catch {
    return []
  }
}

function text(value: unknown): string {
  return typeof value === 'string' ? oneLine(value) : ''
}

function oneLine(words: string): string {
  return words.replace(/\s+/g, ' ').trim()
}

const CONTENTS_HINT =
  'Give the job `permissions: contents: write`. Where the workflow is called by another (`uses: …/publish.yml`), the calling job must grant it.'

interface Hint {
  matches(refusal: Refusal): boolean
  readonly hint: string
}

/** The first that matches is told. */
const HINTS: readonly Hint[] = [
  {
    matches: ({ status, message }) => status === 403 && /not accessible by integration/i.test(message),
    hint: CONTENTS_HINT,
  },
  {
    matches: ({ status, message }) => status === 403 && /not accessible by personal access/i.test(message),
    hint: 'The token may not do this: it needs "Contents: Read and write" on this repository.',
  },
  {
    matches: isRateLimit,
    hint: 'The limit is per token and hour, or for requests in quick succession. Run the job again later.',
  },
  {
    matches: ({ message }) => /rule violations|protected by/i.test(message),
    hint: 'A ruleset of the repository forbids this: let GitHub Actions bypass it, or leave `release` off.',
  },
  {
    matches: ({ status }) => status === 401,
    hint: 'The token is wrong, or is no longer valid: the one of a job ends with the job.',
  },
  {
    matches: ({ status, withToken }) => status === 404 && !withToken,
    hint: 'There was no token; without one, only public repositories can be seen.',
  },
  {
    matches: ({ status }) => status === 404,
    hint: 'There is no such thing, or the token may not see it.',
  },
]

function hintFor(refusal: Refusal): string | undefined {
  return HINTS.find(({ matches }) => matches(refusal))?.hint
}

/** Both kinds: so many requests an hour, and so many in quick succession. */
export function isRateLimit({ status, message }: Pick<Refusal, 'status' | 'message'>): boolean {
  return status === 429 || (status === 403 && /rate limit|abuse detection/i.test(message))
}
