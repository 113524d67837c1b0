import { join } from 'node:path'
import { isGitHubDotCom } from '../../host/event.js'
import type { Host } from '../../host/host.js'
import type { MergeInputs } from '../../input/input-table.js'
import { formatReference, parseReference, type Reference } from '../../oci/reference.js'
import { listImageNames, type TagRequest } from '../../tags/parse-tags-input.js'
import type { GitRef } from '../../tags/subject.js'
import { UsageError, UserError } from '../../util/error.js'
import { nameInput } from '../../util/input-name.js'
import { MERGED_ENDING } from './find-archives.js'
import { archivesFolderOf } from './job-folder.js'
import type { ContainerImages } from './platform-image.js'
import { allowAnonymous, checkCredential, type RegistryInputs } from './registry-client.js'

/** Templates with `{name}`, `{image}` and `{owner}`. */
interface DestinationTemplates {
  readonly image: readonly string[]
  readonly archive: string | undefined
}

/** The destinations of a run, before the containers are known. */
export interface DestinationSettings extends DestinationTemplates {
  /** The registries of the `image` templates, also if nothing is pushed. */
  readonly registries: readonly Pick<Reference, 'registry'>[]
  /** The inputs to log in to the registries. */
  readonly access: RegistryInputs
  /** Upload the multi-arch archives as artifacts. */
  readonly uploadsArchives: boolean
  /** The archives were not requested. They are for tests of a pull request. */
  readonly isTrial: boolean
  /** Only archives are written, because the user wants that: a key may sign them. */
  readonly canSignArchives: boolean
}

type DestinationInputs = DestinationTemplates & RegistryInputs & Pick<MergeInputs, 'push' | 'tags'>

/**
 * Decides about the destinations of images. A pull request does not push; its archives are uploaded as artifacts instead, or
 * kept in a folder if the job has no artifact service. Throws a `UserError` before any work is done if the run has no output, or
 * if templates or credentials are wrong.
 */
export function resolveDestinations(inputs: DestinationInputs, host: Host, ref: GitRef): DestinationSettings {
  const owner = ownerOf(host)
  const pushes = mayPush(inputs, host, ref)
  const uploadsArchives = !pushes && host.artifacts !== undefined
  const templates = imageTemplatesOf(inputs, host)
  const image = pushes ? templates : []
  const isTrial = !pushes && inputs.archive === undefined && (uploadsArchives || host.kind === 'github')
  const archive = isTrial ? join(trialFolderOf(host), `{name}${MERGED_ENDING}`) : inputs.archive
  if (archive === undefined && image.length === 0) {
    throw new UsageError('No destination is set for the images', {
      hint: `Set ${nameInput('image')} to push to a registry, ${nameInput('archive')} to write a file, or both.`,
    })
  }
  const sample = { name: 'name', image: 'image', owner }
  if (archive !== undefined) fillTemplate(archive, sample, 'archive')
  // Unchanged images are read from these registries, also if nothing is pushed.
  const registries = templates.map(template => parseRepository(fillTemplate(template, sample, 'image')))
  const access = pushes ? inputs : allowAnonymous(inputs)
  checkCredential(access, registries)
  return {
    image,
    archive,
    registries,
    access,
    uploadsArchives,
    isTrial,
    canSignArchives: !isTrial && image.length === 0 && ref.kind !== 'pull-request' && !host.isFromFork,
  }
}

/** Without an artifact service, later steps of the job can read the archives. */
function trialFolderOf(host: Host): string {
  return host.artifacts === undefined ? archivesFolderOf(host) : host.temp
}

/** With `push: auto`, pull requests and runs from forks do not push: their code is not reviewed or not trusted. */
export function mayPush(
  { push }: Pick<MergeInputs, 'push'>,
  { isFromFork }: Host,
  { kind }: GitRef,
): boolean {
  return push === 'auto' ? kind !== 'pull-request' && !isFromFork : push === 'true'
}

/** Returns the owner of the repository on GitHub. */
export function ownerOf(host: Host): string | undefined {
  return host.kind === 'github' ? host.env.GITHUB_REPOSITORY_OWNER : undefined
}

/**
 * Returns the `image` templates: the input, otherwise the names in `tags`, otherwise ghcr.io if the run is on github.com and
 * no archive is requested.
 */
export function imageTemplatesOf(
  { image, archive, tags }: DestinationTemplates & Pick<MergeInputs, 'tags'>,
  host: Host,
): readonly string[] {
  if (image.length > 0) return image
  const named = listImageNames(tags)
  if (named.length > 0) return [...new Set(named)]
  const hasDefault = archive === undefined && ownerOf(host) !== undefined && isGitHubDotCom(host.env)
  return hasDefault ? ['ghcr.io/{owner}/{image}'] : []
}

/** The destinations of the index of one container. */
export interface Destination {
  readonly container: ContainerImages
  readonly repositories: readonly Reference[]
  /** The path of the multi-arch archive to write. */
  readonly archive: string | undefined
}

