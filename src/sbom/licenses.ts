/**
 * Whether a text has the form of an SPDX expression (SPDX 2.3, annex D). It is not known whether SPDX lists its identifiers. A
 * flake can state any text as a license, and a reader refuses a document with a wrong expression.
 */
export function isLicenseExpression(text: string): boolean {
  if (WRONG_EXCEPTION.test(text)) return false
  let depth = 0
  let needsLicense = true
  for (const token of text.match(/[()]|[^\s()]+/g) ?? []) {
    const isOperator = OPERATORS.includes(token)
    if (needsLicense !== (token === '(' || (!isOperator && token !== ')'))) return false
    if (token === '(') depth++
    else if (token === ')') depth--
    else if (!isOperator && !LICENSE_ID.test(token)) return false
    needsLicense = isOperator || token === '('
    if (depth < 0) return false
  }
  return depth === 0 && !needsLicense
}

/** `WITH` is between one license and one exception of SPDX's list. */
const WRONG_EXCEPTION = /\)\s*WITH\b|\bWITH\s*(\(|LicenseRef-|DocumentRef-)/

const OPERATORS = ['AND', 'OR', 'WITH']

/** Of a license or an exception; `+` means a later version. */
const LICENSE_ID = /^(DocumentRef-[A-Za-z0-9.-]+:)?[A-Za-z0-9.-]+\+?$/

const LICENSE_REF = /\bLicenseRef-[A-Za-z0-9.-]+/g

/** A license that SPDX does not list. */
export interface UnlistedLicense {
  /** `LicenseRef-nixos-unfree` */
  readonly id: string
  readonly name: string
}

/** Returns the licenses that SPDX does not list, sorted. A text that is not an expression is one of them. */
export function listUnlistedLicenses(texts: readonly string[]): UnlistedLicense[] {
  const licenses = new Map<string, string>()
  for (const text of texts) {
    if (isLicenseExpression(text))
      for (const id of text.match(LICENSE_REF) ?? [])
        licenses.set(id, id.replace(/^LicenseRef-(nixos-)?/, ''))
    else licenses.set(toExpression(text), text)
  }
  return [...licenses].map(([id, name]) => ({ id, name })).sort((a, b) => (a.id < b.id ? -1 : 1))
}

/** Returns an SPDX expression: `see LICENSE` becomes `LicenseRef-nixos-see-LICENSE`. */
export function toExpression(text: string): string {
  if (isLicenseExpression(text)) return text
  return `LicenseRef-nixos-${text.replace(/[^A-Za-z0-9.]+/g, '-').replace(/^-|-$/g, '') || 'unknown'}`
}
