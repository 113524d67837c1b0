import type { Component } from './contents.js'

/** The formatted string of CPE 2.3 (NIST IR 7695, 6.2), as the schemas of SBOMs check it. */
const CPE =
  /^cpe:2\.3:[aho*-](:([\w.*?-]|\\[\\*?!"#$%&'()+,/:;<=>@[\]^`{|}~])+){5}:([a-zA-Z]{2,3}(-([a-zA-Z]{2}|\d{3}))?|[*-])(:([\w.*?-]|\\[\\*?!"#$%&'()+,/:;<=>@[\]^`{|}~])+){4}$/

/** A package URL: `pkg:`, the type, a slash, and the rest. */
const PURL = /^pkg:[A-Za-z][A-Za-z0-9.+-]*\/[!-~]+$/

/** Returns the identifiers of a package. A wrong one is left out: a reader would refuse the whole document. */
export function findIdentifiers({ package: facts }: Component): { cpe?: string; purl?: string } {
  const { cpe, purl } = facts ?? {}
  return {
    ...(cpe !== undefined && CPE.test(cpe) && { cpe }),
    ...(purl !== undefined && PURL.test(purl) && { purl }),
  }
}

/** A URI with a host (RFC 3986, appendix A). Validators refuse addresses of IPv6. */
const URI =
  /^[A-Za-z][A-Za-z0-9+.-]*:\/\/([\w.~%!$&'()*+,;=:-]*@)?[\w.~%!$&'()*+,;=-]*(:\d*)?(\/[\w.~%!$&'()*+,;=:@/-]*)?(\?[\w.~%!$&'()*+,;=:@/?-]*)?(#[\w.~%!$&'()*+,;=:@/?-]*)?$/

/**
 * Escapes what a URI cannot have, such as a space. A text that is not an address becomes a relative one: the schemas accept it,
 * and a reader would refuse the whole document because of a wrong address.
 */
export function toUri(text: string): string {
  const known = text.replace(/\p{Surrogate}/gu, '\ufffd')
  const escaped = known
    .replace(/[^\w.~:/?#@!$&'()*+,;=%-]/gu, encodeURIComponent)
    .replace(/%(?![0-9A-Fa-f]{2})/g, '%25')
  return URI.test(escaped) ? escaped : encodeURIComponent(known)
}

/** Returns the text that `toUri` has made a relative address of. */
export function fromUri(uri: string): string {
  if (URI.test(uri)) return uri
  try {
    return decodeURIComponent(uri)
  } catch {
    return uri
  }
}

/** An address with the name of a host, as the validator of SPDX checks it. */
const HOST_ADDRESS =
  /^(https?|ftp|ssh|git|svn|sftp):\/\/([\w.!~*'()%;:&=+$,-]+@)?[a-z0-9]+([.-][a-z0-9]+)*\.[a-z]{2,}([:/?#]|$)/i

export function isHostAddress(uri: string): boolean {
  return HOST_ADDRESS.test(uri)
}

/** `5jw…` of `/nix/store/5jw…-fd-10.2.0`. */
export function storeHashOf({ path }: Pick<Component, 'path'>): string {
  return /^\/nix\/store\/([^-]+)/.exec(path)?.[1] ?? ''
}

/**
 * Returns the version that a document states. A store path without a version has its hash instead: each change of its content
 * changes the hash, and the minimum elements of NTIA require a version.
 */
export function statedVersionOf(component: Pick<Component, 'path' | 'version'>): string {
  return component.version === '' ? storeHashOf(component) : component.version
}

/** A hash in SRI form as hex digits: `sha256-<base64>`. `undefined` for other text. */
export function parseSri(sri: string): { readonly algorithm: string; readonly hex: string } | undefined {
  const [, algorithm = '', base64 = ''] =
    /^(md5|sha1|sha256|sha384|sha512)-([A-Za-z0-9+/]+=*)$/.exec(sri) ?? []
  const hex = Buffer.from(base64, 'base64').toString('hex')
  return HEX_DIGITS[algorithm] === hex.length ? { algorithm, hex } : undefined
}

export function formatSri(algorithm: string, hex: string): string {
  return `${algorithm}-${Buffer.from(hex, 'hex').toString('base64')}`
}

const HEX_DIGITS: Readonly<Record<string, number>> = {
  md5: 32,
  sha1: 40,
  sha256: 64,
  sha384: 96,
  sha512: 128,
}
