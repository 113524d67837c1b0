import { messageOf, UserError } from '../../util/error.js'
import { escapeProse, formatCodeBlock } from '../../util/markdown.js'
import { pluralize, truncateText } from '../../util/text.js'

/** More failures make a page that nobody reads. */
const MAX_FAILURES = 20
/** The first line says what failed, the last ones why. */
const MAX_LINES = 30
const MAX_LINE_LENGTH = 400

/** Returns the part of the job summary that says why a run failed, as Markdown. */
export function formatFailureSummary(error: unknown): string {
  const failures = error instanceof UserError && error.failures.length > 0 ? error.failures : [error]
  const title = failures.length > 1 ? `### ${pluralize(failures.length, 'failure')}` : '### Failed'
  const omitted = failures.length - MAX_FAILURES
  const more = omitted > 0 ? [`… and ${pluralize(omitted, 'more failure')}`] : []
  return [title, ...failures.slice(0, MAX_FAILURES).flatMap(formatFailure), ...more].join('\n\n')
}

/** Returns the message as a code block, and what to do below. */
function formatFailure(error: unknown): string[] {
  const message = formatCodeBlock('text', limitLines(messageOf(error).split(/\r\n|\r|\n/)))
  const hint = error instanceof UserError ? error.hint : undefined
  return hint === undefined ? [message] : [message, hint.split('\n').map(escapeProse).join('<br>')]
}

function limitLines(lines: readonly string[]): string[] {
  const [first = '', ...rest] = lines.map(line => truncateText(line, MAX_LINE_LENGTH))
  const omitted = rest.length - MAX_LINES
  return omitted <= 0
    ? [first, ...rest]
    : [first, `… ${pluralize(omitted, 'line')} left out`, ...rest.slice(-MAX_LINES)]
}
