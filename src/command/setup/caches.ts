import { rm } from 'node:fs/promises'
import { join } from 'node:path'
import type { Host } from '../../host/host.js'
import type { Values } from '../../input/input.js'
import type { substituterInputs } from '../../input/nix-inputs.js'
import { type CachixCache, readCachixCaches } from '../../nix/cachix.js'
import { listPasswords, readNetrc } from '../../nix/netrc.js'
import { chooseSubstituters, type Substituters } from '../../nix/substituters.js'
import { formatUserConf, listUserConfFiles } from '../../nix/user-conf.js'
import { exists, writePrivateFile } from '../../util/files.js'

/** What the inputs say of caches and settings. */
export type SubstituterInputs = Values<typeof substituterInputs>

/** What the inputs lead to: the caches that answer. */
export interface AvailableCaches extends Substituters {
  readonly cachix: readonly CachixCache[]
}

/** Finds out which caches are there. Those that are not are left out with a warning, since a build can do without. */
export async function findAvailableCaches(
  inputs: SubstituterInputs,
  host: Host,
  netrcFile: string,
): Promise<AvailableCaches> {
  const web = { signal: host.signal, hasProxy: hasProxy(host.env) }
  const { cachixHost, cachixAuthToken, extraSubstituters, extraTrustedPublicKeys, netrc } = inputs
  const existingNetrc = await readNetrc(netrcFile)
  const asked = await readCachixCaches(inputs.cachix, {
    ...web,
    host: cachixHost,
    ...(cachixAuthToken && { token: cachixAuthToken }),
  })
  const chosen = await chooseSubstituters(
    {
      substituters: extraSubstituters,
      publicKeys: extraTrustedPublicKeys,
      cachix: asked.caches,
      cachixToken: cachixAuthToken,
      netrc,
      existingNetrc,
    },
    web,
  )
  for (const password of listPasswords(chosen.netrc)) host.maskSecret(password)
  const warnings = [...asked.warnings, ...chosen.warnings]
  if (chosen.netrc !== '' && existingNetrc === undefined && (await exists(netrcFile)))
    warnings.push(`${netrcFile} cannot be read by this user, so its credentials do not count here`)
  for (const warning of warnings) host.log.warning(warning)
  return { ...chosen, cachix: asked.caches }
}

/**
 * Writes the settings of one job, secrets among them, where only the user can read them, and gives the value of
 * NIX_USER_CONF_FILES that makes Nix read them.
 *
 * @param first lines that come before what the inputs say
 */
export async function writeUserConf(
  folder: string,
  { substituters, publicKeys, netrc }: Substituters,
  inputs: SubstituterInputs,
  host: Host,
  first: readonly string[] = [],
): Promise<string> {
  const netrcFile = netrc === '' ? undefined : join(folder, 'netrc')
  if (netrcFile !== undefined) await writePrivateFile(netrcFile, netrc)
  // An earlier one would be a secret that nobody needs any more.
  else await rm(join(folder, 'netrc'), { force: true })
  const file = join(folder, 'nix.conf')
  const text = formatUserConf({
    substituters,
    publicKeys,
    netrcFile,
    githubToken: inputs.githubToken,
    githubServer: host.env.GITHUB_SERVER_URL,
    lines: inputs.nixConf,
  })
  await writePrivateFile(file, [...first, text].join('\n'))
  return listUserConfFiles(file, host.env)
}

/** Nix goes through a proxy that these name, and Node.js may not. */
function hasProxy(env: Host['env']): boolean {
  return ['http_proxy', 'https_proxy', 'all_proxy'].some(name => env[name] || env[name.toUpperCase()])
}
