/** A store path's name, divided as Nix does it: the version begins behind the first dash that no letter follows. */
export interface StoreName {
  readonly name: string
  /** Empty where the name has none. */
  readonly version: string
}

/** A path of the store without anything below it, the hash in Nix's base 32. */
const STORE_PATH = /^\/nix\/store\/[0-9a-df-np-sv-z]{32}-[0-9A-Za-z+._?=-]+$/

export function isStorePath(text: string): boolean {
  return STORE_PATH.test(text)
}

/** The store path that a file of an image belongs to; its name may begin with `/`, `./` or neither. */
export function storePathOf(file: string): string | undefined {
  const [nix, store, name] = file.replace(/^(\.?\/)+/, '').split('/', 3)
  const path = `/${nix}/${store}/${name}`
  return isStorePath(path) ? path : undefined
}

/** `/nix/store/<hash>-fd-10.2.0` is `fd` and `10.2.0`. */
export function parseStoreName(path: string): StoreName {
  const full = path.replace(/^\/nix\/store\/[^-]+-/, '')
  const dash = /-(?=[^A-Za-z])/.exec(full)?.index
  return dash === undefined
    ? { name: full, version: '' }
    : { name: full.slice(0, dash), version: full.slice(dash + 1) }
}
