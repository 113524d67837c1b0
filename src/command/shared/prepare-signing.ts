import { requestIdentityToken } from '../../attestation/identity-token.js'
import { readPrivateKey } from '../../attestation/private-key.js'
import { chooseSigningServices } from '../../attestation/signing-services.js'
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
import type { JsonObject } from '../../util/json.js'
import { chooseInstance, type SigningRepository } from './choose-instance.js'
import { githubOf } from './git.js'
import type { IdentitySigning, KeySigning, SigningInputs, SigningWay } from './signing-way.js'

/** Decides how a run that pushes signs, and checks that it can. */
export async function prepareSigning(inputs: SigningInputs, host: Host): Promise<SigningWay> {
  checkKeyInputs(inputs)
  await checkServiceFiles(inputs, host)
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
  if (repository !== undefined) chooseInstance(inputs.attest, repository)
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
        hint: `${SET_KEY} If it is from a secret, check the name of the secret, and that the job may use it.`,
      },
    )
  if (signingKeyPassword !== undefined)
    throw new UsageError(
      `${nameInput('signing-key-password')} is set, but ${nameInput('signing-key')} is not`,
    )
}

const SET_KEY = 'Set it to a private key, or to the path of its file.'

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
  const choice = chooseInstance(inputs.attest, repository)
  if (choice.sendsToGitHub) await checkAccess(inputs, host)
  return { ...choice, claims }
}

async function checkAccess(inputs: SigningInputs, host: Host): Promise<void> {
  const github = await githubOf(inputs, host)
  if (github !== undefined) await checkAttestationsAccess(github.api, github.name)
}

/** Other servers with workflows have other services, or none. */
function checkServer({ kind, env }: Host): void {
  if (kind !== 'github')
    throw new UserError(
      `The command line signs only with a key, and ${nameInput('signing-key')} is not set`,
      {
        hint: `${SET_KEY} In a job of GitHub Actions, the actions can sign with the identity of the job.`,
      },
    )
  if (isGitHubDotCom(env)) return
  throw new UserError(
    `Only jobs on github.com have an identity to sign with, and this job is on ${env.GITHUB_SERVER_URL}`,
    { hint: `Sign with your own key: set ${hintForKey()}.` },
  )
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

/** Throws a `UserError` if one of the files cannot be read or used. */
async function checkServiceFiles({ signingConfig, trustedRoot }: SigningInputs, host: Host): Promise<void> {
  const loadPublicConfig = (): Promise<string> => Promise.reject(new Error('a file is set'))
  if (signingConfig !== undefined)
    await chooseSigningServices({ signingConfig, instance: 'sigstore', loadPublicConfig })
  if (trustedRoot === undefined) return
  const { loadTrustRoots } = await import('../../attestation/trust-root.js')
  await loadTrustRoots({ ...host, trustedRoot, cacheFolder: host.tools })
}
