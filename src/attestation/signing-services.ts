import { readFile } from 'node:fs/promises'
import { UserError } from '../util/error.js'
import { describeReadError } from '../util/files.js'
import { nameInput } from '../util/input-name.js'
import { parseUrl } from '../util/text.js'
import { parseSigningConfig, type SigningServices } from './signing-config.js'

/** Which services a run uses: the public ones, or those of GitHub for private repositories. */
export type SigningInstance = 'sigstore' | 'github'

interface ServiceChoice {
  /** A signing config (JSON, v0.2), which replaces the services. The path of a file. */
  readonly signingConfig?: string | undefined
  readonly instance: SigningInstance
  /** For GitHub's services: `https://github.com`. */
  readonly serverUrl?: string | undefined
  /** Loads the newest signing config of the public services. */
  readonly loadPublicConfig: () => Promise<string>
}

/** Chooses the services of a run. Throws a `UserError` if a signing config is wrong. */
export async function chooseSigningServices(choice: ServiceChoice): Promise<SigningServices> {
  const { signingConfig: path, instance } = choice
  if (path !== undefined)
    return parseSigningConfig(await readConfig(path), `${nameInput('signing-config')}: ${path}`)
  if (instance === 'github') return githubServices(choice.serverUrl)
  return parseSigningConfig(await choice.loadPublicConfig(), "The file of Sigstore's update service")
}

async function readConfig(path: string): Promise<string> {
  try {
    return await readFile(path, 'utf8')
  } catch (error) {
    throw new UserError(`${nameInput('signing-config')}: ${path} ${describeReadError(error)}`, {
      hint: 'Set it to the path of a signing config of Sigstore (JSON, v0.2).',
      cause: error,
    })
  }
}

/** GitHub's services have no log. */
function githubServices(serverUrl = 'https://github.com'): SigningServices {
  const host = parseUrl(serverUrl)?.hostname ?? ''
  const domain = host === 'github.com' ? 'githubapp.com' : host
  if (host !== 'github.com' && !host.endsWith('.ghe.com'))
    throw new UserError(`The server ${serverUrl} has no service that signs`, {
      hint: `Set ${nameInput('signing-key')}, or the services in ${nameInput('signing-config')}.`,
    })
  return { fulcio: `https://fulcio.${domain}`, logs: [], timestamps: [`https://timestamp.${domain}`] }
}
