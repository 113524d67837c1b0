import { X509Certificate } from 'node:crypto'
import { readdir, readFile } from 'node:fs/promises'
import { delimiter, join } from 'node:path'
import tls, { type SecureContext } from 'node:tls'
import { findSystemBundle } from './certificate-bundle.js'
import { describeCause } from './request-error.js'

type Env = Readonly<Record<string, string | undefined>>

/** What is trusted after the extra certificates were read. */
export interface LoadedCertificates {
  /** For TLS connections. It trusts Node.js's certificates and all extra ones. */
  readonly context: SecureContext
  /** The context for a server: it also trusts the certificates that Docker or podman have for this host and port. */
  contextFor(url: URL): SecureContext
  /** One sentence for each path in a variable that cannot be used: `SSL_CERT_FILE names /a.pem, which cannot be read: …` */
  readonly problems: readonly string[]
}

/**
 * The certificates that are trusted in addition to those of Node.js (its built-in ones and NODE_EXTRA_CA_CERTS): the files that
 * SSL_CERT_FILE, NIX_SSL_CERT_FILE and SSL_CERT_DIR name, the system's store, and for one host each the folders of Docker and
 * podman. Reading them takes about 30 ms, so they are read once, and only after a connection failed because the issuer of a
 * certificate is unknown.
 */
export class ExtraCertificates {
  readonly #env: Env
  readonly #root: string
  #loading: Promise<LoadedCertificates> | undefined
  #loaded: LoadedCertificates | undefined

  /** @param root the folder that contains `etc/docker/certs.d` */
  constructor(env: Env, root = '/') {
    this.#env = env
    this.#root = root
  }

  /** `undefined` before the first `load`. */
  get loaded(): LoadedCertificates | undefined {
    return this.#loaded
  }

  /** Never fails. Files that cannot be used are in `problems`. */
  async load(): Promise<LoadedCertificates> {
    this.#loading ??= readCertificates(this.#env, this.#root)
    this.#loaded = await this.#loading
    return this.#loaded
  }
}

async function readCertificates(env: Env, root: string): Promise<LoadedCertificates> {
  const folders = (env.SSL_CERT_DIR ?? '').split(delimiter).filter(Boolean)
  const sources = await Promise.all([
    readVariable('SSL_CERT_FILE', env.SSL_CERT_FILE, readCertificateFile),
    readVariable('NIX_SSL_CERT_FILE', env.NIX_SSL_CERT_FILE, readCertificateFile),
    ...folders.map(folder => readVariable('SSL_CERT_DIR', folder, readCertificateFolder)),
    readSystemStore(),
  ])
  const certificates = await readNodeCertificates()
  const known = new Set(certificates.map(withoutSpace))
  for (const pem of sources.flatMap(source => source.certificates)) {
    const key = withoutSpace(pem)
    if (known.has(key)) continue
    known.add(key)
    // OpenSSL ignores everything that follows a damaged certificate.
    if (isCertificate(pem)) certificates.push(pem)
  }
  const context = tls.createSecureContext({ ca: certificates })
  const hosts = await readHostFolders(env, root)
  const contexts = new Map<string, SecureContext>()
  for (const [host, { ca, cert, key }] of hosts)
    contexts.set(host, createHostContext({ ca: [...certificates, ...ca], cert, key }) ?? context)
  return {
    context,
    contextFor: ({ host, hostname }) => contexts.get(host) ?? contexts.get(`${hostname}:443`) ?? context,
    problems: sources.flatMap(source => source.problem ?? []),
  }
}

/** What Docker and podman have for one registry in `certs.d/<host>[:<port>]`. */
interface HostCertificates {
  readonly ca: string[]
  /** The certificate and the key of the client. */
  readonly cert: string[]
  readonly key: string[]
}

