import type { Host } from '../host/host.js'
import { setOutputs } from '../input/action-outputs.js'
import type { VerifyInputs } from '../input/input-table.js'
import { UsageError, UserError } from '../util/error.js'
import { nameInput } from '../util/input-name.js'
import type { Rebuild } from './rebuild/rebuild.js'
import { type Verification, type VerifiedImage, withVerified } from './verify/verify.js'
import { formatVerification } from './verify/verify-text.js'

/** The result of the command `verify`. Printed by `--json`. */
export interface VerifyResult extends Verification {
  /** Absent without `--rebuild`. */
  readonly rebuild?: Rebuild
}

/** The command `verify`: checks an image by its bytes. With `rebuild`, also builds it again from its source and compares it. */
export async function verifyImage(name: string, inputs: VerifyInputs, host: Host): Promise<VerifyResult> {
  checkStrict(inputs)
  return withVerified(name, inputs, host, async (verified, location) => {
    const { verification } = verified
    if (!inputs.rebuild)
      return withoutRebuild(verification, `it was not built again (${nameInput('rebuild')})`)
    if (!isReadable(verified))
      return withoutRebuild(verification, 'it was not built again, because parts of the image cannot be read')
    // An error of the rebuild must not hide them.
    for (const problem of listProblems(verification)) host.log.warning(`${verification.name}: ${problem}`)
    // Loaded only if it is needed: it has the build and the merge.
    const { rebuild } = await import('./rebuild/rebuild.js')
    return joinResults(verified, await rebuild(verified, location, inputs, host), inputs)
  })
}

function isReadable({ platforms }: VerifiedImage): boolean {
  return platforms.length > 0 && platforms.every(each => each.configBytes !== undefined)
}

function checkStrict({ rebuild, strict, flake }: VerifyInputs): void {
  if (rebuild) return
  const unused = strict ? 'strict' : flake === undefined ? undefined : 'flake'
  if (unused === undefined) return
  throw new UsageError(`${nameInput(unused)} is for a rebuild`, { hint: `Set ${nameInput('rebuild')}, too.` })
}

function withoutRebuild(verification: Verification, why: string): VerifyResult {
  const notChecked = [...verification.notChecked, `the source: ${why}`]
  return { ...verification, notChecked }
}

function joinResults(
  { verification }: VerifiedImage,
  rebuild: Rebuild,
  { strict }: VerifyInputs,
): VerifyResult {
  const isRepeated = rebuild.verdict === 'identical' || (rebuild.verdict === 'same content' && !strict)
  const { image, ...others } = verification
  return {
    ...others,
    ...(isRepeated && image !== undefined && { image }),
    isRight: verification.isRight && isRepeated,
    checked: [...verification.checked, 'the source, by building it again'],
    rebuild,
  }
}

/** Formats the result as text. */
export async function formatVerifyResult(result: VerifyResult): Promise<string> {
  if (result.rebuild === undefined) return formatVerification(result)
  const { formatRebuild } = await import('./rebuild/rebuild-text.js')
  return formatVerification(result, formatRebuild(result.rebuild))
}

/** The action `verify`. Throws a `UserError` after it has set the outputs if something is wrong. */
export async function verifyInAction(inputs: VerifyInputs, host: Host): Promise<void> {
  const { image } = inputs
  if (image === undefined) {
    throw new UsageError(`${nameInput('image')} is not set`, {
      hint: 'Set it to the image to verify, for example ghcr.io/owner/name:1.2.3.',
    })
  }
  const result = await verifyImage(image, inputs, host)
  const { digest, image: verified = '', rebuild, isRight } = result
  const json = JSON.stringify(result)
  setOutputs('verify', { digest, image: verified, verdict: rebuild?.verdict ?? '', json }, host)
  for (const line of (await formatVerifyResult(result)).split('\n')) host.log.info(line)
  if (!isRight) throw new UserError(`${result.name} is not right: ${describeProblems(result)}`)
}

function listProblems({ findings }: Verification): string[] {
  return findings.map(({ platform, problem }) => (platform ? `${platform}: ${problem}` : problem))
}

function describeProblems(result: VerifyResult): string {
  const { rebuild } = result
  const isOther = rebuild !== undefined && rebuild.verdict !== 'identical'
  return [
    ...listProblems(result),
    ...(isOther ? [`a rebuild gives another image (${rebuild.verdict})`] : []),
  ].join('; ')
}
