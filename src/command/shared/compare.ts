import type { Host } from '../../host/host.js'
import type { PlanInputs } from '../../input/inputs.js'
import type { Container } from '../../nix/container.js'
import { IMAGE_NAME } from '../../oci/annotations.js'
import { formatReference, type Reference } from '../../oci/reference.js'
import { MAX_PARALLEL_REQUESTS, type RegistryClient } from '../../registry/client.js'
import { isAccessDenied, RegistryError } from '../../registry/describe-error.js'
import { Repository } from '../../registry/repository.js'
import { chooseTags, chooseVersion, type RequestedTag } from '../../tags/choose-tags.js'
import type { Flavor, TagRequest } from '../../tags/request.js'
import type { GitRef } from '../../tags/subject.js'
import { mapLimit } from '../../util/async.js'
import { UserError } from '../../util/error.js'
import { imageTemplates, ownerOf, repositoriesOf } from './destinations.js'
import type { PlannedContainer, PlannedSystem } from './plan-document.js'
import { archiveAnnotations, imageVersion } from './platform-image.js'
import { differenceOf, type PublishedImages, type TaggedImage, taggedImage } from './published.js'
import { type RegistryInputs, registryClient } from './registry-client.js'

/** A container with all its systems, of which it is not decided yet whether it is built. */
export interface PlannedImage extends Pick<PlannedContainer, 'name' | 'imageName' | 'version' | 'systems'> {
  readonly containers: readonly Container[]
}

interface PlannedImageOptions {
  readonly ref: GitRef
  /** Of the inputs. */
  readonly version: string | undefined
}

/** Brings what the systems' evaluations gave together by container, sorted by name. */
export function plannedImages(
  containers: readonly Container[],
  options: PlannedImageOptions,
  host: Host,
): PlannedImage[] {
  const names = [...new Set(containers.map(({ name }) => name))].sort()
  const own = new Map<string, Container[]>(names.map(name => [name, []]))
  for (const container of containers) own.get(container.name)?.push(container)
  return [...own].map(([name, all]) => plannedImage(name, all, options, host))
}

function plannedImage(
  name: string,
  containers: readonly Container[],
  { ref, version }: PlannedImageOptions,
  host: Host,
): PlannedImage {
  const systems = containers.map(
    (container): PlannedSystem => ({
      system: container.system,
      derivation: container.derivation,
      facts: archiveAnnotations(container, host),
    }),
  )
  const own = chooseVersion(version, imageVersion({ pieces: systems }), ref)
  const imageName = systems[0]?.facts[IMAGE_NAME] ?? name
  return { name, imageName, systems, containers, ...(own !== undefined && { version: own }) }
}

/** A container and the repositories that it goes to, one at least. */
interface Place {
  readonly subject: PlannedImage
  readonly references: readonly Reference[]
}

export interface LookupResult {
  readonly subject: PlannedImage
  readonly result: RegistryComparison | Unknown
}

export interface Unknown {
  /** The registry did not answer, or would not say: it hides from those who may not read it what is not there, too. */
  readonly kind: 'silent' | 'hidden'
  readonly error: UserError
}

export type AskInputs = RegistryInputs & Pick<PlanInputs, 'tags' | 'flavor'>

/** A plan can do without an answer, so it has less patience than a push. */
const ATTEMPTS = 3

/** Asks the registries what they have of each container. Their trouble is a result, and no failure. */
export async function askRegistries(
  places: readonly Place[],
  inputs: AskInputs,
  ref: GitRef,
  client: RegistryClient,
  signal: AbortSignal,
): Promise<LookupResult[]> {
  return mapLimit(places, MAX_PARALLEL_REQUESTS, asker(client, inputs, ref, signal))
}

/** A client for asking alone. */
export function askingClient(places: readonly Place[], inputs: AskInputs, host: Host): RegistryClient {
  return registryClient(
    inputs,
    places.flatMap(({ references }) => references),
    host,
    { attempts: ATTEMPTS },
  )
}

function asker(client: RegistryClient, { tags, flavor }: AskInputs, ref: GitRef, signal: AbortSignal) {
  const now = new Date()
  // Who does not answer once would let all the others wait.
  let silent: UserError | undefined
  return async ({ subject, references }: Place): Promise<LookupResult> => {
    if (silent) return { subject, result: { kind: 'silent', error: silent } }
    const { version, systems } = subject
    const candidates = candidateTags(tags, flavor, { version, ref, now })
    const repositories = references.map(each => new Repository(client, each, { signal }))
    try {
      return { subject, result: await lookEverywhere(repositories, candidates, systems) }
    } catch (error) {
      signal.throwIfAborted()
      if (!(error instanceof UserError)) throw error
      if (isSilence(error)) silent ??= error
      return { subject, result: { kind: isAccessDenied(error) ? 'hidden' : 'silent', error } }
    }
  }
}

/** No answer, or one that has nothing to do with the repository. */
function isSilence(error: UserError): boolean {
  if (!(error instanceof RegistryError)) return false
  const { status } = error.failure
  return status === undefined || status === 429 || status >= 500
}

