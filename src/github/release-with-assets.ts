import type { Blob } from '../oci/descriptor.js'
import { UserError } from '../util/error.js'
import { asArray, asCount, asObject, asOptionalString, asString } from '../util/json.js'
import { ApiError, type GitHubApi } from './api.js'

/** A file of a release. */
export interface ReleaseAsset {
  readonly name: string
  /** Its media type is the type of the file. */
  readonly content: Blob
}

/** The release to create, as GitHub's API expects it, and its files. */
interface ReleaseContent {
  readonly fields: { readonly tag_name: string; readonly body: string; readonly make_latest: string }
  readonly assets: readonly ReleaseAsset[]
}

interface DraftContext {
  readonly api: GitHubApi
  /** `/repos/owner/name` */
  readonly base: string
  /** Whether this program has written a release with these notes. */
  readonly isOwn: (body: string) => boolean
}

/**
 * Creates a release with files: as a draft, which is published when it has all files. A published release can be immutable, and
 * then accepts no more files. The draft of an interrupted run is continued. Returns the URL of the release; `undefined` if
 * another run has published it.
 */
export async function createReleaseWithAssets(
  content: ReleaseContent,
  context: DraftContext,
): Promise<string | undefined> {
  const { api, base } = context
  const [interrupted] = await findDrafts(content, context)
  if (interrupted) await deleteOldAssets(content, interrupted, context)
  const draft = interrupted ?? (await createDraft(content, context))
  for (const asset of content.assets) await addAsset(asset, draft, context)
  try {
    const release = await api.request('PATCH', `${base}/releases/${draft.id}`, {
      ...content.fields,
      draft: false,
    })
    return parseDraft(release).url
  } catch (error) {
    if (!isAlreadyExisting(error) && !isNotFound(error)) throw error
    await deleteIfPresent(`${base}/releases/${draft.id}`, context)
    return undefined
  }
}

interface Draft {
  readonly id: number
  readonly tag: string
  readonly body: string
  readonly isDraft: boolean
  /** The web page of the release. */
  readonly url: string
  readonly uploadUrl: string
  readonly assets: readonly StoredAsset[]
}

interface StoredAsset {
  readonly id: number
  readonly name: string
  readonly size: number
  /** The media type. */
  readonly type: string
  /** `uploaded`, or the state of an upload that was interrupted. */
  readonly state: string
  /** Old servers do not return it. */
  readonly digest: string | undefined
}

const MAX_PAGES = 10
const PER_PAGE = 100

/** Returns the drafts of this program for a tag, oldest first. GitHub does not find drafts by their tag. */
async function findDrafts(
  { fields }: ReleaseContent,
  { api, base, isOwn }: DraftContext,
): Promise<readonly Draft[]> {
  const found: Draft[] = []
  for (let page = 1; page <= MAX_PAGES; page++) {
    const path = `${base}/releases?per_page=${PER_PAGE}&page=${page}`
    const releases = asArray(await api.request('GET', path), 'releases').map(parseDraft)
    found.push(
      ...releases.filter(({ isDraft, tag, body }) => isDraft && tag === fields.tag_name && isOwn(body)),
    )
    if (releases.length < PER_PAGE) break
  }
  return found.sort((a, b) => a.id - b.id)
}

/** GitHub allows several drafts of a tag. If two runs create one at the same time, both continue the older one. */
async function createDraft(content: ReleaseContent, context: DraftContext): Promise<Draft> {
  const { api, base } = context
  // A draft cannot be the latest release.
  const { make_latest: _, ...fields } = { ...content.fields, draft: true }
  const created = parseDraft(await api.request('POST', `${base}/releases`, fields))
  const [oldest = created] = await findDrafts(content, context)
  if (oldest.id >= created.id) return created
  await deleteIfPresent(`${base}/releases/${created.id}`, context)
  return oldest
}

