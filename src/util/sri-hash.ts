/** `sha256-<base64>`, or another algorithm (W3C, "Subresource Integrity"). Nix writes hashes of NARs and of files like that. */
const SRI_HASH = /^(md5|sha1|sha256|sha512|blake3)-[A-Za-z0-9+/]{20,90}={0,2}$/

export function isSriHash(text: string): boolean {
  return SRI_HASH.test(text)
}

/** Returns the hex digits of a SHA-256, or `undefined` for other texts. */
export function hexOfSriHash(text: string): string | undefined {
  const [, value] = /^sha256-([A-Za-z0-9+/]{43}=)$/.exec(text) ?? []
  return value === undefined ? undefined : Buffer.from(value, 'base64').toString('hex')
}
