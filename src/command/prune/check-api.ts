import { isLoopback } from '../../http/address.js'
import type { Reference } from '../../oci/reference.js'
import { UserError } from '../../util/error.js'
import { parseUrl } from '../../util/text.js'

const GITHUB_API = 'https://api.github.com'

/**
 * Throws a `UserError` if the registry is not the container registry of the GitHub server that the API belongs to. Only GitHub
 * has an API to delete package versions.
 */
export function checkApiOf({ registry }: Pick<Reference, 'registry'>, apiUrl = GITHUB_API): void {
  const api = parseUrl(apiUrl)
  const known = api === undefined ? [] : registriesOf(api)
  if (known.includes(registry)) return
  // Both may be tunnels to a server, or run on this machine.
  const isLocal = api !== undefined && isLoopback(api) && isLoopback(new URL(`http://${registry}`))
  if (isLocal) return
  throw new UserError(
    `${registry} is not the container registry of the GitHub server at ${api?.host ?? apiUrl}`,
    {
      hint: 'Only packages in ghcr.io, or in `containers.HOST` of GitHub Enterprise with GITHUB_API_URL, can be pruned.',
    },
  )
}

/** Enterprise Server has its API at `https://HOST/api/v3`, Enterprise Cloud with data residency at `https://api.NAME.ghe.com`. */
function registriesOf({ hostname }: URL): string[] {
  if (hostname === new URL(GITHUB_API).hostname) return ['ghcr.io']
  return [`containers.${hostname}`, `containers.${hostname.replace(/^api\./, '')}`]
}
