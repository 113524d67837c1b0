import { readlink } from 'node:fs/promises'
import { join } from 'node:path'
import type { Readable } from 'node:stream'
import { buffer } from 'node:stream/consumers'
import type { Host } from '../../host/host.js'
import { type Bytes, openLazily } from '../../image/format/bytes.js'
import { isLayout, type Layout, openLayout } from '../../image/layout.js'
import type { PackedImage } from '../../image/read-image.js'
import { type ImageSource, openSource } from '../../image/source.js'
import { REF_NAME } from '../../oci/annotation-keys.js'
import { parseConfig } from '../../oci/config.js'
import type { Descriptor } from '../../oci/descriptor.js'
import { isIndexType, isManifestType } from '../../oci/descriptor.js'
import { makeImage } from '../../oci/image.js'
import { formatReference, parseReference, type Reference } from '../../oci/reference.js'
import type { RegistryClient } from '../../registry/client.js'
import { Repository } from '../../registry/repository.js'
import { UserError } from '../../util/error.js'
import { exists } from '../../util/files.js'
import { nameInput } from '../../util/input-name.js'
import { quoteControlCharacters } from '../../util/text.js'
import { ImageNotFound } from './published-images.js'
import { createRegistryClient, type RegistryInputs } from './registry-client.js'

/** Reads and verifies a small JSON blob. */
export type ReadBlob = (descriptor: Descriptor) => Promise<Buffer>

/** A source of images: an archive, a folder with an OCI layout, or a repository of a registry. */
export interface ImageLocation {
  /** The name that the user gave. */
  readonly name: string
  /** A file can contain several images. `top` is an index or a manifest. */
  readonly images: readonly { readonly name: string; readonly top: Descriptor }[]
  readonly readBlob: ReadBlob
  /** Returns the bytes of a layer, verified while they are read. */
  openLayer(layer: Descriptor): Bytes
  /** Runs a task that reads a layer, and retries it if the connection breaks. */
  retry<T>(task: () => Promise<T>): Promise<T>
  /** True if layers are read without the network. */
  readonly isLocal: boolean
  /** The repository, if it is not a file. */
  readonly repository?: Repository
  /** Whether a file was made without this blob: a layer of a thin archive, or a foreign layer. */
  omits(descriptor: Descriptor): boolean
}

/** Packs an image that is neither a layout nor in a registry: what Nix built. Runs a stream script. */
export type PackResult = (source: ImageSource, directory: string, host: Host) => Promise<PackedImage>

/** What locations are opened with. */
export interface LocationContext {
  readonly inputs: RegistryInputs
  readonly host: Host
  readonly packResult: PackResult
}

/**
 * Opens all names, and calls `task` with their locations. If a file of that name exists, it is used; otherwise the name is a
 * reference. All references share one client, so that a password for more than one registry is refused.
 */
export async function withLocations<T>(
  names: readonly string[],
  { inputs, host, packResult }: LocationContext,
  task: (locations: readonly ImageLocation[]) => Promise<T>,
): Promise<T> {
  const resolved = await Promise.all(names.map(resolveName))
  const references = resolved.flatMap(each => ('reference' in each ? each.reference : []))
  const client = createRegistryClient(inputs, references, host)
  const open = (each: ResolvedName, n: number): Promise<ImageLocation> =>
    'reference' in each
      ? openRepository(client, each.reference, host.signal)
      : openFile(each, source => packResult(source, join(host.temp, `inspect-${n}`), host))
  try {
    return await task(await Promise.all(resolved.map(open)))
  } finally {
    client.close()
  }
}

type ResolvedName = { readonly reference: Reference } | FileName

interface FileName {
  readonly name: string
  readonly path: string
  /** The tag in a layout: `oci:folder:tag`. */
  readonly tag?: string
}

/** Names as skopeo and podman write them. */
const TRANSPORT = /^(docker:\/\/|oci:|oci-archive:|docker-archive:|docker-daemon:|containers-storage:)(.*)$/s

async function resolveName(name: string): Promise<ResolvedName> {
  await checkLink(name)
  if (await exists(name)) return { name, path: name }
  const [, transport, rest = ''] = TRANSPORT.exec(name) ?? []
  switch (transport) {
    case undefined:
      return { reference: parseMissingFile(name) }
    case 'docker://':
      return { reference: parseReference(rest) }
    case 'docker-daemon:':
    case 'containers-storage:':
      throw new UserError(`${name}: images in the store of a container engine cannot be read`, {
        hint: 'Save the image to a file: `docker save NAME -o image.tar` or `podman save NAME -o image.tar`.',
      })
    default:
      return resolvePath(name, rest)
  }
}

/** Returns the path of an image that is a file or a folder, for a command that reads no registry. */
export async function resolveImageFile(name: string): Promise<string> {
  const isFile = (await exists(name)) || TRANSPORT.test(name) || /[./]/.test(name)
  if (!isFile) {
    throw new UserError(`The file ${name} does not exist`, {
      hint: `To select a container of a flake, use ${nameInput('containers')} or \`.#${name}\`.`,
    })
  }
  const resolved = await resolveName(name)
  if ('path' in resolved && resolved.tag === undefined) return resolved.path
  throw new UserError(`${name} is not a file or a folder`, {
    hint: 'Write the path of an image that Nix built, for example ./result.',
  })
}

