import type { Response } from '../http/message.js'
import { sameOrigin } from '../http/origin.js'
import { discard, failed, header, readBytes } from '../http/response.js'
import { asObject, asStrings, parseJson } from '../util/json.js'
import { MIB } from '../util/units.js'
import { urlFrom } from '../util/url.js'

/** A part of a repository's tags (OCI distribution-spec, "Listing tags"). */
export interface TagPage {
  readonly tags: readonly string[]
  readonly next: URL | undefined
}

const LIMIT = 8 * MIB

/** Reads an answer with tags; a repository that is not there has none. */
export async function tagPage(response: Response): Promise<TagPage> {
  if (response.status === 404) {
    await discard(response)
    return { tags: [], next: undefined }
  }
  const bytes = await readBytes(response, LIMIT)
  try {
    const { tags } = asObject(parseJson(bytes, 'the list of tags'), 'the list of tags')
    const names = asStrings(tags ?? [], 'tags')
    return { tags: names, next: nextPage(response) }
  } catch (error) {
    throw failed(response, (error as Error).message)
  }
}

/** RFC 8288, `Link: <…>; rel="next"`; a page elsewhere than in the registry is none. */
function nextPage(response: Response): URL | undefined {
  const { url } = response.request
  const link = /<([^>]*)>\s*;[^,]*\brel\s*=\s*"?next\b/i.exec(header(response, 'link') ?? '')?.[1]
  const next = link === undefined ? undefined : urlFrom(link, url)
  if (next === undefined) return undefined
  if (next.host === url.host) next.protocol = url.protocol
  return sameOrigin(next, url) && next.href !== url.href ? next : undefined
}
