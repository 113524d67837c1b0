import { asObject, asOptionalString, asString } from '../util/json.js'

/** A release that people can see; drafts are none. */
export interface GitHubRelease {
  readonly tag: string
  readonly body: string
  readonly prerelease: boolean
  /** The page for people. */
  readonly url: string
}

export interface NewRelease {
  /** The Git tag, which must be there. */
  readonly tag: string
  readonly name: string
  /** Markdown. */
  readonly body: string
  readonly prerelease: boolean
  /** Whether the repository's page shows it as the latest. */
  readonly makeLatest: boolean
}

export function parseRelease(value: unknown): GitHubRelease {
  const it = asObject(value, 'a release')
  return {
    tag: asString(it.tag_name, 'tag_name'),
    body: asOptionalString(it.body, 'body') ?? '',
    prerelease: it.prerelease === true,
    url: asOptionalString(it.html_url, 'html_url') ?? '',
  }
}

export function isDraft(value: unknown): boolean {
  return asObject(value, 'a release').draft === true
}

/** As the API wants it. */
export function releaseFields({ tag, name, body, prerelease, makeLatest }: NewRelease): object {
  // A truth value in quotes, since there is a third word: https://docs.github.com/rest/releases/releases
  return { tag_name: tag, name, body, prerelease, make_latest: String(makeLatest) }
}
