import { asObject, type JsonObject, parseJson } from '../util/json.js'

/** What we read of Nix's settings. */
export interface NixSettings {
  /** The system that Nix builds for by itself, `x86_64-linux`. */
  readonly system: string
  readonly extraPlatforms: readonly string[]
  /** Machine lines, or `@` and the path of a file with such lines. */
  readonly builders: string
  /** Builds see only the store and `sandboxPaths`. */
  readonly sandbox: boolean
  readonly sandboxPaths: readonly string[]
  readonly buildUsersGroup: string
  /** `auto`, `local`, `daemon`, or a store's URL. */
  readonly store: string
  /** The addresses of all caches that Nix takes from. */
  readonly substituters: readonly string[]
  /** The file with credentials for caches; it need not be there. */
  readonly netrcFile: string
}

/** Reads the output of `nix config show --json`. A setting that this Nix does not have takes its usual value. */
export function parseSettings(json: string): NixSettings {
  const all = asObject(parseJson(json, "Nix's settings"), "Nix's settings")
  return {
    system: text(settingOf(all, 'system')),
    extraPlatforms: words(settingOf(all, 'extra-platforms')),
    builders: text(settingOf(all, 'builders')),
    sandbox: ![false, 'false'].includes(settingOf(all, 'sandbox') as never),
    sandboxPaths: sandboxPaths(settingOf(all, 'sandbox-paths')),
    buildUsersGroup: text(settingOf(all, 'build-users-group')),
    store: text(settingOf(all, 'store')) || 'auto',
    substituters: words(settingOf(all, 'substituters')),
    netrcFile: text(settingOf(all, 'netrc-file')),
  }
}

function settingOf(all: JsonObject, name: string): unknown {
  const setting = all[name]
  return setting === undefined ? undefined : asObject(setting, name).value
}

function text(value: unknown): string {
  return typeof value === 'string' ? value : ''
}

function words(value: unknown): string[] {
  const list = Array.isArray(value) ? value.map(String) : text(value).split(/\s+/)
  return list.filter(Boolean)
}

/** Older versions give a list of `inside=outside`, newer ones an object whose keys are the paths inside. */
function sandboxPaths(value: unknown): string[] {
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) return Object.keys(value)
  return words(value).map(entry => entry.replace(/[=?].*$/, ''))
}
