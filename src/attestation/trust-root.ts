import { readFile } from 'node:fs/promises'
import type { TrustedRoot } from '@sigstore/protobuf-specs'
import { messageOf, UserError } from '../util/error.js'
import { describeReadError } from '../util/files.js'
import { nameInput } from '../util/input-name.js'
import { asObject, parseJson } from '../util/json.js'
import { decodeText } from '../util/text.js'
import { isJsonLines } from './bundle.js'
import type { TrustService } from './pinned-trust.js'
import { readNewestTarget, type UpdateOptions } from './trust-updates.js'

export interface TrustOptions extends UpdateOptions {
  /** The path of a trusted root (JSON), which replaces all others. */
  readonly trustedRoot?: string | undefined
}

/** The keys of one group of services: an authority for certificates, logs, and timestamp services. */
export interface TrustRoot {
  /** For people: `Sigstore`, `GitHub`, or the name of the file. */
  readonly name: string
  readonly root: TrustedRoot
  /** A signature must be in one of its logs. Otherwise a timestamp is enough. */
  readonly needsLogEntry: boolean
  /** A certificate must be in one of its certificate logs. */
  readonly needsCertificateLog: boolean
}

/** The services whose keys are trusted. */
export interface TrustRoots {
  /**
   * Returns the trust roots that a certificate can be from. Reads them on the first call.
   *
   * @param organization of the authority of the certificate: `sigstore.dev`, `GitHub, Inc.`
   */
  find(organization: string | undefined): Promise<readonly TrustRoot[]>
}

/** The organization of GitHub's authority, whose services have no log. */
const GITHUB_ORGANIZATION = 'GitHub, Inc.'

/** The name of a trusted root in an update service. */
const TRUSTED_ROOT = 'trusted_root.json'

/**
 * Reads the trust roots: a file, or the newest ones from their update services. If a service cannot be reached, uses the last
 * update, or the one that is part of this program, and says so. An update is only requested if a certificate needs it.
 */
export async function loadTrustRoots(options: TrustOptions): Promise<TrustRoots> {
  if (options.trustedRoot !== undefined) return readTrustRoots(options.trustedRoot)
  const roots = new Map<TrustService, Promise<TrustRoot>>()
  return {
    find: async organization => {
      const service = organization === GITHUB_ORGANIZATION ? 'github' : 'sigstore'
      const root = roots.get(service) ?? loadNewestRoot(service, options)
      roots.set(service, root)
      return [await root]
    },
  }
}

async function loadNewestRoot(service: TrustService, options: UpdateOptions): Promise<TrustRoot> {
  const { PINNED_TRUST } = await import('./pinned-trust.js')
  const { name, targets } = PINNED_TRUST[service]
  const needs = { needsLogEntry: service === 'sigstore', needsCertificateLog: service === 'sigstore' }
  const newest = await readNewestTarget(service, TRUSTED_ROOT, options)
  try {
    return { name, root: await parseTrustedRoot(name, newest), ...needs }
  } catch (error) {
    options.log.warning(`The newest keys of ${name} are not used: ${messageOf(error)}`)
    return { name, root: await parseTrustedRoot(name, JSON.stringify(targets[TRUSTED_ROOT])), ...needs }
  }
}

async function readTrustRoots(path: string): Promise<TrustRoots> {
  let bytes: Buffer
  try {
    bytes = await readFile(path)
  } catch (error) {
    throw new UserError(`${nameInput('trusted-root')}: ${path} ${describeReadError(error)}`, { cause: error })
  }
  return parseTrustRoots(bytes, path)
}

/**
 * Parses a trusted root, or several as JSON lines, as `gh attestation trusted-root` writes them. Throws a `UserError` that says
 * what is wrong. `what` names the file.
 */
export async function parseTrustRoots(bytes: Buffer, what: string): Promise<TrustRoots> {
  const text = decodeText(bytes)
  const lines = text.split('\n')
  const texts = isJsonLines(lines) ? lines.filter(line => line.trim() !== '') : [text]
  const roots = await Promise.all(texts.map(each => describeRoot(what, each)))
  return { find: async () => roots }
}

/** A root with a log is only trusted together with it, because its certificates are valid for minutes. */
async function describeRoot(name: string, text: string): Promise<TrustRoot> {
  const root = await parseTrustedRoot(name, text)
  return {
    name,
    root,
    needsLogEntry: root.tlogs.length > 0,
    needsCertificateLog: root.ctlogs.length > 0,
  }
}

const MEDIA_TYPE = /^application\/vnd\.dev\.sigstore\.trustedroot(\+json;version=0\.\d|\.v0\.\d\+json)$/

async function parseTrustedRoot(name: string, text: string): Promise<TrustedRoot> {
  const [{ TrustedRoot }, { toTrustMaterial }] = await Promise.all([
    import('@sigstore/protobuf-specs'),
    import('@sigstore/verify'),
  ])
  try {
    const json = asObject(parseJson(text, 'the text'), 'the text')
    if (!MEDIA_TYPE.test(String(json.mediaType))) throw new Error(`its media type is ${json.mediaType}`)
    const root = TrustedRoot.fromJSON(json)
    toTrustMaterial(root)
    if (root.certificateAuthorities.length === 0) throw new Error('it has no certificate authority')
    return root
  } catch (error) {
    throw new UserError(`${name} is not a trusted root of Sigstore: ${messageOf(error)}`, {
      hint: 'Use the output of `gh attestation trusted-root`, or of `cosign trusted-root create`.',
      cause: error,
    })
  }
}
