import { rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, expect, test } from '@jest/globals'
import type { SerializedBundle } from '@sigstore/bundle'
import { signBundle, type Witnesses } from '../__tests__/support/sign-bundle.js'
import type { SigstoreServices } from '../__tests__/support/sigstore-services.js'
import type { ExecResult } from '../src/util/exec.js'
import { type AttestJobs, digestOfMerge, openAttestJobs } from './support/attest-jobs.js'
import { type Judges, openJudges, SIGNER } from './support/judges.js'
import { tool } from './support/machine.js'
import { type RegistryProcess, startRegistry } from './support/registry.js'

const BUNDLE_TYPE = 'application/vnd.dev.sigstore.bundle.v0.3+json'

/** Of a signed image: its index, and what its provenance says. */
interface SignedImage {
  readonly digest: string
  readonly statement: { readonly subject: readonly { readonly digest: object }[] }
}

let jobs: AttestJobs
let judges: Judges
let registry: RegistryProcess
let signed: SignedImage
/** Another index with the same platforms. */
let otherDigest: string
beforeAll(async () => {
  jobs = await openAttestJobs()
  judges = openJudges(jobs.services)
  registry = await startRegistry()
  const merged = await jobs.merge({ image: repository('signed'), sbom: 'false' })
  const { dsseEnvelope } = JSON.parse(String(merged.bundles.get('hello.provenance.sigstore.json')))
  const payload = String(Buffer.from(dsseEnvelope.payload, 'base64'))
  signed = { digest: digestOfMerge(merged), statement: JSON.parse(payload) }
  const annotations = 'org.opencontainers.image.title=other'
  const without = { attest: 'false', 'signing-config': '', 'trusted-root': '', sbom: 'false' }
  const other = await jobs.merge({ image: repository('other'), annotations, ...without })
  otherDigest = digestOfMerge(other)
  // Our program looks there, too.
  jobs.github.state.attestations.length = 0
})
afterEach(() => jobs.services.heal())
afterAll(async () => {
  rmSync(judges.folder, { recursive: true })
  await registry.stop()
  await jobs.close()
})

const repository = (name: string): string => `${registry.address}/octo-org/${name}`

/** Signs the statement of the provenance with the identity of the job. */
function sign(witnesses: Witnesses): Promise<SerializedBundle> {
  return signBundle(jobs.services, witnesses, { whole: signed.statement })
}

interface Verdicts {
  readonly cosign: ExecResult
  readonly python: ExecResult
  readonly ours: ExecResult
}

let count = 0

/** Copies an image to a new repository with this bundle as its only one, and asks all programs. */
async function judge(bundle: SerializedBundle, name = 'signed', digest = signed.digest): Promise<Verdicts> {
  const copy = repository(`copy-${++count}`)
  await tool('crane', ['copy', '--insecure', `${repository(name)}@${digest}`, `${copy}:1.0`])
  const file = join(judges.folder, `attached-${count}.json`)
  writeFileSync(file, JSON.stringify(bundle))
  const type = ['--artifact-type', BUNDLE_TYPE, '--plain-http', '--disable-path-validation']
  const predicate = 'dev.sigstore.bundle.predicateType=https://slsa.dev/provenance/v1'
  const annotations = ['dev.sigstore.bundle.content=dsse-envelope', predicate]
  const options = [...type, ...annotations.flatMap(each => ['--annotation', each])]
  await tool('oras', ['attach', ...options, `${copy}@${digest}`, `${file}:${BUNDLE_TYPE}`])
  const [cosign, python, ours] = await Promise.all([
    judges.cosign('slsaprovenance1', `${copy}@${digest}`),
    judges.python(Buffer.from(JSON.stringify(bundle)), digest),
    jobs.machine.cli(
      ['verify', `${copy}@${digest}`, '--repo', SIGNER.repository, '--trusted-root', jobs.files.trustedRoot],
      { env: { GITHUB_API_URL: jobs.github.url } },
    ),
  ])
  return { cosign, python, ours }
}

function codesOf({ cosign, python, ours }: Verdicts): number[] {
  return [cosign.code, python.code, ours.code]
}

test.each(['rekor', 'rekor-2'] as const)('the right bundle is accepted, with %s', async witnesses => {
  expect(codesOf(await judge(await sign(witnesses)))).toEqual([0, 0, 0])
})

