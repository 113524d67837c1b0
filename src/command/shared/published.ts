import type { Log } from '../../host/host.js'
import { CONTENT, CREATED, REVISION, VERSION } from '../../oci/annotations.js'
import type { Annotations, Descriptor } from '../../oci/descriptor.js'
import { type IndexDocument, parseIndex } from '../../oci/image-index.js'
import { parseManifest } from '../../oci/manifest.js'
import { isIndexType } from '../../oci/media-type.js'
import { isRefusal } from '../../registry/describe-error.js'
import type { FoundManifest } from '../../registry/manifests.js'
import type { Repository } from '../../registry/repository.js'
import type { Held } from '../../tags/may-move.js'
import type { Wanted } from '../../tags/wanted.js'
import { mapLimit, together } from '../../util/async.js'
import { IMAGES_AT_ONCE } from './platform-image.js'

/** What a tag holds, and what that says of itself. */
export interface Holding extends Held {
  readonly descriptor: Descriptor
  readonly bytes: Buffer
  readonly annotations: Annotations
  /** Its images' descriptors; none when it is no index. */
  readonly manifests: readonly Descriptor[]
}

/** What a repository has, as far as a run's tags are concerned. */
export interface Standing {
  readonly held: ReadonlyMap<string, Holding>
  /** Every tag, where they are to be compared. */
  readonly tags: readonly string[]
  /** The registry says that there is no such repository yet. */
  readonly empty: boolean
}

/**
 * Looks what the tags that a run asks for hold now.
 *
 * @param log told when tags may not be listed; for a further look, which has nothing new to tell, there is none
 */
export async function lookUp(
  repository: Repository,
  wanted: readonly Wanted[],
  log?: Pick<Log, 'warning'>,
): Promise<Standing> {
  const compares = wanted.some(({ kind }) => kind === 'newest' || kind === 'branch')
  const [tags, found] = await together([
    compares ? listTags(repository, log) : Promise.resolve([]),
    mapLimit(wanted, IMAGES_AT_ONCE, async ({ tag }) => [tag, await repository.findManifest(tag)] as const),
  ])
  const held = found.flatMap(([tag, manifest]) =>
    typeof manifest === 'string' ? [] : [[tag, holdingOf(manifest)] as const],
  )
  const empty = found.length > 0 && found.every(([, manifest]) => manifest === 'no repository')
  return { held: new Map(held), tags, empty }
}

/** Who may push need not have the right to list tags; then what the tags hold has to do. */
async function listTags(repository: Repository, log: Pick<Log, 'warning'> | undefined): Promise<string[]> {
  try {
    return await repository.tags()
  } catch (error) {
    if (!isRefusal(error)) throw error
    const { registry, repository: path } = repository.reference
    log?.warning(
      `The tags of ${registry}/${path} may not be listed, so newer versions are only seen where a tag holds them`,
    )
    return []
  }
}

/** What somebody else's tool has pushed may be of another shape, and says nothing then. */
export function holdingOf({ descriptor, bytes }: FoundManifest): Holding {
  const { manifests, annotations = {} } = read({ descriptor, bytes })
  const { [VERSION]: version, [REVISION]: revision, [CREATED]: created } = annotations
  const date = new Date(created ?? '')
  return {
    descriptor,
    bytes,
    annotations,
    manifests,
    digest: descriptor.digest,
    ...(version && { version }),
    ...(revision && { revision }),
    ...(!Number.isNaN(date.getTime()) && { created: date }),
  }
}

function read({ descriptor, bytes }: FoundManifest): Pick<IndexDocument, 'manifests' | 'annotations'> {
  try {
    if (isIndexType(descriptor.mediaType)) return parseIndex(bytes)
    const { annotations } = parseManifest(bytes)
    return { manifests: [], ...(annotations && { annotations }) }
  } catch {
    return { manifests: [] }
  }
}

export function contentOf({ annotations }: Holding): string | undefined {
  return annotations[CONTENT]
}
