import { asObject, type JsonObject, parseJson } from '../util/json.js'
import { quoteControlCharacters, truncateText } from '../util/text.js'

/** A field of an image config whose type is not the one in the OCI image-spec. */
export interface WrongField {
  /** `config.Labels.build`. */
  readonly path: string
  /** The value as JSON, shortened. */
  readonly actual: string
  /** `a string`. */
  readonly expected: string
  /** What to write in the arguments of dockerTools: `Labels = { build = "7"; };`. */
  readonly nix?: string
}

/** An image config that other tools cannot read. */
export class InvalidConfig extends Error {
  override readonly name = 'InvalidConfig'
  readonly fields: readonly WrongField[]

  constructor(fields: readonly WrongField[]) {
    super(
      fields.map(({ path, actual, expected }) => `${path} is ${actual}, but must be ${expected}`).join('; '),
    )
    this.fields = fields
  }

  /** What to write in the flake: Nix attributes, in backquotes. `undefined` if nothing can be suggested. */
  get suggestion(): string | undefined {
    const lines = new Set(this.fields.flatMap(({ nix }) => nix ?? []))
    return lines.size === 0 ? undefined : [...lines].map(line => `\`${line}\``).join(' and ')
  }
}

/**
 * Checks the types of all fields that the OCI image-spec (config.md) and Docker define. Go programs, which are all runtimes and
 * most registries, cannot read a config with a field of another type. dockerTools writes the `config` of a flake as it is. A
 * field that is null is like a missing one, also in Go. Throws `InvalidConfig` that lists all wrong fields.
 */
export function checkConfigTypes(bytes: Buffer): void {
  const document = asObject(parseJson(bytes, 'the image config'), 'the image config')
  const fields = [...checkFields(document, IMAGE_FIELDS, ''), ...checkRun(document.config)]
  if (fields.length > 0) throw new InvalidConfig(fields.slice(0, MAX_FIELDS))
}

/** A message with more is not readable. */
const MAX_FIELDS = 10

function checkRun(run: unknown): WrongField[] {
  if (!isObject(run)) return []
  return [
    ...checkFields(run, RUN_FIELDS, 'config.'),
    ...(isObject(run.Healthcheck)
      ? checkFields(run.Healthcheck, HEALTH_FIELDS, 'config.Healthcheck.').map(putInto('Healthcheck'))
      : []),
  ]
}

function putInto(name: string): (field: WrongField) => WrongField {
  return field => ({ ...field, ...(field.nix && { nix: `${name} = { ${field.nix} };` }) })
}

function checkFields(
  object: JsonObject,
  types: Readonly<Record<string, FieldType>>,
  prefix: string,
): WrongField[] {
  // Go compares the names of fields without their case.
  const byName = new Map(Object.entries(types).map(([name, type]) => [name.toLowerCase(), type]))
  return Object.entries(object).flatMap(([name, value]) => {
    const type = byName.get(name.toLowerCase())
    return type === undefined || value === null ? [] : checkField(name, value, { type, prefix })
  })
}

interface FieldRule {
  readonly type: FieldType
  /** Of the path: `config.`. */
  readonly prefix: string
}

function checkField(name: string, value: unknown, { type, prefix }: FieldRule): WrongField[] {
  const found = type.findWrong(value)
  if (found === undefined) return []
  const replacement = type.suggest?.(value)
  const nix = replacement === undefined ? undefined : `${name} = ${replacement};`
  return [
    {
      path: quoteControlCharacters(truncateText(prefix + name + (found.within ?? ''), 200)),
      actual: quoteControlCharacters(truncateText(JSON.stringify(found.value), 60)),
      expected: found.expected ?? type.expected,
      ...(nix !== undefined && isShort(nix) && { nix }),
    },
  ]
}

/** A longer suggestion does not help, and may contain anything. */
function isShort(nix: string): boolean {
  return nix.length <= 200 && quoteControlCharacters(nix) === nix
}

/** A value of the wrong type. */
interface WrongValue {
  readonly value: unknown
  /** Its place in the field: `.build`, `[0]`. */
  readonly within?: string
  /** Default: that of the type. */
  readonly expected?: string
}

interface FieldType {
  readonly expected: string
  findWrong(value: unknown): WrongValue | undefined
  /** Returns what was probably meant, in Nix. */
  suggest?(value: unknown): string | undefined
}

function isObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

