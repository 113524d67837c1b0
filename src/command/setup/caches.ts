import { rm } from 'node:fs/promises'
import { join } from 'node:path'
import type { Host } from '../../host/host.js'
import type { substituterInputs } from '../../input/inputs-for-nix.js'
import type { Values } from '../../input/read-inputs.js'
import { type CachixCache, readCachixCaches } from '../../nix/cachix.js'
import { listPasswords, readNetrc } from '../../nix/netrc.js'
import { chooseSubstituters, type Substituters } from '../../nix/substituters.js'
import { formatUserConf, listUserConfFiles } from '../../nix/user-conf.js'
import { exists, writePrivateFile } from '../../util/files.js'

/** The inputs for binary caches and Nix's settings. */
export type SubstituterInputs = Values<typeof substituterInputs>

/** The caches of the inputs that answered. */
export interface AvailableCaches extends Substituters {
  readonly cachix: readonly CachixCache[]
}

/** Checks which caches answer. The others are skipped with a warning. */
export async function findAvailableCaches(
  inputs: SubstituterInputs,
  host: Host,
  netrcFile: string,
): Promise<AvailableCaches> {
  const query = { signal: host.signal, env: host.env }
  const { cachixHost, cachixAuthToken, extraSubstituters, extraTrustedPublicKeys, netrc } = inputs
  const existingNetrc = await readNetrc(netrcFile)
  const cachix = await readCachixCaches(inputs.cachix, {
    ...query,
    host: cachixHost,
    ...(cachixAuthToken && { token: cachixAuthToken }),
  })
  const substituters = await chooseSubstituters(
    {
      substituters: extraSubstituters,
      publicKeys: extraTrustedPublicKeys,
      cachix: cachix.caches,
      cachixToken: cachixAuthToken,
      netrc,
      existingNetrc,
    },
    query,
  )
  for (const password of listPasswords(substituters.netrc)) host.maskSecret(password)
  const warnings = [...cachix.warnings, ...substituters.warnings]
  if (substituters.netrc !== '' && existingNetrc === undefined && (await exists(netrcFile)))
    warnings.push(`This user cannot read ${netrcFile}, so its credentials are not used`)
  for (const warning of warnings) host.log.warning(warning)
  return { ...substituters, cachix: cachix.caches }
}

interface UserConf {
  readonly substituters: Substituters
  readonly inputs: SubstituterInputs
  /** The first lines of nix.conf. The lines of the inputs follow. */
  readonly lines?: readonly string[]
}

/**
 * Writes nix.conf and netrc to a folder, with permissions for this user only, because they contain secrets. Returns the value of
 * NIX_USER_CONF_FILES that makes Nix read them.
 */
export async function writeUserConf(
  folder: string,
  { substituters: { substituters, publicKeys, netrc }, inputs, lines = [] }: UserConf,
  host: Host,
): Promise<string> {
  for (const entry of inputs.accessTokens) host.maskSecret(tokenOf(entry))
  const netrcFile = netrc === '' ? undefined : join(folder, 'netrc')
  if (netrcFile !== undefined) await writePrivateFile(netrcFile, netrc)
  // Remove the secrets of an earlier setup.
  else await rm(join(folder, 'netrc'), { force: true })
  const file = join(folder, 'nix.conf')
  const text = formatUserConf({
    substituters,
    publicKeys,
    netrcFile,
    githubToken: inputs.githubToken,
    githubServer: host.env.GITHUB_SERVER_URL,
    accessTokens: inputs.accessTokens,
    lines: inputs.nixConf,
  })
  await writePrivateFile(file, [...lines, text].join('\n'))
  return listUserConfFiles(file, host.env)
}

/** The token of an entry `host=token`, without the type of GitLab: `PAT:token`. */
function tokenOf(entry: string): string {
  return entry.replace(/^[^=]*=((PAT|OAuth2):)?/, '')
}
