import type { Host, Log } from '../../host/host.js'
import { formatPlatform } from '../../oci/platform.js'
import { pushReferrers } from '../../registry/push-referrers.js'
import { ALL_SBOM_FORMATS, SBOM_FORMATS } from '../../sbom/formats.js'
import { mapLimit } from '../../util/async.js'
import { nameSetting } from '../../util/input-name.js'
import { limitList, pluralize } from '../../util/text.js'
import type { Destination } from '../shared/destinations.js'
import { warnOnFailure } from '../shared/failures.js'
import type { PackageChanges } from '../shared/package-changes.js'
import type { PlanDocument } from '../shared/plan-document.js'
import { type ContainerImages, IMAGES_AT_ONCE } from '../shared/platform-image.js'
import { findPackageChanges, type PublishedImage, readPublishedContents } from './compare-with-published.js'
import { createSboms, type SbomDocument } from './create-sboms.js'
import { type DecidedIndex, listTagsToSet } from './decide-tags.js'
import { checkNewFiles, uploadFiles, writeBlob } from './new-files.js'
import { type DescribedIndex, nameIndexes, type SentIndex } from './push-index.js'

/** A plan without SBOMs does not look for those of unchanged containers, so these may have none. */
export function reportPlanWithoutSboms(plan: PlanDocument | undefined, log: Pick<Log, 'warning'>): void {
  const unchanged = plan?.containers.filter(({ build }) => !build).map(({ name }) => name) ?? []
  if (plan === undefined || plan.sbom || unchanged.length === 0) return
  log.warning(
    `The plan was made without ${nameSetting('sbom', 'true')}, so it was not checked whether ${limitList(unchanged)} ` +
      `${unchanged.length === 1 ? 'has' : 'have'} an SBOM. Set the same value for the plan, the build and the merge`,
  )
}

/**
 * Creates the SBOMs of an index. Warns if it was built without the list of its contents.
 *
 * @param isReleased the SBOMs become files of a release
 */
export async function describeIndex(
  index: DecidedIndex,
  isReleased: boolean,
  { log }: Host,
): Promise<DescribedIndex> {
  const { container } = index.destination
  const isKnown = !container.unchanged || index.targets.every(target => hasIndex(target, index))
  // The published index has its SBOMs, and nothing else needs them.
  if (container.unchanged && isKnown && !isReleased) return { ...index, sboms: [], attestations: [] }
  const complete = container.unchanged ? await addPublishedContents(container, log) : container
  const unknown = complete.images.filter(({ contents }) => contents === undefined)
  if (unknown.length > 0) {
    const systems = unknown.map(({ system }) => system).join(', ')
    const why = container.unchanged
      ? 'no SBOM of its published image can be read'
      : `it was built without ${nameSetting('sbom', 'true')}`
    log.warning(`${container.name} gets no SBOM for ${systems}: ${why}`)
  }
  const destination = { ...index.destination, container: complete }
  const sboms = await createSboms({ ...index, destination })
  return { ...index, destination, sboms, attestations: [] }
}

function hasIndex({ existing }: DecidedIndex['targets'][number], { index }: DecidedIndex): boolean {
  return existing.has(index.blob.digest)
}

/** An unchanged image was not built by this run, so its contents are read from its published SBOM. */
async function addPublishedContents(
  container: ContainerImages,
  log: Pick<Log, 'warning'>,
): Promise<ContainerImages> {
  const images = await mapLimit(container.images, IMAGES_AT_ONCE, async each => {
    const { externalLayers, image, system } = each
    if (externalLayers === undefined) return each
    const consequence = `Cannot read the SBOM of ${container.name} for ${system}`
    const contents = await warnOnFailure(consequence, log, () =>
      readPublishedContents(externalLayers.repository, image.manifest.digest),
    )
    return { ...each, contents }
  })
  return { ...container, images }
}

/**
 * Pushes the SBOMs of all indexes to the repositories of the indexes, before any tag is set. Returns the indexes with the
 * requests and bytes for that.
 */
