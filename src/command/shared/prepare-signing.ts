import { readFile } from 'node:fs/promises'
import { requestIdentityToken } from '../../attestation/identity-token.js'
import { readPrivateKey } from '../../attestation/private-key.js'
import { checkAttestationsAccess } from '../../github/attestations-access.js'
import { hintForKey } from '../../github/attestations-hints.js'
import {
  parseRepositoryFacts,
  type RepositoryFacts,
  readRepositoryFacts,
} from '../../github/repository-facts.js'
import { isGitHubDotCom, readEvent, readObject } from '../../host/event.js'
import type { Host } from '../../host/host.js'
import { messageOf, UsageError, UserError } from '../../util/error.js'
import { nameInput, nameSetting } from '../../util/input-name.js'
import { asObject, asOptionalString, type JsonObject, parseJson } from '../../util/json.js'
import { chooseSigningServices, type SigningRepository } from './choose-signing-services.js'
import { githubOf } from './git.js'
import type { IdentitySigning, KeySigning, SigningInputs, SigningWay } from './signing-way.js'

/** Decides how a run that pushes signs, and checks that it can. */
export async function prepareSigning(inputs: SigningInputs, host: Host): Promise<SigningWay> {
  checkKeyInputs(inputs)
  await checkServiceFile('signing-config', inputs.signingConfig)
  await checkServiceFile('trusted-root', inputs.trustedRoot)
  const { signingKey, signingKeyPassword } = inputs
  return signingKey === undefined ? prepareIdentity(inputs, host) : prepareKey(signingKey, signingKeyPassword)
}

/**
 * Throws a `UserError` if GitHub does not offer attestations for the repository of this run. Reads only what a job without
 * `id-token: write` can read.
 */
export async function checkRepository(
  inputs: Pick<SigningInputs, 'attest' | 'githubToken'>,
  host: Host,
): Promise<void> {
  checkServer(host)
  const repository = await findRepository(inputs, host)
  if (repository !== undefined) chooseSigningServices(inputs.attest, repository)
}

function checkKeyInputs({ attest, signingKey, signingKeyPassword, signingConfig }: SigningInputs): void {
  if (signingKey !== undefined) {
    if (signingConfig === undefined) return
    throw new UsageError(
      `${nameInput('signing-config')} and ${nameInput('signing-key')} exclude each other: a key signs without services`,
    )
  }
  if (attest === 'key')
    throw new UsageError(
      `${nameSetting('attest', 'key')} needs ${nameInput('signing-key')}, which is not set`,
      {
        hint: 'If it is from a secret, check the name of the secret, and that this workflow may use it.',
      },
    )
  if (signingKeyPassword !== undefined)
    throw new UsageError(
      `${nameInput('signing-key-password')} is set, but ${nameInput('signing-key')} is not`,
    )
}

async function prepareKey(key: string, password: string | undefined): Promise<KeySigning> {
  return { way: 'key', privateKey: await readPrivateKey(key, password) }
}

async function prepareIdentity(inputs: SigningInputs, host: Host): Promise<IdentitySigning> {
  checkServer(host)
  const { claims } = await requestIdentityToken(host)
  const event = readEvent(host.env)
  const repository = {
    name: claims.repository,
    visibility: claims.visibility,
    isOwnedByUser: factsOf(event)?.isOwnedByUser,
    hasEnterprise: claims.enterprise !== undefined || hasEnterprise(event) === true,
  }
  const choice = chooseSigningServices(inputs.attest, repository)
  if (choice.sendsToGitHub) await checkAccess(inputs, host)
  return { ...choice, claims }
}

async function checkAccess(inputs: SigningInputs, host: Host): Promise<void> {
  const github = await githubOf(inputs, host)
  if (github !== undefined) await checkAttestationsAccess(github.api, github.name)
}

/** Other servers with workflows have other services, or none. */
function checkServer({ kind, env }: Host): void {
  if (kind === 'github' && isGitHubDotCom(env)) return
  const where = kind === 'github' ? `on ${env.GITHUB_SERVER_URL}` : 'outside a job of GitHub Actions'
  throw new UserError(`Signing without a key works only in a job on github.com, and not ${where}`, {
    hint:
      kind === 'github' ? `Sign with your own key: set ${hintForKey()}.` : `Set ${nameInput('signing-key')}.`,
  })
}

/** Reads the event and, unless that says that the repository is public, the API, which also knows later changes. */
async function findRepository(
  inputs: Pick<SigningInputs, 'githubToken'>,
  host: Host,
): Promise<SigningRepository | undefined> {
  const { GITHUB_REPOSITORY: name = '' } = host.env
  const event = readEvent(host.env)
  const stated = factsOf(event)
  const facts = stated?.visibility === 'public' ? stated : ((await readFacts(inputs, host)) ?? stated)
  return facts && { ...facts, name, hasEnterprise: hasEnterprise(event) }
}

async function readFacts(
  inputs: Pick<SigningInputs, 'githubToken'>,
  host: Host,
): Promise<RepositoryFacts | undefined> {
  const github = await githubOf(inputs, host)
  try {
    return github && (await readRepositoryFacts(github.api, github.name))
  } catch (error) {
    host.signal.throwIfAborted()
    // The merge finds out.
    host.log.debug(`The visibility of the repository is not known: ${messageOf(error)}`)
    return undefined
  }
}

function factsOf(event: JsonObject | undefined): RepositoryFacts | undefined {
  const repository = readObject(event, 'repository')
  return repository && parseRepositoryFacts(repository)
}

/**
 * Events of an organization name its enterprise, if it has one. All organizations with Enterprise Cloud have belonged to an
 * enterprise since 2025. Events without an organization say nothing.
 */
function hasEnterprise(event: JsonObject | undefined): boolean | undefined {
  if (readObject(event, 'enterprise') !== undefined) return true
  return readObject(event, 'organization') === undefined ? undefined : false
}

/** The media types of the files with services and their keys, without the version. */
const MEDIA_TYPES = {
  'signing-config': { type: /^application\/vnd\.dev\.sigstore\.signingconfig\b/, what: 'a signing config' },
  'trusted-root': { type: /^application\/vnd\.dev\.sigstore\.trustedroot\b/, what: 'a trusted root' },
} as const

/** Throws a `UserError` if a file cannot be read, or is another document. The rest is checked when it is used. */
async function checkServiceFile(input: keyof typeof MEDIA_TYPES, path: string | undefined): Promise<void> {
  if (path === undefined) return
  const { type, what } = MEDIA_TYPES[input]
  const fail = (reason: string, cause?: unknown): never => {
    throw new UserError(`${nameInput(input)} is not ${what} of Sigstore: ${reason}`, {
      hint: 'Set the path of a JSON file that exists on this machine.',
      cause,
    })
  }
  const found = await readMediaType(path).catch(error => fail(messageOf(error), error))
  if (!type.test(found)) fail(`${path} has the media type ${JSON.stringify(found)}`)
}

async function readMediaType(path: string): Promise<string> {
  const document = asObject(parseJson(await readFile(path), path), path)
  return asOptionalString(document.mediaType, 'mediaType') ?? ''
}
