/**
 * An address, whole or seen from `base`; `undefined` for what is none. For `URL.canParse`, which Node.js 20.3 and 20.4 have wrong: once
 * it is compiled it forgets its base (https://github.com/nodejs/node/issues/48816).
 */
export function urlFrom(text: string, base?: URL | string): URL | undefined {
  try {
    return new URL(text, base)
  } catch {
    return undefined
  }
}