/**
 * Deletes the files of an interrupted run that this run does not have: its containers can have other names. Files of other types
 * are not from this program.
 */
async function deleteOldAssets(
  { assets }: ReleaseContent,
  draft: Draft,
  context: DraftContext,
): Promise<void> {
  const names = new Set(assets.map(({ name }) => name))
  const types = new Set(assets.map(({ content }) => content.mediaType))
  for (const { id, name, type } of draft.assets)
    if (!names.has(name) && types.has(type))
      await deleteIfPresent(`${context.base}/releases/assets/${id}`, context)
}

const MAX_UPLOADS = 3

/** Uploads a file unless the draft has it. A file with other content, or of an interrupted upload, is replaced. */
async function addAsset(asset: ReleaseAsset, draft: Draft, context: DraftContext): Promise<void> {
  const { api, base } = context
  let stored = draft.assets.find(({ name }) => name === asset.name)
  for (let upload = 1; upload <= MAX_UPLOADS; upload++) {
    if (stored && isSame(stored, asset)) return
    if (stored) await deleteIfPresent(`${base}/releases/assets/${stored.id}`, context)
    try {
      const sent = parseAsset(await api.upload(uploadUrlOf(draft, asset.name), asset.content))
      if (isSame(sent, asset)) return
      stored = sent
    } catch (error) {
      // The answer to an earlier try was lost, or another run uploads the same file.
      if (!isAlreadyExisting(error)) throw error
      const { assets } = parseDraft(await api.request('GET', `${base}/releases/${draft.id}`))
      stored = assets.find(({ name }) => name === asset.name)
    }
  }
  if (stored && isSame(stored, asset)) return
  throw new UserError(`GitHub stores another file than ${asset.name} of the release ${draft.tag}`, {
    hint: 'Run the job again. The release is a draft until it has all files.',
  })
}

function isSame({ name, size, state, digest }: StoredAsset, asset: ReleaseAsset): boolean {
  const { content } = asset
  const isComplete = state === 'uploaded' && name === asset.name && size === content.size
  return isComplete && (digest === undefined || digest === content.digest)
}

/** `upload_url` is a template (RFC 6570): `https://uploads.github.com/repos/owner/name/releases/1/assets{?name,label}`. */
function uploadUrlOf({ uploadUrl }: Draft, name: string): string {
  return `${uploadUrl.replace(/\{.*$/, '')}?${new URLSearchParams({ name })}`
}

async function deleteIfPresent(path: string, { api }: DraftContext): Promise<void> {
  try {
    await api.request('DELETE', path)
  } catch (error) {
    if (!isNotFound(error)) throw error
  }
}

function isNotFound(error: unknown): boolean {
  return error instanceof ApiError && error.refusal.status === 404
}

function isAlreadyExisting(error: unknown): boolean {
  return (
    error instanceof ApiError &&
    error.refusal.status === 422 &&
    error.refusal.codes.includes('already_exists')
  )
}

function parseDraft(value: unknown): Draft {
  const release = asObject(value, 'a release')
  return {
    id: asCount(release.id, 'id'),
    tag: asString(release.tag_name, 'tag_name'),
    body: asOptionalString(release.body, 'body') ?? '',
    isDraft: release.draft === true,
    url: asOptionalString(release.html_url, 'html_url') ?? '',
    uploadUrl: asOptionalString(release.upload_url, 'upload_url') ?? '',
    assets: asArray(release.assets ?? [], 'assets').map(parseAsset),
  }
}

function parseAsset(value: unknown): StoredAsset {
  const asset = asObject(value, 'an asset')
  return {
    id: asCount(asset.id, 'id'),
    name: asString(asset.name, 'name'),
    size: asCount(asset.size, 'size'),
    type: asOptionalString(asset.content_type, 'content_type') ?? '',
    state: asOptionalString(asset.state, 'state') ?? '',
    digest: asOptionalString(asset.digest, 'digest'),
  }
}
