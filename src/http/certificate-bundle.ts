import { join } from 'node:path'
import { exists } from '../util/files.js'

/** The files in which distributions keep the trusted certificates, relative to the root folder. Nix looks for the first one. */
const SYSTEM_BUNDLES = [
  'etc/ssl/certs/ca-certificates.crt',
  'etc/ssl/certs/ca-bundle.crt',
  'etc/pki/tls/certs/ca-bundle.crt',
  'etc/ssl/ca-bundle.pem',
  'etc/ssl/cert.pem',
] as const

/** The certificate bundle that Nix uses by default, relative to the root folder. */
export const NIX_DEFAULT_BUNDLE = SYSTEM_BUNDLES[0]

/** The path of the system's certificate bundle; `undefined` if there is none. */
export async function findSystemBundle(root = '/'): Promise<string | undefined> {
  for (const bundle of SYSTEM_BUNDLES) {
    const file = join(root, bundle)
    if (await exists(file)) return file
  }
  return undefined
}
