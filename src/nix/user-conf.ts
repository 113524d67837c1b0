import { join } from 'node:path'
import { UserError } from '../util/error.js'
import { parseUrl } from '../util/text.js'

/** The settings of one job. Nix sends them to the daemon with each call, and the daemon accepts them from trusted users. */
export interface UserConf {
  readonly substituters: readonly string[]
  readonly publicKeys: readonly string[]
  /** The path of the netrc of this job, if there is one. */
  readonly netrcFile?: string | undefined
  readonly githubToken?: string | undefined
  /** Entries `host=token`. One for github.com replaces `githubToken`. */
  readonly accessTokens?: readonly string[]
  /** The server that issued the token. Default: `https://github.com`. */
  readonly githubServer?: string | undefined
  /** The lines of the input `nix-conf`. They are written last, so they override the other settings. */
  readonly lines: readonly string[]
}

/**
 * Lets a build continue if a cache fails or stops responding. By default, Nix waits for minutes, and then fails instead of
 * building. Times are in seconds.
 */
const FALLBACK_SETTINGS = { fallback: 'true', 'connect-timeout': '15', 'stalled-download-timeout': '60' }

/** Returns the text of a nix.conf. Throws a `UserError` if a value cannot be written to one. */
export function formatUserConf(conf: UserConf): string {
  const settings: readonly (readonly [name: string, value: string | undefined])[] = [
    ['extra-experimental-features', 'nix-command flakes'],
    ...(conf.substituters.length > 0 ? Object.entries(FALLBACK_SETTINGS) : []),
    ['extra-substituters', conf.substituters.join(' ')],
    ['extra-trusted-public-keys', conf.publicKeys.join(' ')],
    ['netrc-file', conf.netrcFile],
    ['extra-access-tokens', listAccessTokens(conf).join(' ')],
  ]
  const lines = settings.flatMap(([name, value]) => (value ? [formatSetting(name, value)] : []))
  return `${[...lines, ...conf.lines].join('\n')}\n`
}

/** A token of GitHub Enterprise Server is not valid for github.com, and Nix does not use it for another server. */
function listAccessTokens({
  githubToken,
  githubServer = 'https://github.com',
  accessTokens = [],
}: UserConf): readonly string[] {
  const isGithub = parseUrl(githubServer)?.origin === 'https://github.com'
  // Nix does not document which of two entries for one host it uses.
  if (!githubToken || !isGithub || accessTokens.some(entry => entry.startsWith('github.com=')))
    return accessTokens
  return [`github.com=${githubToken}`, ...accessTokens]
}

/** A newline or a comment would end the value. The message does not quote the value, because it may be a secret. */
function formatSetting(name: string, value: string): string {
  if (!/[\x00-\x1f\x7f#]/.test(value)) return `${name} = ${value}`
  throw new UserError(
    `The value for the Nix setting ${name} contains a newline, a # or a control character`,
    {
      hint: 'Set it to the token, key or URL only.',
    },
  )
}

/**
 * Returns the value of NIX_USER_CONF_FILES: `file`, because the first file with a setting wins, and then the files that Nix reads
 * by default. Like Nix, uses an existing variable even if it is empty.
 */
export function listUserConfFiles(file: string, env: Readonly<Record<string, string | undefined>>): string {
  const others = env.NIX_USER_CONF_FILES?.split(':').filter(Boolean) ?? listDefaultConfFiles(env)
  return [file, ...others.filter(other => other !== file)].join(':')
}

function listDefaultConfFiles(env: Readonly<Record<string, string | undefined>>): string[] {
  const configHome = env.XDG_CONFIG_HOME ?? join(env.HOME ?? '/', '.config')
  const configDirs = (env.XDG_CONFIG_DIRS ?? '/etc/xdg').split(':').filter(Boolean)
  const userFolder = env.NIX_CONFIG_HOME ?? join(configHome || '/', 'nix')
  return [userFolder, ...configDirs.map(dir => join(dir, 'nix'))].map(folder => join(folder, 'nix.conf'))
}