/** `undefined` if the value is not a string, a number or a boolean. */
function toText(value: unknown): string | undefined {
  return ['string', 'number', 'boolean'].includes(typeof value) ? String(value) : undefined
}

/** A string of Nix. */
function quoteNix(text: string): string {
  return JSON.stringify(text).replaceAll('${', '\\${')
}

/** Joins the results of all items, or returns `undefined` if one has none. */
function joinAll<T>(items: readonly T[], convert: (item: T) => string | undefined): string | undefined {
  const texts = items.map(convert)
  return texts.every(text => text !== undefined) ? texts.join(' ') : undefined
}

const STRING: FieldType = {
  expected: 'a string',
  findWrong: value => (typeof value === 'string' ? undefined : { value }),
  suggest(value) {
    const text = toText(value)
    return text === undefined ? undefined : quoteNix(text)
  },
}

const BOOLEAN: FieldType = {
  expected: 'true or false',
  findWrong: value => (typeof value === 'boolean' ? undefined : { value }),
  suggest: value =>
    value === 'true' || value === 1 ? 'true' : value === 'false' || value === 0 ? 'false' : undefined,
}

const WHOLE_NUMBER: FieldType = {
  expected: 'a whole number',
  findWrong: value => (Number.isSafeInteger(value) ? undefined : { value }),
  suggest: value => (typeof value === 'string' && /^\d{1,15}$/.test(value) ? value : undefined),
}

const NANOSECONDS_OF: Readonly<Record<string, number>> = {
  ns: 1,
  us: 1e3,
  ms: 1e6,
  s: 1e9,
  m: 6e10,
  h: 3.6e12,
}

const DURATION: FieldType = {
  ...WHOLE_NUMBER,
  expected: 'a number of nanoseconds',
  suggest(value) {
    const [, count = '', unit = ''] = /^(\d{1,6})(ns|us|ms|s|m|h)$/.exec(String(value)) ?? []
    return count === '' ? undefined : String(Number(count) * (NANOSECONDS_OF[unit] ?? 1))
  },
}

/** RFC 3339, as Go reads it. */
const TIME_FORMAT = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)$/

const TIME: FieldType = {
  expected: 'a time such as 1970-01-01T00:00:01Z',
  findWrong: value =>
    typeof value === 'string' && TIME_FORMAT.test(value) && !Number.isNaN(Date.parse(value))
      ? undefined
      : { value },
  suggest: () => quoteNix('1970-01-01T00:00:01Z'),
}

const STRINGS: FieldType = {
  expected: 'a list of strings',
  findWrong(value) {
    if (!Array.isArray(value)) return { value }
    const n = value.findIndex(each => typeof each !== 'string')
    return n < 0 ? undefined : { value: value[n], within: `[${n}]`, expected: 'a string' }
  },
  suggest(value) {
    const items = isObject(value) ? suggestPairs(value) : (Array.isArray(value) ? value : [value]).map(toText)
    const list = joinAll(items, text => (text === undefined ? undefined : quoteNix(text)))
    return list === undefined ? undefined : list === '' ? '[ ]' : `[ ${list} ]`
  },
}

/** `{ LANG = "C"; }` for the list `[ "LANG=C" ]`. */
function suggestPairs(value: JsonObject): (string | undefined)[] {
  return Object.entries(value).map(([key, each]) => {
    const text = toText(each)
    return text === undefined ? undefined : `${key}=${text}`
  })
}

const STRING_MAP: FieldType = {
  expected: 'an attribute set of strings',
  findWrong(value) {
    if (!isObject(value)) return { value }
    const wrong = Object.entries(value).find(([, each]) => typeof each !== 'string')
    return wrong && { value: wrong[1], within: `.${wrong[0]}`, expected: 'a string' }
  },
  suggest(value) {
    const pairs = Array.isArray(value)
      ? value.map(splitPair)
      : isObject(value)
        ? Object.entries(value)
        : [undefined]
    const attributes = joinAll(pairs, pair => {
      const text = pair && toText(pair[1])
      return pair && text !== undefined ? `${nameAttribute(pair[0])} = ${quoteNix(text)};` : undefined
    })
    return attributes === undefined ? undefined : attributes === '' ? '{ }' : `{ ${attributes} }`
  },
}

/** `build=7`. */
function splitPair(item: unknown): [string, string] | undefined {
  const [, key, value = ''] = /^([^=]+)=(.*)$/s.exec(String(item)) ?? []
  return key === undefined ? undefined : [key, value]
}

