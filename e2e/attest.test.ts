import { rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, describe, expect, test } from '@jest/globals'
import { newKeyPair } from '../__tests__/support/sign-bundle.js'
import type { ExecResult } from '../src/util/exec.js'
import { type AttestedMerge, type AttestJobs, digestOfMerge, openAttestJobs } from './support/attest-jobs.js'
import { type Judges, openJudges, SBOM_TYPES, SIGNER } from './support/judges.js'
import { outputOf, tool } from './support/machine.js'
import { type RegistryProcess, startRegistry } from './support/registry.js'

let jobs: AttestJobs
let judges: Judges
beforeAll(async () => {
  jobs = await openAttestJobs()
  judges = openJudges(jobs.services)
})
afterEach(async () => {
  jobs.services.identity.resetClaims()
  await jobs.services.heal()
})
afterAll(async () => {
  rmSync(judges.folder, { recursive: true })
  await jobs.close()
})

/** The lines in the summary of a run that start with a command. */
function linesOf({ summary }: AttestedMerge, command: string): string[] {
  return summary.split('\n').filter(line => line.startsWith(command))
}

/** Runs the lines for cosign in the summary. */
async function runCosignLines(merged: AttestedMerge, more: string): Promise<ExecResult[]> {
  const results: ExecResult[] = []
  for (const line of linesOf(merged, 'cosign verify'))
    results.push(await judges.cosignLine(`${line} ${more}`))
  return results
}

/** Runs our line in the summary. */
async function runOwnLine(merged: AttestedMerge, ...more: readonly string[]): Promise<ExecResult> {
  const [line = ''] = linesOf(merged, 'nix-multiarch')
  return jobs.machine.cli([...line.split(' ').slice(1), ...more], { cwd: judges.folder })
}

interface Platform {
  readonly platform: string
  readonly digest: string
}

function platformsOf({ outputs }: AttestedMerge): Platform[] {
  const [merged] = JSON.parse(outputs.json ?? '')
  return merged.platforms
}

const REFUSAL = { status: 400, message: 'not today', times: Number.POSITIVE_INFINITY }