/** The repositories that containers go to. */
export function placesOf(
  subjects: readonly PlannedImage[],
  inputs: Pick<PlanInputs, 'image' | 'tags'>,
  host: Host,
): Place[] {
  const owner = ownerOf(host)
  const templates = imageTemplates({ ...inputs, archive: undefined }, owner)
  return subjects.map(subject => ({
    subject,
    references: repositoriesOf({ container: subject.name, imageName: subject.imageName }, templates, owner),
  }))
}

/** What a container's repositories hold, one each at most; nothing where they could not be asked. */
export function basesOf({ result }: LookupResult): readonly PublishedImages[] {
  return 'bases' in result ? result.bases : []
}

/** What a repository has of a container. */
type RegistryComparison =
  | {
      readonly kind: 'unchanged'
      readonly why: string
      readonly standing: Standing
      readonly refused: Refused
      readonly bases: readonly PublishedImages[]
    }
  | {
      readonly kind: 'new' | 'changed'
      readonly why: string
      readonly refused: Refused
      /** What repositories hold of it, one each at most. */
      readonly bases: readonly PublishedImages[]
    }

type Standing = NonNullable<PlannedContainer['standing']>

/** An exact version that names something else already, as a full reference. */
type Refused = string | undefined

/** Looks under one tag after the other until one holds an index of just these derivations. */
async function lookFor(
  repository: Repository,
  tags: readonly RequestedTag[],
  systems: readonly PlannedSystem[],
): Promise<RegistryComparison> {
  const { reference } = repository
  const name = formatReference(reference)
  let why: string | undefined
  let refused: Refused
  let base: PublishedImages | undefined
  for (const { tag, kind } of tags) {
    const found = await repository.findManifest(tag)
    if (found === 'no repository') break
    if (found === 'no manifest') continue
    const holding = taggedImage(found)
    const { manifests } = holding
    if (manifests.length > 0) base ??= { repository, manifests }
    const difference = differenceOf(manifests, systems)
    if (difference === undefined)
      return { ...unchanged(reference, tag, holding, refused), bases: [{ repository, manifests }] }
    why ??= difference
    if (kind === 'exact') refused = `${name}:${tag}`
  }
  const bases = base ? [base] : []
  if (why !== undefined) return { kind: 'changed', why, refused, bases }
  return { kind: 'new', why: `new: ${name} has no image of it yet`, refused, bases }
}

function unchanged(
  { registry, repository }: Reference,
  tag: string,
  { digest, version = tag, descriptor }: TaggedImage,
  refused: Refused,
) {
  const image = formatReference({ registry, repository, digest: descriptor.digest })
  return {
    kind: 'unchanged' as const,
    why: `unchanged since ${version} (${digest.slice(0, 19)}…)`,
    standing: { image, digest: descriptor.digest },
    refused,
  }
}

/** Looks in every repository that a container goes to, of which there is one at least: it is unchanged only where all have it. */
async function lookEverywhere(
  repositories: readonly Repository[],
  tags: readonly RequestedTag[],
  systems: readonly PlannedSystem[],
): Promise<RegistryComparison> {
  const looks = await Promise.all(repositories.map(repository => lookFor(repository, tags, systems)))
  const look = looks.find(({ kind }) => kind !== 'unchanged') ?? (looks[0] as RegistryComparison)
  const refused = looks.find(each => each.refused !== undefined)?.refused
  return { ...look, refused, bases: looks.flatMap(({ bases }) => bases) }
}

/** Each costs a request where it is not there. */
const MOST = 6

const LATEST: RequestedTag = { tag: 'latest', kind: 'free' }

/** In which order they are looked at. */
const RANK = { exact: 0, branch: 1, newest: 2, free: 3 } as const

/**
 * The tags under which an image may stand as it would be built now: those that the run would set, the exact version's first, then
 * those that the default branch would set, and `latest`. What is named after a commit or a pull request is left out: it is new.
 */
export function candidateTags(
  request: TagRequest,
  flavor: Flavor,
  { version, ref, now }: { version: string | undefined; ref: GitRef; now: Date },
): RequestedTag[] {
  const wantedOn = (place: GitRef): RequestedTag[] =>
    telling(chooseTags(request, flavor, { ref: place, now, ...(version !== undefined && { version }) }))
  const { defaultBranch, sha } = ref
  const own = wantedOn(ref).filter(({ kind }) => kind !== 'free' || ref.kind !== 'pull-request')
  const onDefault =
    defaultBranch === undefined ? [] : wantedOn({ ...ref, kind: 'branch', name: defaultBranch })
  const all = [...own, ...onDefault, LATEST].filter(({ tag }) => !sha || !tag.includes(sha.slice(0, 7)))
  return all.filter(({ tag }, n) => all.findIndex(other => other.tag === tag) === n).slice(0, MOST)
}

/** Beside an exact version and the newest of all, `1` and `1.2` have nothing more to tell. */
function telling(tags: readonly RequestedTag[]): RequestedTag[] {
  const hasExact = tags.some(({ kind }) => kind === 'exact')
  const rest = hasExact ? tags.filter(({ newestOf }) => newestOf?.range.major === undefined) : tags
  return rest.toSorted((a, b) => RANK[a.kind] - RANK[b.kind])
}