export async function pushSboms(indexes: readonly SentIndex[], host: Host): Promise<SentIndex[]> {
  if (indexes.every(({ sboms }) => sboms.length === 0)) return [...indexes]
  const items = indexes.flatMap(({ index, sboms, targets }) =>
    targets.map(({ repository, upload }) => ({
      index,
      referrers: sboms.map(({ referrer }) => referrer),
      repository,
      newSubjects: upload.newManifests,
    })),
  )
  const meters = await host.log.showProgress(nameIndexes(indexes), report => {
    report({ activity: 'uploading SBOMs' })
    return pushReferrers(items, { signal: host.signal })
  })
  let next = 0
  return indexes.map(index => ({
    ...index,
    targets: index.targets.map(target => {
      const { requests = 0, bytesSent = 0 } = meters[next++] ?? {}
      const { upload } = target
      const sums = { requests: upload.requests + requests, bytesSent: upload.bytesSent + bytesSent }
      return { ...target, upload: { ...upload, ...sums } }
    }),
  }))
}

/**
 * Writes the SBOMs of an image next to its archive, if the image is not pushed. They are not in the archive: podman refuses an
 * archive whose `index.json` has a second manifest. Returns the index with the paths of the files.
 */
export async function writeSbomFiles(index: DescribedIndex, { log }: Host): Promise<DescribedIndex> {
  const { archive, repositories } = index.destination
  if (archive === undefined || repositories.length > 0 || index.sboms.length === 0) return index
  const sboms = index.sboms.map(sbom => ({ ...sbom, path: sbomPathOf(archive, sbom) }))
  for (const { document, path } of sboms) await writeBlob(document, path)
  log.info(`${pluralize(sboms.length, 'SBOM')} next to ${archive}`)
  return { ...index, sboms }
}

/**
 * Compares the packages of each index with those of the image that its first changed tag pointed to before. Nothing is returned
 * for an index without such an image, or whose image has no SBOM. A failure only causes a warning.
 */
export async function findChangesOfTags(
  indexes: readonly SentIndex[],
  { kind, log }: Host,
): Promise<PackageChanges[]> {
  // Only the job summary shows them.
  if (kind !== 'github') return []
  const found = await mapLimit(indexes, IMAGES_AT_ONCE, index => {
    const { container } = index.destination
    const previous = findPreviousImage(index)
    if (previous === undefined) return Promise.resolve(undefined)
    return warnOnFailure(`Cannot compare the packages of ${container.name} with ${previous.name}`, log, () =>
      findPackageChanges(container, previous),
    )
  })
  return found.filter(changes => changes !== undefined)
}

function findPreviousImage({ targets, index }: SentIndex): PublishedImage | undefined {
  for (const { repository, outcomes, tags } of targets)
    for (const tag of listTagsToSet(outcomes)) {
      const image = tags.imageByTag.get(tag)
      if (image && image.digest !== index.blob.digest) return { repository, image, name: tag }
    }
  return undefined
}

/** Throws a `UserError` if an SBOM would overwrite an archive, or the SBOM of another container. */
export function checkSbomPaths(
  destinations: readonly Destination[],
  containers: readonly ContainerImages[],
): void {
  checkNewFiles('SBOM', destinations.flatMap(listSbomPaths), { destinations, containers })
}

function listSbomPaths({ archive, repositories, container }: Destination): string[] {
  if (archive === undefined || repositories.length > 0) return []
  const platforms = container.images.map(({ image }) => formatPlatform(image.platform))
  return [...platforms, undefined].flatMap(platform =>
    ALL_SBOM_FORMATS.map(format => sbomPathOf(archive, { format, ...(platform && { platform }) })),
  )
}

/** `out/fd.linux-arm64.cdx.json` for the archive `out/fd.tar`; `out/fd.index.cdx.json` for its index. */
export function sbomPathOf(archive: string, { platform = 'index', format }: NamedSbom): string {
  return `${archive.replace(/(\.oci)?\.tar$/, '')}.${platform.replaceAll('/', '-')}${SBOM_FORMATS[format].ending}`
}

type NamedSbom = Pick<SbomDocument, 'platform' | 'format'>

/** Uploads the SBOMs as artifacts of the workflow run. A failure only causes a warning. */
export async function uploadSboms(indexes: readonly Pick<SentIndex, 'sboms'>[], host: Host): Promise<void> {
  const sboms = indexes.flatMap(index => index.sboms)
  const files = sboms.map(({ document, fileName }) => ({ blob: document, fileName }))
  await uploadFiles('SBOMs', files, host)
}
