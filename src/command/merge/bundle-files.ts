import type { Host } from '../../host/host.js'
import { formatPlatform } from '../../oci/platform.js'
import { ALL_SBOM_FORMATS, SBOM_FORMATS } from '../../sbom/formats.js'
import { pluralize } from '../../util/text.js'
import type { Destination } from '../shared/destinations.js'
import type { ContainerImages } from '../shared/platform-image.js'
import { checkNewFiles, uploadFiles, writeBlob } from './new-files.js'
import type { DescribedIndex } from './push-index.js'
import type { StatementBundle } from './statement-bundle.js'

type NamedBundle = Pick<StatementBundle, 'kind' | 'platform' | 'fileName'>

/** Whether the bundles of an index are files next to its archive: nobody can read them from a registry. */
export function hasBundleFiles({
  archive,
  repositories,
}: Pick<Destination, 'archive' | 'repositories'>): boolean {
  return archive !== undefined && repositories.length === 0
}

/** Throws a `UserError` if a bundle would overwrite an archive, or the bundle of another container. */
export function checkBundlePaths(
  destinations: readonly Destination[],
  containers: readonly ContainerImages[],
): void {
  const paths = destinations.filter(hasBundleFiles).flatMap(listBundlePaths)
  checkNewFiles('attestation', paths, { destinations, containers })
}

function listBundlePaths({ archive = '', container }: Destination): string[] {
  const platforms = container.images.map(({ image }) => formatPlatform(image.platform))
  const sboms = [...platforms, undefined].flatMap(platform =>
    ALL_SBOM_FORMATS.map(format => ({
      kind: 'sbom' as const,
      fileName: SBOM_FORMATS[format].ending,
      ...(platform && { platform }),
    })),
  )
  const whole = (['provenance', 'signature'] as const).map(kind => ({ kind, fileName: '' }))
  return [...whole, ...sboms].map(bundle => bundlePathOf(archive, bundle))
}

/** `out/fd.provenance.sigstore.json` and `out/fd.linux-arm64.cdx.sigstore.json` for the archive `out/fd.tar`. */
function bundlePathOf(archive: string, { kind, platform = 'index', fileName }: NamedBundle): string {
  const [, format = ''] = /\.(cdx|spdx)\.(?:sigstore\.)?json$/.exec(fileName) ?? []
  const what = kind === 'sbom' ? `${platform.replaceAll('/', '-')}.${format}` : kind
  return `${archive.replace(/(\.oci)?\.tar$/, '')}.${what}.sigstore.json`
}

/** Writes the bundles of an image next to its archive. Returns the index with the paths of the files. */
export async function writeBundleFiles(
  index: DescribedIndex,
  { log }: Pick<Host, 'log'>,
): Promise<DescribedIndex> {
  const { archive } = index.destination
  if (archive === undefined) return index
  const attestations = index.attestations.map(each => ({ ...each, path: bundlePathOf(archive, each) }))
  for (const { bundle, path } of attestations) await writeBlob(bundle, path)
  log.info(`${pluralize(attestations.length, 'attestation')} next to ${archive}`)
  return { ...index, attestations }
}

/** Uploads the bundles as artifacts of the workflow run. A failure only causes a warning. */
export async function uploadBundles(
  indexes: readonly Pick<DescribedIndex, 'attestations'>[],
  host: Host,
): Promise<void> {
  const bundles = indexes.flatMap(({ attestations }) => attestations)
  const files = bundles.map(({ bundle, fileName }) => ({ blob: bundle, fileName }))
  await uploadFiles('attestations', files, host)
}
