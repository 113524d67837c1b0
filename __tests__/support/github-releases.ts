import { createHash } from 'node:crypto'
import {
  type Call,
  missing,
  nextId,
  Refused,
  type Route,
  type StoredAsset,
  type StoredRelease,
} from './github-state.js'

/** Releases, their drafts and their files. */
export const RELEASE_ROUTES: readonly Route[] = [
  { method: 'GET', path: /^\/releases$/, answer: listReleases },
  { method: 'GET', path: /^\/releases\/tags\/(.+)$/, answer: releaseByTag },
  { method: 'GET', path: /^\/releases\/(\d+)$/, answer: call => releaseJson(releaseOf(call), call) },
  { method: 'POST', path: /^\/releases$/, write: true, answer: createRelease },
  { method: 'PATCH', path: /^\/releases\/(\d+)$/, write: true, answer: changeRelease },
  { method: 'DELETE', path: /^\/releases\/(\d+)$/, write: true, answer: deleteRelease },
  { method: 'POST', path: /^\/releases\/(\d+)\/assets$/, write: true, answer: addAsset },
  { method: 'DELETE', path: /^\/releases\/assets\/(\d+)$/, write: true, answer: deleteAsset },
]

function releaseJson(release: StoredRelease, { base }: Call): object {
  const { id, tag, name, body, draft, prerelease, assets } = release
  // The page of a draft has another address.
  const html_url = `https://github.com/owner/name/releases/tag/${draft ? `untagged-${id}` : tag}`
  const upload_url = `${base}/releases/${id}/assets{?name,label}`
  const shown = { id, name, draft, prerelease, html_url, upload_url, assets: assets.map(assetJson) }
  return { tag_name: tag, body: body === '' ? null : body, ...shown }
}

function assetJson({ id, name, content, contentType, state }: StoredAsset): object {
  const digest = `sha256:${createHash('sha256').update(content).digest('hex')}`
  return { id, name, state, size: Buffer.byteLength(content), content_type: contentType, digest }
}

/** Only those who can push see drafts; every token of the tests that lists them can. */
function listReleases(call: Call): object[] {
  const { state, query } = call
  const size = Number(query.get('per_page') ?? 30)
  const page = Number(query.get('page') ?? 1)
  return [...state.releases]
    .reverse()
    .slice((page - 1) * size, page * size)
    .map(release => releaseJson(release, call))
}

function releaseByTag(call: Call): object {
  const found = call.state.releases.find(release => release.tag === call.groups[0] && !release.draft)
  if (!found) throw missing()
  return releaseJson(found, call)
}

function releaseOf({ state, groups: [id] }: Call): StoredRelease {
  const found = state.releases.find(release => release.id === Number(id))
  if (!found) throw missing()
  return found
}

const validation = (code: string, field = 'tag_name'): Refused =>
  new Refused(422, 'Validation Failed', [{ resource: 'Release', code, field }])

function createRelease(call: Call): object {
  const { state, body, pushed } = call
  const tag = String(body.tag_name)
  const draft = body.draft === true
  if (draft && body.make_latest === 'true') throw validation('invalid', 'make_latest')
  if (!draft && state.releases.some(release => release.tag === tag && !release.draft))
    throw validation('already_exists')
  // GitHub would create the tag at the head of the default branch; the code must never ask for that.
  if (!state.refs.has(`refs/tags/${tag}`) && pushed(tag) === undefined) throw validation('missing')
  const release = {
    id: nextId(state),
    assets: [],
    tag,
    name: String(body.name),
    body: String(body.body ?? ''),
    draft,
    prerelease: body.prerelease === true,
  }
  state.releases.push(release)
  if (!draft && body.make_latest === 'true') state.latest = tag
  return releaseJson(release, call)
}

function changeRelease(call: Call): object {
  const { state, body } = call
  const before = releaseOf(call)
  const after = {
    ...before,
    name: String(body.name ?? before.name),
    body: String(body.body ?? before.body),
    draft: (body.draft ?? before.draft) === true,
    prerelease: (body.prerelease ?? before.prerelease) === true,
  }
  const isTaken = state.releases.some(each => each !== before && each.tag === after.tag && !each.draft)
  if (!after.draft && isTaken) throw validation('already_exists')
  state.releases[state.releases.indexOf(before)] = after
  if (!after.draft && body.make_latest === 'true') state.latest = after.tag
  return releaseJson(after, call)
}

function deleteRelease(call: Call): undefined {
  call.state.releases.splice(call.state.releases.indexOf(releaseOf(call)), 1)
}

function addAsset(call: Call): object {
  const { state, query, content, contentType } = call
  const release = releaseOf(call)
  if (state.immutableReleases && !release.draft)
    throw new Refused(422, 'Cannot upload assets to an immutable release.')
  // GitHub changes names with other characters.
  const name = (query.get('name') ?? '').replace(/[^\w.-]/g, '.')
  if (release.assets.some(asset => asset.name === name)) throw validation('already_exists', 'name')
  const asset = { id: nextId(state), name, content, contentType, state: 'uploaded' as const }
  release.assets.push(asset)
  return assetJson(asset)
}

function deleteAsset({ state, groups: [id] }: Call): undefined {
  for (const { assets } of state.releases) {
    const n = assets.findIndex(asset => asset.id === Number(id))
    if (n < 0) continue
    assets.splice(n, 1)
    return
  }
  throw missing()
}