/** What is after the last colon of a path can be a tag. */
async function resolvePath(name: string, rest: string): Promise<FileName> {
  await checkLink(rest)
  if (await exists(rest)) return { name, path: rest }
  const [, path = '', tag = ''] = /^(.+):([^:/]+)$/.exec(rest) ?? []
  if (path !== '' && (await exists(path))) return { name, path, tag }
  throw new UserError(`The file ${rest} does not exist`, { hint: MISSING_FILE_HINT })
}

/** Otherwise, a link whose target is missing would be looked up in a registry. */
async function checkLink(name: string): Promise<void> {
  const target = await readlink(name).catch(() => undefined)
  if (target === undefined || (await exists(name))) return
  throw new UserError(`${name} is a symbolic link to ${quoteControlCharacters(target)}, which does not exist`)
}

/** A name that looks like a path was probably meant as a file. */
function parseMissingFile(name: string): Reference {
  if (/\.tar(\.\w+)?$|^[./]/.test(name))
    throw new UserError(`The file ${name} does not exist`, { hint: MISSING_FILE_HINT })
  return parseReference(name)
}

const MISSING_FILE_HINT = 'Check the path. An image in a registry is written like ghcr.io/owner/name:tag.'

type Pack = (source: ImageSource) => Promise<PackedImage>

async function openFile(file: FileName, pack: Pack): Promise<ImageLocation> {
  const source = await openSource(file.path)
  const layout = await openLayoutOf(source, file.path)
  return layout === undefined ? locatePacked(file, await pack(source)) : locateLayout(file, layout)
}

/** Returns `undefined` for other images. A docker-archive may also be a layout, which lists all platforms. */
async function openLayoutOf({ kind }: ImageSource, path: string): Promise<Layout | undefined> {
  const isLayoutKind = kind === 'oci-layout' || kind === 'oci-archive'
  return isLayoutKind || (kind === 'docker-archive' && (await isLayout(path))) ? openLayout(path) : undefined
}

function locateLayout({ name, tag }: FileName, layout: Layout): ImageLocation {
  const all = layout.index.manifests
  const tops = tag === undefined ? all : all.filter(({ annotations }) => annotations?.[REF_NAME] === tag)
  if (tag !== undefined && tops.length === 0) {
    const tags = all.flatMap(({ annotations }) => annotations?.[REF_NAME] ?? [])
    throw new UserError(`${name}: no image in ${layout.path} has the tag ${tag}`, {
      hint:
        tags.length === 0
          ? 'Its images have no tags.'
          : `Tags: ${tags.map(quoteControlCharacters).join(', ')}.`,
    })
  }
  return {
    name,
    images: tops.map((top, n) => ({ name: tops.length > 1 ? `${name} (${n + 1})` : name, top })),
    readBlob: descriptor => layout.readBlob(descriptor),
    openLayer: layer => openLazily(() => layout.getBlob(layer).open()),
    retry: task => task(),
    isLocal: true,
    omits: descriptor => !layout.hasBlob(descriptor),
  }
}

/** The image as `build` packs it: the digests are those that a push has. */
function locatePacked({ name, tag }: FileName, packed: PackedImage): ImageLocation {
  if (tag !== undefined && !packed.names.some(each => each === tag || each.endsWith(`:${tag}`)))
    throw new UserError(`${name}: the image is not named ${tag}`, {
      hint: 'Leave out the last colon and the tag.',
    })
  const { platform } = parseConfig(packed.config)
  const { manifest, config, layers } = makeImage({ platform, config: packed.config, layers: packed.layers })
  const blobs = new Map([manifest, config, ...layers].map(blob => [blob.digest, blob]))
  const open = ({ digest }: Descriptor): Readable => {
    const blob = blobs.get(digest)
    if (blob === undefined) throw new Error(`${digest} is not a part of ${name}`)
    return blob.open()
  }
  return {
    name,
    images: [{ name, top: manifest }],
    readBlob: descriptor => buffer(open(descriptor)),
    openLayer: layer => openLazily(() => open(layer)),
    retry: task => task(),
    isLocal: true,
    omits: ({ digest }) => !blobs.has(digest),
  }
}

async function openRepository(
  client: RegistryClient,
  reference: Reference,
  signal: AbortSignal,
): Promise<ImageLocation> {
  const name = formatReference(reference)
  const repository = new Repository(client, reference, { signal })
  const top = await repository.getManifest(reference.digest ?? reference.tag ?? 'latest')
  if (!top)
    throw new UserError(`${name} was not found in its registry`, {
      hint: 'Check the name and the tag. If the image is private, use credentials that can read it.',
    })
  const readBlob: ReadBlob = async descriptor => {
    if (descriptor.digest === top.descriptor.digest) return top.bytes
    const isManifest = isManifestType(descriptor.mediaType) || isIndexType(descriptor.mediaType)
    if (!isManifest) return repository.getBytes(descriptor)
    const manifest = await repository.getManifest(descriptor.digest)
    if (!manifest)
      throw new ImageNotFound(`${name}: its manifest ${descriptor.digest} is missing in the registry`)
    return manifest.bytes
  }
  return {
    name,
    images: [{ name, top: top.descriptor }],
    readBlob,
    openLayer: layer => downloadLayer(repository, layer),
    retry: task => repository.retryLayer(task),
    isLocal: false,
    repository,
    omits: () => false,
  }
}

async function* downloadLayer(repository: Repository, layer: Descriptor): Bytes {
  yield* await repository.getBlob(layer)
}
