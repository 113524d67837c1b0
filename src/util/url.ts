/**
 * An address, whole or seen from `base`; `undefined` for what is none. It stands for `URL.canParse`, which in Node.js 20.3 and
 * 20.4 forgets its base once it is compiled.
 */
export function urlFrom(text: string, base?: URL | string): URL | undefined {
  try {
    return new URL(text, base)
  } catch {
    return undefined
  }
}
