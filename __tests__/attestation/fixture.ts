import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { requestIdentityToken } from '../../src/attestation/identity-token.js'
import { createKeylessSigner, type StatementSigner } from '../../src/attestation/sign-statements.js'
import type { ServiceLimits } from '../../src/attestation/signing-service.js'
import type { Statement } from '../../src/attestation/statement.js'
import { digestOf } from '../../src/oci/digest.js'
import { UserError } from '../../src/util/error.js'
import type { TestHost } from '../support/host.js'

/** Three tries, and short waits between them. */
export const HASTY: ServiceLimits = {
  timeouts: { connect: 10_000, idle: 10_000, answer: 10_000 },
  retry: { attempts: 3, firstWaitMs: 2 },
  totalMs: 20_000,
}

/** For a service that does not answer. The others have to answer within this time. */
export const IMPATIENT: ServiceLimits = {
  ...HASTY,
  timeouts: { connect: 1000, idle: 1000, answer: 1000 },
  retry: { attempts: 1, firstWaitMs: 2 },
}

export function statementAbout(text: string): Statement {
  return {
    subjects: [{ name: 'ghcr.io/octo-org/app', digest: digestOf(Buffer.from(text)) }],
    predicateType: 'https://slsa.dev/provenance/v1',
    predicate: { about: text },
  }
}

interface KeylessOptions {
  readonly limits?: ServiceLimits
  readonly now?: () => number
}

/** A signer that uses the services of a signing config, and the identity that the variables of a host give. */
export function keylessSigner(
  host: TestHost,
  signingConfig: object,
  { limits = HASTY, now }: KeylessOptions = {},
): Promise<StatementSigner> {
  const path = join(host.temp, 'signing-config.json')
  writeFileSync(path, JSON.stringify(signingConfig))
  const { env, log, signal, temp: cacheFolder } = host
  return createKeylessSigner({
    signingConfig: path,
    instance: 'sigstore',
    requestToken: () => requestIdentityToken(host, limits),
    ...{ cacheFolder, env, log, signal, limits },
    ...(now && { now }),
  })
}

/** The `UserError` with which a task fails. */
export async function failureOf(task: Promise<unknown>): Promise<UserError> {
  const error = await task.then(
    () => undefined,
    reason => reason,
  )
  if (error instanceof UserError) return error
  throw error ?? new Error('it did not fail')
}