function nameAttribute(name: string): string {
  return /^[A-Za-z_][\w-]*$/.test(name) ? name : quoteNix(name)
}

/** The image-spec writes a set as an object of empty objects. */
const SET: FieldType = {
  expected: 'an attribute set of empty sets',
  findWrong(value) {
    if (!isObject(value)) return { value }
    const wrong = Object.entries(value).find(([, each]) => each !== null && !isObject(each))
    return wrong && { value: wrong[1], within: `.${wrong[0]}`, expected: 'an empty set' }
  },
  suggest(value) {
    const items = isObject(value) ? Object.keys(value) : Array.isArray(value) ? value : [value]
    const attributes = joinAll(items, item => {
      const text = toText(item)
      return text === undefined ? undefined : `${quoteNix(text)} = { };`
    })
    return attributes === undefined ? undefined : attributes === '' ? '{ }' : `{ ${attributes} }`
  },
}

/** A set whose numbers are ports. */
const PORTS: FieldType = {
  ...SET,
  suggest(value) {
    const addProtocol = (item: unknown) => (/^\d+$/.test(String(item)) ? `${item}/tcp` : item)
    if (isObject(value)) return SET.suggest?.(value)
    return SET.suggest?.((Array.isArray(value) ? value : [value]).map(addProtocol))
  },
}

const OBJECT: FieldType = {
  expected: 'an attribute set',
  findWrong: value => (isObject(value) ? undefined : { value }),
}

const HEALTHCHECK: FieldType = {
  ...OBJECT,
  suggest(value) {
    const test =
      typeof value === 'string' ? ['CMD-SHELL', value] : Array.isArray(value) ? ['CMD', ...value] : undefined
    const list = test && STRINGS.suggest?.(test)
    return list === undefined ? undefined : `{ Test = ${list}; }`
  },
}

/** The fields of dockerTools' `config`: of the image-spec, and Docker's additions. */
const RUN_FIELDS: Readonly<Record<string, FieldType>> = {
  User: STRING,
  ExposedPorts: PORTS,
  Env: STRINGS,
  Entrypoint: STRINGS,
  Cmd: STRINGS,
  Volumes: SET,
  WorkingDir: STRING,
  Labels: STRING_MAP,
  StopSignal: STRING,
  ArgsEscaped: BOOLEAN,
  Healthcheck: HEALTHCHECK,
  OnBuild: STRINGS,
  Shell: STRINGS,
  StopTimeout: WHOLE_NUMBER,
  Hostname: STRING,
  Domainname: STRING,
  Image: STRING,
  MacAddress: STRING,
  AttachStdin: BOOLEAN,
  AttachStdout: BOOLEAN,
  AttachStderr: BOOLEAN,
  Tty: BOOLEAN,
  OpenStdin: BOOLEAN,
  StdinOnce: BOOLEAN,
  NetworkDisabled: BOOLEAN,
}

const HEALTH_FIELDS: Readonly<Record<string, FieldType>> = {
  Test: STRINGS,
  Interval: DURATION,
  Timeout: DURATION,
  StartPeriod: DURATION,
  StartInterval: DURATION,
  Retries: WHOLE_NUMBER,
}

const HISTORY_FIELDS: Readonly<Record<string, FieldType>> = {
  created: TIME,
  created_by: STRING,
  author: STRING,
  comment: STRING,
  empty_layer: BOOLEAN,
}

const HISTORY: FieldType = {
  expected: 'a list',
  findWrong(value) {
    if (!Array.isArray(value)) return { value }
    for (const [n, entry] of value.entries()) {
      if (entry === null) continue
      if (!isObject(entry)) return { value: entry, within: `[${n}]`, expected: 'an object' }
      const [wrong] = checkFields(entry, HISTORY_FIELDS, `[${n}].`)
      if (wrong)
        return {
          value: entry[wrong.path.slice(`[${n}].`.length)],
          within: wrong.path,
          expected: wrong.expected,
        }
    }
    return undefined
  },
}

const IMAGE_FIELDS: Readonly<Record<string, FieldType>> = {
  created: TIME,
  author: STRING,
  architecture: STRING,
  variant: STRING,
  os: STRING,
  'os.version': STRING,
  'os.features': STRINGS,
  config: OBJECT,
  rootfs: OBJECT,
  history: HISTORY,
}