/** docker-registry does not have the referrers API. zot has it. */
describe.each([
  { name: 'docker-registry', options: [] },
  { name: 'zot', options: ['--program', 'zot'] },
])('an image in $name', ({ name, options }) => {
  let registry: RegistryProcess
  beforeAll(async () => {
    registry = await startRegistry(options)
  })
  afterAll(() => registry.stop())

  describe.each([1, 2] as const)('signed with Rekor v%i', version => {
    let image: string
    let merged: AttestedMerge
    let digest: string
    const root = (): string => jobs.files.trustedRoot
    const merge = (): Promise<AttestedMerge> => {
      const { signingConfig, signingConfig2 } = jobs.files
      return jobs.merge({ image, 'signing-config': version === 1 ? signingConfig : signingConfig2 })
    }
    beforeAll(async () => {
      image = `${registry.address}/octo-org/hello-${version}`
      merged = await merge()
      digest = digestOfMerge(merged)
    })

    test('cosign accepts the lines in the summary: the provenance, and the signature of the image', async () => {
      const results = await runCosignLines(merged, `--trusted-root ${root()}`)
      expect(results.map(({ code }) => code)).toEqual([0, 0])
    })

    test('our line in the summary accepts it', async () => {
      outputOf(await runOwnLine(merged, '--trusted-root', root()))
    })

    test('cosign accepts the SBOMs of the index and of each platform, and the provenance of each platform', async () => {
      const platforms = platformsOf(merged)
      expect(platforms).toHaveLength(2)
      for (const type of ['slsaprovenance1', ...SBOM_TYPES])
        for (const each of [digest, ...platforms.map(platform => platform.digest)])
          outputOf(await judges.cosign(type, `${image}@${each}`))
    })

    // The bundles do not depend on the registry.
    if (name === 'docker-registry')
      test('sigstore-python accepts each bundle', async () => {
        const platforms = platformsOf(merged)
        expect(merged.bundles.size).toBe(8)
        const results = [...merged.bundles].map(([file, bundle]) => {
          const ofPlatform = platforms[['x86_64', 'aarch64'].findIndex(system => file.includes(system))]
          return judges.python(bundle, ofPlatform?.digest ?? digest)
        })
        for (const result of await Promise.all(results)) outputOf(result)
      })

    test('a second merge signs and writes nothing', async () => {
      const log = version === 1 ? jobs.services.rekor : jobs.services.rekor2
      const before = [log.size(), registry.writes(), jobs.github.state.attestations.length]
      expect(digestOfMerge(await merge())).toBe(digest)
      expect([log.size(), registry.writes(), jobs.github.state.attestations.length]).toEqual(before)
    })
  })

  test('a key signs without a service, and the lines in the summary accept it', async () => {
    const { privateKey, publicKey } = newKeyPair()
    writeFileSync(join(judges.folder, 'KEY.pub'), publicKey.export({ format: 'pem', type: 'spki' }))
    const before = [jobs.services.fulcio, jobs.services.identity].map(({ requests }) => requests.length)
    const merged = await jobs.merge({
      image: `${registry.address}/octo-org/with-key`,
      'signing-key': String(privateKey.export({ format: 'pem', type: 'pkcs8' })),
      'signing-config': '',
      'trusted-root': '',
    })
    digestOfMerge(merged)
    expect((await runCosignLines(merged, '')).map(({ code }) => code)).toEqual([0, 0])
    const after = [jobs.services.fulcio, jobs.services.identity].map(({ requests }) => requests.length)
    expect(after).toEqual(before)
    outputOf(await runOwnLine(merged))
    // Another key.
    writeFileSync(
      join(judges.folder, 'KEY.pub'),
      newKeyPair().publicKey.export({ format: 'pem', type: 'spki' }),
    )
    expect((await runCosignLines(merged, '')).map(({ code }) => code)).toEqual([1, 1])
    expect((await runOwnLine(merged)).code).toBe(1)
  })

  test("a private repository signs with GitHub's own services, and cosign accepts it with their keys", async () => {
    const { github, files, services } = jobs
    services.identity.setClaims({ repository_visibility: 'private', enterprise: 'octo' })
    const before = services.fulcio.requests.length
    const { githubSigningConfig, githubTrustedRoot } = files
    const image = `${registry.address}/octo-org/private`
    const merged = await jobs.merge({
      image,
      'signing-config': githubSigningConfig,
      'trusted-root': githubTrustedRoot,
    })
    const digest = digestOfMerge(merged)
    expect(services.fulcio.requests).toHaveLength(before)
    expect(github.state.attestations.at(-1)?.subjects).toContain(digest)
    // There is neither a log nor a log of certificates.
    const more = '--insecure-ignore-tlog --insecure-ignore-sct --use-signed-timestamps'
    const line = `cosign verify --certificate-identity ${SIGNER.name} --certificate-oidc-issuer ${SIGNER.issuer}`
    outputOf(
      await judges.cosignLine(`${line} --trusted-root ${githubTrustedRoot} ${more} ${image}@${digest}`),
    )
    outputOf(await runOwnLine(merged, '--trusted-root', githubTrustedRoot))
  })

  // The order does not depend on the registry.
  if (name === 'docker-registry')
    test.each<{ service: string; fail: (jobs: AttestJobs) => void; config?: 'signingConfig2' }>([
      { service: 'Fulcio', fail: ({ services }) => services.fulcio.fail(REFUSAL) },
      { service: 'Rekor', fail: ({ services }) => services.rekor.fail(REFUSAL) },
      {
        service: 'timestamp authority',
        fail: ({ services }) => services.timestamps.fail(REFUSAL),
        config: 'signingConfig2',
      },
      {
        service: 'GitHub',
        // The first request only asks whether attestations can be stored.
        fail: ({ github }) => github.fail({ match: 'POST', status: 422, message: REFUSAL.message, times: 2 }),
      },
    ])('if $service refuses, no tag is set, and the next run heals', async ({ service, fail, config }) => {
      const image = `${registry.address}/octo-org/refused-${service.replace(' ', '-').toLowerCase()}`
      const inputs = { image, 'signing-config': jobs.files[config ?? 'signingConfig'] }
      fail(jobs)
      const failed = await jobs.merge(inputs)
      expect(failed.code).toBe(1)
      expect(failed.log).toMatch(new RegExp(`${service}.*${REFUSAL.message}`, 'i'))
      await expect(tool('crane', ['digest', '--insecure', `${image}:1.0`])).rejects.toThrow(
        /MANIFEST_UNKNOWN/,
      )
      await jobs.services.heal()
      const digest = digestOfMerge(await jobs.merge(inputs))
      expect((await tool('crane', ['digest', '--insecure', `${image}:1.0`])).trim()).toBe(digest)
      outputOf(await judges.cosign('slsaprovenance1', `${image}:1.0`))
    })
})
