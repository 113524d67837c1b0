import type { BuildJob, BuildOrigin } from '../../attestation/build-origin.js'
import type { FlakeInput, FlakeSource } from '../../nix/flake-metadata.js'
import type { StorePathOrigins } from '../../nix/store-path-origins.js'
import { ORIGIN } from '../../oci/annotation-keys.js'
import {
  type Annotations,
  type Blob,
  type Descriptor,
  descriptorOf,
  parseDescriptor,
} from '../../oci/descriptor.js'
import { createBlob } from '../../oci/image.js'
import { UserError } from '../../util/error.js'
import { nameSetting } from '../../util/input-name.js'
import {
  asArray,
  asCount,
  asObject,
  asOptionalString,
  asString,
  parseFields,
  parseJson,
} from '../../util/json.js'
import { isSriHash } from '../../util/sri-hash.js'

/** The blob is in the archive of a platform only. It is not pushed. */
const ORIGIN_TYPE = 'application/vnd.nix-multiarch.build-origin.v1+json'

/** The size up to which a blob is read. A flake with 1,000 inputs has some 200 KB. */
const MAX_BYTES = 4 << 20

/** Encodes for an archive what a build says about itself. */
export function encodeOrigin(origin: BuildOrigin): Blob {
  const bytes = Buffer.from(JSON.stringify(origin))
  if (bytes.length > MAX_BYTES)
    throw new UserError(
      `The flake has ${origin.flakeInputs.length} inputs, and the list of them has ${bytes.length} bytes. ` +
        `At most ${MAX_BYTES} bytes are possible`,
      { hint: `Build it without a provenance: set ${nameSetting('attest', 'false')}.` },
    )
  return createBlob(bytes, { mediaType: ORIGIN_TYPE })
}

/** Returns the annotation of a descriptor that names the blob. */
export function recordOrigin(blob: Blob | undefined): Annotations {
  return blob === undefined ? {} : { [ORIGIN]: JSON.stringify(descriptorOf(blob)) }
}

/** Returns the descriptor of the blob, if an archive has one. Throws an `Error` if the annotation is damaged. */
export function readOriginDescriptor(annotations: Annotations): Descriptor | undefined {
  const text = annotations[ORIGIN]
  if (text === undefined) return undefined
  const what = 'the record of its build'
  const descriptor = parseDescriptor(parseJson(text, what), what)
  if (descriptor.mediaType !== ORIGIN_TYPE)
    throw new Error(`${what} has the type ${JSON.stringify(descriptor.mediaType)}`)
  if (descriptor.size > MAX_BYTES) throw new Error(`${what} has ${descriptor.size} bytes`)
  return descriptor
}

/** Parses the blob. Archives can come from other jobs, so each field is checked. Throws an `Error` that names the field. */
export function parseOrigin(bytes: Buffer): BuildOrigin {
  const json = parseFields(parseJson(bytes, WHAT), WHAT, FIELDS)
  if (typeof json.isEmulated !== 'boolean') throw new Error('isEmulated is not true or false')
  return {
    nixVersion: asLine(json.nixVersion, 'nixVersion'),
    machine: asLine(json.machine, 'machine'),
    isEmulated: json.isEmulated,
    ...(json.job !== undefined && { job: parseJob(json.job) }),
    flake: parseSource(parseFields(json.flake, 'flake', SOURCE_FIELDS)),
    flakeInputs: asArray(json.flakeInputs, 'flakeInputs').map(parseInput),
    derivation: asLine(json.derivation, 'derivation'),
    storePaths: parseStorePaths(json.storePaths),
  }
}

const WHAT = 'the record of the build'
const SOURCE_FIELDS = ['url', 'narHash', 'revision']
const JOB_FIELDS = ['run', 'name', 'environment'] as const
const COUNTS = ['builtHere', 'builtRemotely', 'alreadyPresent', 'fromActionsCache', 'unsigned'] as const
const FIELDS = [
  ...['nixVersion', 'machine', 'isEmulated', 'job', 'flake', 'flakeInputs', 'derivation', 'storePaths'],
]

function parseJob(value: unknown): BuildJob {
  const json = parseFields(value, 'job', JOB_FIELDS)
  const [run = '', name = '', environment = ''] = JOB_FIELDS.map(field => asLine(json[field], field))
  return { run, name, environment }
}

function parseSource(json: Readonly<Record<string, unknown>>): FlakeSource {
  const [narHash, revision] = ['narHash', 'revision'].map(field => asOptionalString(json[field], field))
  if (narHash !== undefined && !isSriHash(narHash)) throw new Error('narHash is not a hash')
  if (revision !== undefined && !/^[0-9a-f]{40,64}$/.test(revision))
    throw new Error('revision is not a commit')
  return {
    url: asLine(json.url, 'url'),
    ...(narHash !== undefined && { narHash }),
    ...(revision !== undefined && { revision }),
  }
}

function parseInput(value: unknown): FlakeInput {
  const json = parseFields(value, 'an input', ['name', ...SOURCE_FIELDS])
  return { name: asLine(json.name, 'name'), ...parseSource(json) }
}

function parseStorePaths(value: unknown): StorePathOrigins {
  const json = parseFields(asObject(value, 'storePaths'), 'storePaths', [...COUNTS, 'downloaded', 'signedBy'])
  const [builtHere = 0, builtRemotely = 0, alreadyPresent = 0, fromActionsCache = 0, unsigned = 0] =
    COUNTS.map(field => asCount(json[field], field))
  return {
    builtHere,
    builtRemotely,
    alreadyPresent,
    downloaded: asArray(json.downloaded, 'downloaded').map(each => {
      const { substituter, count } = parseFields(each, 'downloaded', ['substituter', 'count'])
      return { substituter: asLine(substituter, 'substituter'), count: asCount(count, 'count') }
    }),
    fromActionsCache,
    signedBy: asArray(json.signedBy, 'signedBy').map(each => {
      const { key, count } = parseFields(each, 'signedBy', ['key', 'count'])
      return { key: asLine(key, 'key'), count: asCount(count, 'count') }
    }),
    unsigned,
  }
}

/** A text without control characters: it is shown in terminals. */
function asLine(value: unknown, what: string): string {
  const text = asString(value, what)
  if (/[\x00-\x1f\x7f-\x9f]/.test(text) || text.length > MAX_TEXT)
    throw new Error(`${what} is not a line of text`)
  return text
}

const MAX_TEXT = 4096
