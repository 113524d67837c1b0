import { join } from 'node:path'
import { exists } from '../util/files.js'

type Env = Readonly<Record<string, string | undefined>>

/** Where Nix looks by itself. */
const FOUND_BY_NIX = 'etc/ssl/certs/ca-certificates.crt'

/** Where systems keep the certificates of authorities that they trust, in one file. */
const BUNDLES = [
  'etc/ssl/certs/ca-bundle.crt',
  'etc/pki/tls/certs/ca-bundle.crt',
  'etc/ssl/ca-bundle.pem',
  'etc/ssl/cert.pem',
]

/**
 * The variable that leads Nix to certificates, where it would find none or others by itself: to those that the user set
 * for other programs, the system's, or those that came with Nix.
 */
export async function certificateVariable(
  root: string,
  env: Env,
  cacert: string | undefined,
): Promise<Record<string, string>> {
  const file = env.NIX_SSL_CERT_FILE || env.SSL_CERT_FILE || (await findBundle(root, cacert))
  return file === undefined ? {} : { NIX_SSL_CERT_FILE: file }
}

async function findBundle(root: string, cacert: string | undefined): Promise<string | undefined> {
  if (await exists(join(root, FOUND_BY_NIX))) return undefined
  const own = cacert === undefined ? [] : [join(cacert, 'etc/ssl/certs/ca-bundle.crt')]
  for (const file of [...BUNDLES.map(bundle => join(root, bundle)), ...own]) {
    if (await exists(file)) return file
  }
  return undefined
}
