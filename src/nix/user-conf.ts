import { join } from 'node:path'
import { UserError } from '../util/error.js'
import { parseUrl } from '../util/text.js'

/** Settings for one job, which a trusted user hands to the daemon with each call. */
export interface UserConf {
  readonly substituters: readonly string[]
  readonly publicKeys: readonly string[]
  /** The file, where there is a netrc of ours. */
  readonly netrcFile?: string | undefined
  readonly githubToken?: string | undefined
  /** The server that the token is for, `https://github.com`. */
  readonly githubServer?: string | undefined
  /** The user's own lines; they come last, and so count. */
  readonly lines: readonly string[]
}

/**
 * So that a cache that breaks off or falls silent ends no build: Nix would wait for minutes, and then give up unless it is
 * told to build instead. In seconds.
 */
const PATIENCE = { fallback: 'true', 'connect-timeout': '15', 'stalled-download-timeout': '60' }

/** The text of a configuration file of Nix. */
export function formatUserConf(conf: UserConf): string {
  const settings: readonly (readonly [name: string, value: string | undefined])[] = [
    ['extra-experimental-features', 'nix-command flakes'],
    ...(conf.substituters.length > 0 ? Object.entries(PATIENCE) : []),
    ['extra-substituters', conf.substituters.join(' ')],
    ['extra-trusted-public-keys', conf.publicKeys.join(' ')],
    ['netrc-file', conf.netrcFile],
    ['extra-access-tokens', accessToken(conf)],
  ]
  const ours = settings.flatMap(([name, value]) => (value ? [line(name, value)] : []))
  return `${[...ours, ...conf.lines].join('\n')}\n`
}

/** Tokens of GitHub Enterprise Server are nothing to github.com, nor to Nix. */
function accessToken({ githubToken, githubServer = 'https://github.com' }: UserConf): string | undefined {
  const isGithub = parseUrl(githubServer)?.origin === 'https://github.com'
  return githubToken && isGithub ? `github.com=${githubToken}` : undefined
}

/** A value ends with its line, or where a comment begins. Values may be secret, so they are not shown. */
function line(name: string, value: string): string {
  if (!/[\x00-\x1f\x7f#]/.test(value)) return `${name} = ${value}`
  throw new UserError(`The value for Nix's setting ${name} holds a line end or a #`, {
    hint: 'Nix takes no such value. Give the token, key or address alone.',
  })
}

/**
 * The value of NIX_USER_CONF_FILES with our file first, whose settings win, then those that Nix would read without it.
 * A variable that is set but empty counts, as it does for Nix.
 */
export function listUserConfFiles(ours: string, env: Readonly<Record<string, string | undefined>>): string {
  const others = env.NIX_USER_CONF_FILES?.split(':').filter(Boolean) ?? usualFiles(env)
  return [ours, ...others.filter(file => file !== ours)].join(':')
}

function usualFiles(env: Readonly<Record<string, string | undefined>>): string[] {
  const home = env.XDG_CONFIG_HOME ?? join(env.HOME ?? '/', '.config')
  const dirs = (env.XDG_CONFIG_DIRS ?? '/etc/xdg').split(':').filter(Boolean)
  const first = env.NIX_CONFIG_HOME ?? join(home || '/', 'nix')
  return [first, ...dirs.map(dir => join(dir, 'nix'))].map(folder => join(folder, 'nix.conf'))
}
