import type { GitHubRepository } from '../../github/github-repository.js'
import type { ReleaseAsset } from '../../github/release-with-assets.js'
import { sizeOf } from '../../oci/descriptor.js'
import { blobsOf } from '../../oci/image.js'
import { formatPlatform } from '../../oci/platform.js'
import { parseReference, type Reference } from '../../oci/reference.js'
import { Repository } from '../../registry/repository.js'
import type { GitRef } from '../../tags/subject.js'
import { waitForAll } from '../../util/async.js'
import { UserError } from '../../util/error.js'
import { nameInput, nameSetting } from '../../util/input-name.js'
import { checkRelease, type ReleasePlan, releaseImages } from '../release/release.js'
import type { PlatformSize } from '../release/write-release-notes.js'
import type { Merged } from '../shared/merge-result.js'
import type { ContainerImages } from '../shared/platform-image.js'
import { parseTaggedImage, readImage } from '../shared/published-images.js'
import type { NamedSigner } from '../shared/verification-lines.js'
import type { SbomDocument } from './create-sboms.js'
import type { IndexContext, IndexToPush } from './prepare-indexes.js'
import type { StatementBundle } from './statement-bundle.js'

const NO_REF: GitRef = { kind: 'no-commit' }

/** Decides what this run releases. Throws a `UserError` if a release is not possible. */
export function planRelease(indexes: readonly IndexToPush[], hasToken: boolean): ReleasePlan {
  const versions = indexes.map(({ destination, version }) => ({
    container: destination.container.name,
    version,
  }))
  const refs = indexes.map(({ git }) => git.ref)
  const [ref = NO_REF] = refs
  if (refs.some(({ sha }) => sha !== ref.sha))
    return { kind: 'none', why: 'its containers are from several commits' }
  const plan = checkRelease({ versions, ref, hasToken })
  if (plan.kind === 'release') checkHaveTags(indexes)
  return plan
}

/** The release names images by their tags. */
function checkHaveTags(indexes: readonly IndexToPush[]): void {
  for (const { destination, repositories } of indexes) {
    if (repositories.every(({ requestedTags }) => requestedTags.length > 0)) continue
    throw new UserError(`A release needs a tag for ${destination.container.name}, and none was chosen`, {
      hint: `Correct ${nameInput('tags')}, or set ${nameSetting('release', 'false')}. Nothing was pushed.`,
    })
  }
}

interface ReleaseStepContext extends Pick<IndexContext, 'client' | 'signal' | 'log'> {
  /** Empty if no SBOMs are requested. */
  readonly sboms: readonly SbomDocument[]
  /** Empty if nothing is signed. */
  readonly attestations: readonly StatementBundle[]
  readonly containers: readonly ContainerImages[]
  /** Absent if the images are not signed. */
  readonly signer: NamedSigner | undefined
}

/** Creates the release of the pushed images, with their SBOMs and attestations as files. */
export async function releaseMerged(
  plan: ReleasePlan,
  merged: readonly Merged[],
  repository: GitHubRepository,
  { client, signal, log, sboms, attestations, containers, signer }: ReleaseStepContext,
): Promise<void> {
  const version = plan.kind === 'release' ? plan.version.text : ''
  const openPrevious = (container: string, previousVersion: string): Repository | undefined => {
    const [pushed] = merged.find(each => each.container === container)?.pushed ?? []
    if (pushed === undefined) return undefined
    const previous = replaceVersion(pushed.tags, version, previousVersion)
    return new Repository(client, previous, { signal })
  }
  const readPreviousSizes = async (name: string, previousVersion: string) => {
    const repository = openPrevious(name, previousVersion)
    return repository && readSizes(repository)
  }
  const readPackageChanges = async (name: string, previousVersion: string) => {
    const repository = openPrevious(name, previousVersion)
    const container = containers.find(each => each.name === name)
    if (sboms.length === 0 || repository === undefined || container === undefined) return undefined
    // Loaded only if it is used.
    const { findChangesSinceTag } = await import('./compare-with-published.js')
    return findChangesSinceTag(container, repository, previousVersion)
  }
  const assets = plan.kind === 'release' ? assetsOf(sboms, attestations, log) : []
  await releaseImages(plan, merged, {
    ...{ repository, log, assets, signer },
    readPreviousSizes,
    readPackageChanges,
  })
}

/** GitHub's limit is 1000 files. */
const MAX_ASSETS = 1000

function assetsOf(
  sboms: readonly SbomDocument[],
  attestations: readonly StatementBundle[],
  log: IndexContext['log'],
): ReleaseAsset[] {
  const files = [
    ...sboms.map(({ fileName, document }) => ({ fileName, content: document })),
    ...attestations.map(({ fileName, bundle }) => ({ fileName, content: bundle })),
  ]
  if (files.length > MAX_ASSETS) {
    const what = attestations.length === 0 ? 'SBOMs' : 'SBOMs and attestations'
    log.warning(
      `The release gets no ${what}: there are ${files.length}, and a release has at most ${MAX_ASSETS} files`,
    )
    return []
  }
  // GitHub writes a point for each other character.
  return files.map(({ fileName, content }) => ({ name: fileName.replaceAll('+', '.plus.'), content }))
}

/** Returns the tag of a previous version. It has the same prefix and suffix as the tag of this version. */
function replaceVersion(tags: readonly string[], version: string, previousVersion: string): Reference {
  const versionTag = tags.map(parseReference).find(({ tag = '' }) => tag.includes(escapeVersion(version)))
  if (versionTag === undefined) throw new Error(`no tag contains the version ${version}`)
  const { registry, repository, tag = '' } = versionTag
  return {
    registry,
    repository,
    tag: tag.replace(escapeVersion(version), escapeVersion(previousVersion)),
  }
}

/** A tag must not contain a plus sign. */
function escapeVersion(version: string): string {
  return version.replaceAll('+', '-')
}

async function readSizes(repository: Repository): Promise<PlatformSize[] | undefined> {
  const found = await repository.getManifest(repository.reference.tag ?? '')
  if (!found) return undefined
  const images = await waitForAll(parseTaggedImage(found).manifests.map(each => readImage(repository, each)))
  return images.map(({ image }) => ({
    platform: formatPlatform(image.platform),
    size: sizeOf(blobsOf([image])),
  }))
}