/** Reads `*.crt`, and `*.cert` with `*.key`, of all hosts (containers-certs.d(5)). They are trusted for their host only. */
async function readHostFolders({ HOME = '' }: Env, root: string): Promise<Map<string, HostCertificates>> {
  const folders = [
    join(root, 'etc/docker/certs.d'),
    join(root, 'etc/containers/certs.d'),
    ...(HOME === '' ? [] : [join(HOME, '.config/containers/certs.d'), join(HOME, '.docker/certs.d')]),
  ]
  const hosts = new Map<string, HostCertificates>()
  for (const folder of folders)
    for (const host of await readdir(folder).catch(() => [])) {
      const found = hosts.get(host) ?? { ca: [], cert: [], key: [] }
      hosts.set(host, found)
      for (const name of (await readdir(join(folder, host)).catch(() => [])).sort())
        await addHostFile(join(folder, host, name), found)
    }
  return hosts
}

async function addHostFile(path: string, { ca, cert, key }: HostCertificates): Promise<void> {
  if (path.endsWith('.crt'))
    ca.push(...(await readCertificateFile(path).catch(() => [])).filter(isCertificate))
  // Only the first pair: a client certificate without its key is of no use.
  const keyFile = path.replace(/\.cert$/, '.key')
  if (keyFile === path || cert.length > 0) return
  const [certText, keyText] = await Promise.all(
    [path, keyFile].map(file => readFile(file, 'latin1').catch(() => '')),
  )
  if (!certText || !keyText) return
  cert.push(certText)
  key.push(keyText)
}

/** `undefined` if the key does not fit the certificate. */
function createHostContext(options: HostCertificates): SecureContext | undefined {
  try {
    return tls.createSecureContext(options)
  } catch {
    return undefined
  }
}

/** The same certificate has lines of different lengths in different files. */
function withoutSpace(pem: string): string {
  return pem.replace(/\s+/g, '')
}

interface CertificateSource {
  /** PEM texts with one certificate each. */
  readonly certificates: readonly string[]
  readonly problem?: string
}

async function readVariable(
  name: string,
  path: string | undefined,
  read: (path: string) => Promise<string[]>,
): Promise<CertificateSource> {
  if (!path) return { certificates: [] }
  try {
    const certificates = await read(path)
    if (certificates.length > 0) return { certificates }
    return { certificates, problem: `${name} names ${path}, which contains no certificate in PEM format` }
  } catch (error) {
    return {
      certificates: [],
      problem: `${name} names ${path}, which cannot be read: ${describeCause(error)}`,
    }
  }
}

const PEM_CERTIFICATE =
  /-----BEGIN (?:TRUSTED |X509 )?CERTIFICATE-----[^-]+-----END (?:TRUSTED |X509 )?CERTIFICATE-----/g

async function readCertificateFile(path: string): Promise<string[]> {
  const text = await readFile(path, 'latin1')
  return text.match(PEM_CERTIFICATE) ?? []
}

function isCertificate(pem: string): boolean {
  try {
    return Boolean(new X509Certificate(pem))
  } catch {
    return false
  }
}

async function readCertificateFolder(folder: string): Promise<string[]> {
  const certificates: string[] = []
  for (const name of await readdir(folder))
    certificates.push(...(await readCertificateFile(join(folder, name)).catch(() => [])))
  return certificates
}

/** Since Node.js 22.15 and 23.10. On Linux it reads OpenSSL's own paths, which not every distribution uses. */
const { getCACertificates } = tls as { getCACertificates?: (type: 'default' | 'system') => string[] }

async function readSystemStore(): Promise<CertificateSource> {
  const bundle = await findSystemBundle()
  const files = bundle === undefined ? [] : await readCertificateFile(bundle).catch(() => [])
  const keychain = process.platform === 'linux' ? [] : (getCACertificates?.('system') ?? [])
  return { certificates: [...files, ...keychain] }
}

/** A list of certificates replaces those of Node.js, so it has to contain them. */
async function readNodeCertificates(): Promise<string[]> {
  if (getCACertificates) return [...getCACertificates('default')]
  // Node.js 20 reads the variable at its start, so its own environment counts. It has already warned about a wrong file.
  const extra = await readCertificateFile(process.env.NODE_EXTRA_CA_CERTS || '').catch(() => [])
  return [...tls.rootCertificates, ...extra]
}
