import { isLoopback } from '../http/address.js'
import { messageOf, UserError } from '../util/error.js'
import { nameInput } from '../util/input-name.js'
import {
  asArray,
  asCount,
  asObject,
  asOptionalString,
  asString,
  type JsonObject,
  parseJson,
} from '../util/json.js'
import { parseUrl } from '../util/text.js'
import type { RekorLog } from './rekor.js'

/** The services that sign with the identity of a job. */
export interface SigningServices {
  readonly fulcio: string
  /** All of them get an entry for each signature. */
  readonly logs: readonly RekorLog[]
  /** All of them sign the time of each signature. */
  readonly timestamps: readonly string[]
}

/**
 * Chooses the services of a signing config of Sigstore (JSON, v0.2), as its format demands (protobuf-specs, `SigningConfig`):
 * those that are valid now, of the highest version of the API that this program knows, the newest first, and at most one of each
 * operator. Throws a `UserError` that says what is wrong. `what` names the config.
 */
export function parseSigningConfig(json: string, what: string, now = Date.now()): SigningServices {
  try {
    const config = asObject(parseJson(json, 'it'), 'it')
    checkMediaType(config)
    return chooseServices(config, now)
  } catch (error) {
    throw new UserError(`${what} cannot be used as a signing config: ${messageOf(error)}`, {
      hint: error instanceof UserError ? error.hint : undefined,
      cause: error,
    })
  }
}

const MEDIA_TYPE = 'application/vnd.dev.sigstore.signingconfig.v0.2+json'

function checkMediaType({ mediaType }: JsonObject): void {
  const type = asString(mediaType, 'mediaType')
  if (type === MEDIA_TYPE) return
  throw new UserError(`its mediaType is ${JSON.stringify(type.slice(0, 100))}, not ${MEDIA_TYPE}`, {
    hint: findTypeHint(type),
  })
}

function findTypeHint(type: string): string {
  if (type.includes('trustedroot'))
    return `This file is a trusted root: set it as ${nameInput('trusted-root')}.`
  if (type.includes('clienttrustconfig'))
    return 'Write the value of its `signingConfig` to a file, and the value of its `trustedRoot` to another one.'
  return 'Create a file with `cosign signing-config create`.'
}

function chooseServices(config: JsonObject, now: number): SigningServices {
  const [fulcio] = newestFirst(readServices(config, 'caUrls'), { versions: [1], now })
  if (fulcio === undefined) throw new Error('caUrls has no service with version 1 that is valid now')
  const logs = selectServices(config, LOGS, now)
  const timestamps = selectServices(config, TIMESTAMPS, now)
  checkTimeIsProved(logs, timestamps)
  return {
    fulcio: fulcio.url,
    logs: logs.map(({ url, version }) => ({ url, version: version === 2 ? 2 : 1 })),
    timestamps: timestamps.map(({ url }) => url),
  }
}

/** A certificate is valid for minutes. So something must prove when a signature was made. */
function checkTimeIsProved(logs: readonly Service[], timestamps: readonly Service[]): void {
  if (timestamps.length > 0 || logs.some(({ version }) => version === 1)) return
  const reason =
    logs.length > 0 ? 'an entry of Rekor v2 has no time' : 'it has neither a log nor a timestamp authority'
  throw new UserError(`${reason}, so it needs a timestamp authority`, {
    hint: 'Add `tsaUrls` and `tsaConfig` to the file.',
  })
}

interface ServiceKind {
  readonly urls: string
  readonly config: string
  /** The versions of the API that this program knows. */
  readonly versions: readonly number[]
}

const LOGS: ServiceKind = { urls: 'rekorTlogUrls', config: 'rekorTlogConfig', versions: [1, 2] }
const TIMESTAMPS: ServiceKind = { urls: 'tsaUrls', config: 'tsaConfig', versions: [1] }

interface Service {
  readonly url: string
  readonly version: number
  readonly operator: string
  /** In milliseconds since 1970. */
  readonly start: number
  readonly end: number
}

function selectServices(config: JsonObject, kind: ServiceKind, now: number): readonly Service[] {
  const services = readServices(config, kind.urls)
  if (services.length === 0) return []
  const usable = onePerOperator(newestFirst(services, { versions: kind.versions, now }))
  if (usable.length === 0)
    throw new Error(
      `${kind.urls} has no service with version ${kind.versions.join(' or ')} that is valid now`,
    )
  return usable.slice(0, readCount(config, kind, usable.length))
}

/** How many services must be used. */
function readCount(config: JsonObject, { urls, config: name }: ServiceKind, usable: number): number {
  const { selector, count } = asObject(config[name], name)
  if (selector === 'ANY' || selector === 2) return 1
  if (selector === 'ALL' || selector === 1) return usable
  if (selector !== 'EXACT' && selector !== 3) throw new Error(`${name}.selector is not ANY, ALL or EXACT`)
  const exact = asCount(count, `${name}.count`)
  if (exact === 0 || exact > usable)
    throw new Error(`${name}.count is ${exact}, but ${urls} has ${usable} operators with a valid service`)
  return exact
}

interface Choice {
  readonly versions: readonly number[]
  readonly now: number
}

/** The valid services of the highest version. The one that became valid last is the first. */
function newestFirst(services: readonly Service[], { versions, now }: Choice): Service[] {
  const valid = services.filter(
    ({ version, start, end }) => versions.includes(version) && start <= now && now <= end,
  )
  const highest = Math.max(...valid.map(({ version }) => version))
  return valid.filter(({ version }) => version === highest).sort((a, b) => b.start - a.start)
}

function onePerOperator(services: readonly Service[]): Service[] {
  const isFirst = (service: Service): boolean =>
    services.find(({ operator }) => operator === service.operator) === service
  return services.filter(isFirst)
}

function readServices(config: JsonObject, name: string): Service[] {
  return asArray(config[name] ?? [], name).map((each, n) =>
    readService(asObject(each, `${name}[${n}]`), `${name}[${n}]`),
  )
}

function readService(fields: JsonObject, what: string): Service {
  const { start, end } = asObject(fields.validFor, `${what}.validFor`)
  return {
    url: readUrl(fields.url, `${what}.url`),
    version: asCount(fields.majorApiVersion ?? 0, `${what}.majorApiVersion`),
    operator: asOptionalString(fields.operator, `${what}.operator`) ?? '',
    start: readTime(start, `${what}.validFor.start`) ?? Number.NEGATIVE_INFINITY,
    end: readTime(end, `${what}.validFor.end`) ?? Number.POSITIVE_INFINITY,
  }
}

/** The identity token of the job is sent to a service, so the connection must be encrypted. */
function readUrl(value: unknown, what: string): string {
  const text = asString(value, what)
  const url = parseUrl(text)
  if (url === undefined) throw new Error(`${what} is not a URL`)
  if (url.username !== '' || url.password !== '') throw new Error(`${what} contains a user or a password`)
  if (url.protocol !== 'https:' && !(url.protocol === 'http:' && isLoopback(url)))
    throw new Error(`${what} is not an https URL`)
  return text
}

function readTime(value: unknown, what: string): number | undefined {
  const text = asOptionalString(value, what)
  if (text === undefined) return undefined
  const time = Date.parse(text)
  if (Number.isNaN(time)) throw new Error(`${what} is not a time`)
  return time
}
