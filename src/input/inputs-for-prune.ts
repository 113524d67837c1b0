import { UserError } from '../util/error.js'
import { defineGitHubToken } from './inputs-for-nix.js'
import { parseBoolean, parseRepositories } from './parse.js'
import { defineInput } from './read-inputs.js'

const image = defineInput({
  name: 'image',
  on: 'action',
  placeholder: 'REF',
  repeats: true,
  parse: parseRepositories,
  doc:
    'The repositories to prune, without a tag, for example `ghcr.io/owner/name`, newline-separated. On the command ' +
    'line, they are arguments.',
})

const keep = defineInput({
  name: 'keep',
  brief: 'The number of newest versions to keep',
  placeholder: 'N|all',
  default: '10',
  parse: parseKeep,
  doc:
    'The number of newest versions whose tags stay, in the order of versions. `1.2.3`, `v1.2.3-rc.1` and ' +
    '`1.2.3-alpine` count as one version. `all`: the tags of all exact versions stay.',
})

const olderThan = defineInput({
  name: 'older-than',
  brief: 'The age at which unused images may go',
  placeholder: 'AGE',
  default: '30d',
  parse: parseAge,
  doc:
    'The age from which exact versions, tags of commits and images without a tag are removed, in days or weeks, for ' +
    'example `30d` or `8w`. At least `1d`. Images of closed pull requests are removed after a day.',
})

const closedPullRequests = defineInput({
  name: 'closed-pull-requests',
  brief: 'Remove images of closed pull requests',
  placeholder: 'true|false',
  default: 'true',
  parse: parseBoolean,
  doc:
    'Remove the tags `pr-<number>` of closed pull requests. GitHub is asked for the state of each pull request in the ' +
    'repository that the package is linked to.',
})

const deleteVersions = defineInput({
  name: 'delete',
  placeholder: '',
  default: 'false',
  parse: parseBoolean,
  doc: 'Delete the unused versions. By default, they are only listed.',
})

/** The token for the packages API. */
export const pruneToken = defineGitHubToken(
  "The token for GitHub's API, and for ghcr.io if no other credentials are found. The job needs `permissions: " +
    'packages: write`, and its repository the role Admin for the package.',
)

export const pruneInputs = { image, keep, olderThan, closedPullRequests, delete: deleteVersions }

function parseKeep(text: string): number | 'all' {
  if (text === 'all') return 'all'
  if (/^[1-9]\d{0,5}$/.test(text)) return Number(text)
  throw new UserError(`${JSON.stringify(text)} is not a number of versions`, {
    hint: 'Use a number from 1 on, or `all` to keep all exact versions.',
  })
}

const DAY = 24 * 60 * 60_000
const UNITS: Readonly<Record<string, number>> = { d: DAY, w: 7 * DAY }

/** Returns milliseconds. */
function parseAge(text: string): number {
  const [, number = '', unit = ''] = /^([1-9]\d{0,4})\s*([dw])$/.exec(text) ?? []
  const length = UNITS[unit]
  if (length !== undefined) return Number(number) * length
  throw new UserError(`${JSON.stringify(text)} is not an age`, {
    hint: 'Use a number of days or weeks, for example `30d` or `8w`.',
  })
}
