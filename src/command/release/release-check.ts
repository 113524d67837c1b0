import { type GitRef, isDefaultBranch } from '../../tags/subject.js'
import { parseVersion, type Version } from '../../tags/version.js'
import { UserError } from '../../util/error.js'

/** What a run is to release, as known before anything is pushed. */
export type ReleasePlan =
  | { readonly kind: 'release'; readonly version: Version; readonly sha: string }
  | { readonly kind: 'none'; readonly why: string }

export interface ReleaseSubject {
  /** Each container's version: the input's, else its own; may be no semver. */
  readonly versions: readonly { readonly container: string; readonly version?: string | undefined }[]
  readonly ref: GitRef
  /** Whether there is a token for GitHub. What it may do cannot be asked for. */
  readonly hasToken: boolean
}

/**
 * Decides whether this run may release. Throws `UserError` when the containers have several versions, whatever started the
 * run, so that a pull request shows it already; and when a release could not be made for want of a token.
 */
export function checkRelease({ versions, ref, hasToken }: ReleaseSubject): ReleasePlan {
  const text = onlyVersion(versions)
  const why = notNow(ref)
  if (why !== undefined) return { kind: 'none', why }
  if (text === undefined) return { kind: 'none', why: 'there is no version; `version` can name one' }
  const version = parseVersion(text)
  if (!version) return { kind: 'none', why: `${text} is no version such as 1.2.3` }
  if (ref.sha === undefined) return { kind: 'none', why: 'the commit is not known' }
  if (hasToken) return { kind: 'release', version, sha: ref.sha }
  throw new UserError('A release needs a token for GitHub, and there is none', {
    hint: 'Leave `github-token` at its default, and give the job `permissions: contents: write`.',
  })
}

function onlyVersion(versions: ReleaseSubject['versions']): string | undefined {
  const distinct = [...new Set(versions.map(({ version }) => version))]
  if (distinct.length <= 1) return distinct[0]
  const list = versions.map(({ container, version }) => `${container} ${version ?? '(none)'}`).join(', ')
  throw new UserError(`A release has one version, but the containers have several: ${list}`, {
    hint: 'Name one with `version`, or leave `release` off.',
  })
}

function notNow(ref: GitRef): string | undefined {
  if (ref.event === 'push' && isDefaultBranch(ref)) return undefined
  const branch =
    ref.defaultBranch === undefined ? 'the default branch' : `the default branch (${ref.defaultBranch})`
  return `that is for pushes to ${branch} on GitHub`
}
