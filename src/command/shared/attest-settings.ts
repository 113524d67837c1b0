import type { Host } from '../../host/host.js'
import type { PlanInputs } from '../../input/input-table.js'
import { UsageError } from '../../util/error.js'
import { nameInput, nameSetting } from '../../util/input-name.js'
import type { DestinationSettings } from './destinations.js'
import type { SigningInputs, SigningWay } from './signing-way.js'

type SignedOutputs = Pick<DestinationSettings, 'image' | 'canSignArchives'>

/**
 * Decides how a run signs, and checks everything that can be checked before its work: the key, the files, the permissions of the
 * job, and whether the repository can have attestations. Returns `undefined` if nothing is signed. Throws a `UserError`.
 *
 * @param settings images that are pushed are signed. A key also signs archives.
 */
export async function resolveAttestation(
  inputs: SigningInputs,
  host: Host,
  settings: SignedOutputs,
): Promise<SigningWay | undefined> {
  checkKeyIsUsed(inputs)
  if (inputs.attest === 'false') return undefined
  const signsArchives = settings.canSignArchives && inputs.signingKey !== undefined
  if (!signsArchives && !signsIfPushed(inputs, host, settings.image.length > 0)) return undefined
  // Loaded only if it is used.
  const { prepareSigning } = await import('./prepare-signing.js')
  return prepareSigning(inputs, host)
}

/** Like `resolveAttestation`, for a job that also builds what it signs. Logs what that means for the provenance. */
export async function resolveForOneJob(
  inputs: SigningInputs,
  host: Host,
  settings: SignedOutputs,
): Promise<SigningWay | undefined> {
  const signing = await resolveAttestation(inputs, host, settings)
  if (signing !== undefined)
    host.log.info(
      'This job builds and signs, so its provenance claims no isolation between the two (SLSA Build Level 1). ' +
        'The workflow publish.yml signs in a separate job.',
    )
  return signing
}

/**
 * Throws a `UserError` if a merge after this plan could not sign. A plan has no key: `attest: key` says that the merge gets one.
 * Outside GitHub, only keys sign, and nothing is checked.
 */
export async function checkPlannedAttestation(
  inputs: Pick<PlanInputs, 'attest' | 'githubToken'>,
  host: Host,
  pushes: boolean,
): Promise<void> {
  if (inputs.attest === 'false' || inputs.attest === 'key') return
  if (host.kind !== 'github' || !signsIfPushed(inputs, host, pushes)) return
  const { checkRepository } = await import('./prepare-signing.js')
  await checkRepository(inputs, host)
}

function signsIfPushed({ attest }: Pick<SigningInputs, 'attest'>, { log }: Host, pushes: boolean): boolean {
  if (!pushes) log.info(`${nameSetting('attest', attest)}: nothing is signed, because this run does not push`)
  return pushes
}

/** A key that is ignored would leave images unsigned that the user believes to be signed. */
function checkKeyIsUsed({ attest, signingKey }: SigningInputs): void {
  if (signingKey === undefined || attest === 'true' || attest === 'key') return
  if (attest === 'public-log')
    throw new UsageError(
      `${nameSetting('attest', 'public-log')} and ${nameInput('signing-key')} exclude each other: nothing about a signature ` +
        'with a key is sent to a public log',
      { hint: `Set ${nameSetting('attest', 'key')}, or remove ${nameInput('signing-key')}.` },
    )
  throw new UsageError(
    `${nameInput('signing-key')} is set, but ${nameInput('attest')} is not, so nothing would be signed`,
    {
      hint: `Set ${nameSetting('attest', 'key')}, or remove ${nameInput('signing-key')}.`,
    },
  )
}