/** Fills in the templates for each container. Throws a `UserError` if two containers have the same destination. */
export function assignDestinations(
  containers: readonly ContainerImages[],
  { image, archive, isTrial }: Pick<DestinationSettings, 'image' | 'archive' | 'isTrial'>,
  owner: string | undefined,
): Destination[] {
  const destinations = containers.map(container => ({
    container,
    repositories: repositoriesOf(container, image, owner),
    // An unchanged image can be pulled from the registry.
    archive:
      archive === undefined || (isTrial && container.unchanged)
        ? undefined
        : fillTemplate(archive, placeholdersOf(container, owner), 'archive'),
  }))
  checkDistinct(destinations)
  return destinations
}

/** Returns the repositories that the index of a container is pushed to. */
export function repositoriesOf(
  container: Pick<ContainerImages, 'name' | 'imageName'>,
  templates: readonly string[],
  owner: string | undefined,
): Reference[] {
  const placeholders = placeholdersOf(container, owner)
  return templates.map(template => parseRepository(fillTemplate(template, placeholders, 'image')))
}

/** The outputs of a container. */
interface ContainerOutputs {
  readonly container: Pick<ContainerImages, 'name'>
  readonly repositories: readonly Reference[]
  readonly archive?: string | undefined
}

/**
 * Returns all repositories and archives. Throws a `UserError` if two containers would have the same destination. Called before
 * anything is built.
 */
export function checkDestinations(
  containers: readonly Pick<ContainerImages, 'name' | 'imageName'>[],
  { image, archive }: Pick<DestinationSettings, 'image' | 'archive'>,
  owner: string | undefined,
): { readonly repositories: readonly Reference[]; readonly archives: readonly string[] } {
  const outputs = containers.map(container => ({
    container,
    repositories: repositoriesOf(container, image, owner),
    archive: archive && fillTemplate(archive, placeholdersOf(container, owner), 'archive'),
  }))
  checkDistinct(outputs)
  return {
    repositories: outputs.flatMap(({ repositories }) => repositories),
    archives: outputs.flatMap(output => output.archive ?? []),
  }
}

function checkDistinct(destinations: readonly ContainerOutputs[]): void {
  const containerByOutput = new Map<string, string>()
  for (const { container, repositories, archive } of destinations) {
    const outputs = [...repositories.map(formatReference), ...(archive === undefined ? [] : [archive])]
    for (const output of new Set(outputs)) {
      const other = containerByOutput.get(output)
      if (other !== undefined) {
        const input = output === archive ? 'archive' : 'image'
        throw new UserError(`${other} and ${container.name} have the same destination: ${output}`, {
          hint: `Use {name} in ${nameInput(input)}. It is replaced by the name of the container.`,
        })
      }
      containerByOutput.set(output, container.name)
    }
  }
}

/** Throws a `UsageError` if `tags` names a repository that is not a destination. Called before anything is built. */
export function checkTagRepositories(request: TagRequest, repositories: readonly Reference[]): void {
  const known = new Set(repositories.map(formatReference))
  if (known.size === 0) return
  const unknown = listImageNames(request).find(name => !known.has(nameRepository(name)))
  if (unknown === undefined) return
  throw new UsageError(`${nameInput('tags')} contains a tag for ${unknown}, which is not a destination`, {
    hint: `The destinations are ${[...known].join(', ')}.`,
  })
}

/** Returns the complete name of a repository, in lower case. */
export function nameRepository(text: string): string {
  return formatReference(parseReference(text))
}

/** The values of the placeholders of a template. A placeholder without a value cannot be used. */
interface Placeholders {
  /** The name of the container in the flake. */
  readonly name: string
  /** The name of the image in dockerTools. */
  readonly image: string
  /** The owner of the repository on GitHub. */
  readonly owner?: string | undefined
}

function placeholdersOf(
  { name, imageName }: Pick<ContainerImages, 'name' | 'imageName'>,
  owner: string | undefined,
): Placeholders {
  return { name, image: stripRegistry(imageName), owner }
}

/** An image name may contain the registry that it was made for: `quay.io/owner/fd` becomes `fd`. */
function stripRegistry(imageName: string): string {
  const [first = '', ...path] = imageName.split('/')
  return path.length > 0 && /[.:]|^localhost$/.test(first) ? (path.at(-1) ?? imageName) : imageName
}

/** Throws a `UserError` if a placeholder is unknown or has no value. */
function fillTemplate(template: string, placeholders: Placeholders, input: string): string {
  return template.replace(/\{([^{}]*)\}/g, (placeholder, key: string) => {
    const value = new Map(Object.entries(placeholders)).get(key)
    if (value !== undefined) return value
    const why = key === 'owner' ? 'is only known on GitHub' : 'is not a placeholder'
    throw new UserError(`${nameInput(input)} contains ${placeholder}, which ${why}: ${template}`, {
      hint: 'The placeholders are {name}, {image} and, on GitHub, {owner}.',
    })
  })
}

/** Throws a `UsageError` if the text contains a tag or a digest. */
function parseRepository(text: string): Reference {
  const reference = parseReference(text)
  if (reference.tag === undefined && reference.digest === undefined) return reference
  throw new UsageError(`${nameInput('image')} must not contain a tag or a digest: ${text}`, {
    hint: `Use ${nameInput('tags')} for tags.`,
  })
}