interface Attack {
  readonly name: string
  readonly witnesses?: Witnesses
  /** Makes the services answer with something wrong. */
  readonly prepare?: (services: SigstoreServices) => void
  /** What our program must say. */
  readonly says: RegExp
  /** Default: 1. */
  readonly cosignCode?: number
}

const CHAIN = /Failed to verify certificate chain/
const PROMISE = /inclusion promise could not be verified/
const ROOT = /calculated root hash does not match inclusion proof/

/** What is wrong with a log entry, and what our program says about it. */
const LOG_ATTACKS = [
  { wrong: 'tampered', v1: PROMISE, v2: ROOT },
  { wrong: 'other-entry', v1: /signature mismatch/, v2: /signature mismatch/ },
  { wrong: 'no-proof', v1: /The bundle is incomplete/, v2: /The bundle is incomplete/ },
  { wrong: 'wrong-proof', v1: ROOT, v2: ROOT },
  { wrong: 'other-log', v1: PROMISE, v2: /invalid checkpoint signature/ },
] as const

test.each<Attack>([
  {
    name: "another repository's certificate",
    prepare: ({ fulcio }) => fulcio.fail({ wrong: 'other-repository' }),
    says: /the source repository is https:\/\/github\.com\/octo-org\/other,/,
  },
  {
    name: "another workflow's certificate",
    prepare: ({ fulcio }) => fulcio.fail({ wrong: 'other-workflow' }),
    says: /octo-org\/app\/\.github\/workflows\/other\.yml@refs\/heads\/main/,
  },
  {
    name: 'a certificate that had expired',
    prepare: ({ fulcio }) => fulcio.fail({ wrong: 'expired-certificate' }),
    says: CHAIN,
  },
  {
    name: 'an authority that had expired',
    prepare: ({ fulcio }) => fulcio.fail({ wrong: 'expired-authority' }),
    says: CHAIN,
  },
  {
    name: 'an authority that nobody trusts',
    prepare: ({ fulcio }) => fulcio.fail({ wrong: 'other-authority' }),
    says: CHAIN,
  },
  {
    name: 'an entry that was logged after the certificate had expired',
    prepare: ({ rekor }) => rekor.fail({ wrong: 'late' }),
    says: CHAIN,
  },
  { name: 'no log entry', witnesses: 'timestamp', says: /The bundle has no log entry/ },
  {
    name: 'a timestamp of another signature',
    witnesses: 'rekor-2',
    prepare: ({ timestamps }) => timestamps.fail({ wrong: 'other-signature' }),
    says: /timestamp could not be verified/,
  },
  ...LOG_ATTACKS.flatMap(({ wrong, v1, v2 }) => [
    {
      name: `a log entry of Rekor v1: ${wrong}`,
      prepare: ({ rekor }: SigstoreServices) => rekor.fail({ wrong }),
      says: v1,
    },
    {
      name: `a log entry of Rekor v2: ${wrong}`,
      witnesses: 'rekor-2' as const,
      prepare: ({ rekor2 }: SigstoreServices) => rekor2.fail({ wrong }),
      says: v2,
      // cosign does not read the entry of Rekor v2: it makes the entry from the bundle, and finds that one in the log.
      cosignCode: wrong === 'tampered' ? 0 : 1,
    },
  ]),
])('$name is refused', async ({ witnesses = 'rekor', prepare, says, cosignCode = 1 }) => {
  prepare?.(jobs.services)
  const verdicts = await judge(await sign(witnesses))
  expect(codesOf(verdicts)).toEqual([cosignCode, 1, 1])
  expect(verdicts.ours.stdout + verdicts.ours.stderr).toMatch(says)
})

test('the bundle of another digest is refused', async () => {
  const verdicts = await judge(await sign('rekor'), 'other', otherDigest)
  expect(codesOf(verdicts)).toEqual([1, 1, 1])
})

test('a swapped subject is refused', async () => {
  const bundle = await sign('rekor')
  const [first, ...others] = signed.statement.subject
  const swapped = { ...first, digest: { sha256: otherDigest.slice('sha256:'.length) } }
  const statement = { ...signed.statement, subject: [swapped, ...others] }
  const payload = Buffer.from(JSON.stringify(statement)).toString('base64')
  const { dsseEnvelope } = bundle
  if (dsseEnvelope === undefined) throw new Error('not an envelope')
  const verdicts = await judge(
    { ...bundle, dsseEnvelope: { ...dsseEnvelope, payload } },
    'other',
    otherDigest,
  )
  expect(codesOf(verdicts)).toEqual([1, 1, 1])
})
