import { createPublicKey, generateKeyPairSync } from 'node:crypto'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from '@jest/globals'
import { checkPlannedAttestation, resolveAttestation } from '../../../src/command/shared/attest-settings.js'
import { chooseInstance, type SigningRepository } from '../../../src/command/shared/choose-instance.js'
import { MERGE_INPUTS } from '../../../src/input/input-table.js'
import { readInputs } from '../../../src/input/read-inputs.js'
import { UsageError, UserError } from '../../../src/util/error.js'
import { type GitHubStandIn, serveGitHubApi } from '../../support/github-api.js'
import { silentHost, type TestHost, testHost } from '../../support/host.js'
import { type SigstoreServices, startSigstoreServices } from '../../support/sigstore-services.js'

const PUSHES = { image: ['ghcr.io/{owner}/{name}'], canSignArchives: false }
const NO_PUSH = { image: [], canSignArchives: false }

let github: GitHubStandIn
let hosts: TestHost[]
beforeEach(async () => {
  github = await serveGitHubApi()
  hosts = []
})
afterEach(async () => {
  for (const host of hosts) host.remove()
  await github.close()
})

/** A step of a job for an event. */
function jobOf(event: object | undefined, env: Readonly<Record<string, string>> = {}): TestHost {
  const host = testHost({
    kind: 'github',
    env: {
      GITHUB_SERVER_URL: 'https://github.com',
      GITHUB_API_URL: github.url,
      GITHUB_REPOSITORY: 'owner/name',
      GITHUB_TOKEN: 'reader',
      GITHUB_EVENT_NAME: 'push',
      ...env,
    },
  })
  hosts.push(host)
  const path = join(host.temp, 'event.json')
  if (event !== undefined) writeFileSync(path, JSON.stringify(event))
  Object.assign(host.env, { GITHUB_EVENT_PATH: path })
  return host
}

/** The fields of an event about a repository. */
function eventOf(visibility: string, owner: 'User' | 'Organization', enterprise = false): object {
  return {
    repository: { visibility, private: visibility !== 'public', owner: { type: owner } },
    ...(owner === 'Organization' && { organization: { login: 'owner' } }),
    ...(enterprise && { enterprise: { slug: 'octo-corp' } }),
  }
}

const inputsOf = (given: Readonly<Record<string, string>>) =>
  readInputs(MERGE_INPUTS, name => given[name], silentHost)

describe('the services that sign with the identity of a job', () => {
  const repository = (about: Partial<SigningRepository>): SigningRepository => ({
    name: 'owner/name',
    visibility: 'private',
    isOwnedByUser: false,
    hasEnterprise: false,
    ...about,
  })

  test.each([
    ['true', { visibility: 'public' }, 'sigstore', true],
    ['true', { visibility: 'public', isOwnedByUser: true }, 'sigstore', true],
    ['public-log', { visibility: 'public' }, 'sigstore', true],
    ['true', { hasEnterprise: true }, 'github', true],
    ['true', { hasEnterprise: true, isOwnedByUser: undefined }, 'github', true],
    ['true', { visibility: 'internal', hasEnterprise: undefined }, 'github', true],
    // GitHub refuses later, and nothing becomes public.
    ['true', { hasEnterprise: undefined }, 'github', true],
    ['public-log', {}, 'sigstore', false],
    ['public-log', { hasEnterprise: true }, 'sigstore', false],
    ['public-log', { isOwnedByUser: true }, 'sigstore', false],
  ] as const)('attest: %s, %j: %s, to GitHub: %j', (attest, about, way, sendsToGitHub) => {
    expect(chooseInstance(attest, repository(about))).toEqual({ way, sendsToGitHub })
  })

  test.each([
    [{}, /only with Enterprise Cloud$/],
    [{ isOwnedByUser: undefined }, /only with Enterprise Cloud$/],
    [{ isOwnedByUser: true }, /repositories of users$/],
    [{ isOwnedByUser: true, hasEnterprise: true }, /repositories of users$/],
  ])('a private repository is refused: %j', (about, message) => {
    jobOf({})
    const choose = () => chooseInstance('true', repository(about))
    expect(choose).toThrow(message)
    expect(choose).toThrow(
      expect.objectContaining({
        message: expect.stringMatching(/^owner\/name /),
        hint: expect.stringMatching(
          /`signing-key`.*make the repository public.*`attest: public-log`.*name of the repository.*commit become public/,
        ),
      }),
    )
  })
})

describe('a plan', () => {
  const check = (attest: string, host: TestHost, pushes = true) =>
    checkPlannedAttestation({ ...inputsOf({ attest }), githubToken: undefined }, host, pushes)

  test.each([
    ['false', eventOf('private', 'User')],
    ['key', eventOf('private', 'User')],
    ['public-log', eventOf('private', 'User')],
    ['true', eventOf('public', 'User')],
    ['true', eventOf('private', 'Organization', true)],
    ['true', eventOf('internal', 'Organization', true)],
  ])('accepts attest: %s for %j', async (attest, event) => {
    Object.assign(github.state, { visibility: 'private' })
    if (/internal/.test(JSON.stringify(event))) github.state.visibility = 'internal'
    await check(attest, jobOf(event))
  })

  test('asks GitHub nothing if the event says that the repository is public', async () => {
    await check('true', jobOf(eventOf('public', 'User')))
    expect(github.requests).toEqual([])
  })

  test.each(['User', 'Organization'] as const)(
    'refuses a private repository before anything is built (%s)',
    async owner => {
      Object.assign(github.state, { visibility: 'private', ownerType: owner })
      await expect(check('true', jobOf(eventOf('private', owner)))).rejects.toThrow(/it is private/)
    },
  )

  test('uses the present visibility: the repository was made public, and the job was started again', async () => {
    github.state.visibility = 'public'
    await check('true', jobOf(eventOf('private', 'User')))
    expect(github.requests.map(({ line }) => line)).toEqual(['GET /repos/owner/name'])
  })

  test('reads the API if the event says nothing, for example that of a schedule', async () => {
    Object.assign(github.state, { visibility: 'private', ownerType: 'User' })
    await expect(check('true', jobOf({ schedule: '0 0 * * *' }))).rejects.toThrow(/repositories of users/)
    github.state.ownerType = 'Organization'
    // It may have Enterprise Cloud.
    await check('true', jobOf({ schedule: '0 0 * * *' }))
    await check('true', jobOf(undefined))
  })

  test('continues if nothing is known, because the merge finds out', async () => {
    github.fail({ match: 'GET', status: 404 })
    const host = jobOf(undefined)
    await check('true', host)
    expect(host.logged.join('\n')).toMatch(/debug: .*visibility.*404/)
  })

  test('of a run that does not push is not refused', async () => {
    const host = jobOf(eventOf('private', 'User'))
    await check('true', host, false)
    expect(host.logged).toEqual(['info: `attest: true`: nothing is signed, because this run does not push'])
  })

  test.each(['https://github.example.com', 'https://octo.ghe.com', 'https://codeberg.org'])(
    'on %s needs a key',
    async url => {
      const host = jobOf(eventOf('public', 'User'), { GITHUB_SERVER_URL: url })
      await expect(check('true', host)).rejects.toMatchObject({
        message: `Only jobs on github.com have an identity to sign with, and this job is on ${url}`,
        hint: expect.stringMatching(/`signing-key`.*`attest: key`/),
      })
      await check('key', host)
    },
  )

  test('outside GitHub is accepted, because the merge can have a key', async () => {
    await check('true', testHostOf())
  })
})

function testHostOf(): TestHost {
  const host = testHost()
  hosts.push(host)
  return host
}

describe('wrong inputs', () => {
  test.each([
    [{ 'signing-key': 'x' }, /^`signing-key` is set, but `attest` is not/],
    [
      { 'signing-key': 'x', attest: 'public-log' },
      /^`attest: public-log` and `signing-key` exclude each other/,
    ],
    [{ attest: 'key' }, /^`attest: key` needs `signing-key`/],
    [
      { attest: 'true', 'signing-key-password': 'x' },
      /^`signing-key-password` is set, but `signing-key` is not/,
    ],
    [
      { attest: 'true', 'signing-key': 'x', 'signing-config': 'x' },
      /^`signing-config` and `signing-key` exclude/,
    ],
  ])('are wrong usage: %j', async (given, message) => {
    const error = await resolveAttestation(inputsOf(given), jobOf({}), PUSHES).catch(
      (thrown: unknown) => thrown,
    )
    expect(error).toBeInstanceOf(UsageError)
    expect((error as Error).message).toMatch(message)
  })

  test('a pull request of a fork has no secrets, and nothing is signed', async () => {
    expect(await resolveAttestation(inputsOf({ attest: 'key' }), jobOf({}), NO_PUSH)).toBeUndefined()
  })

  test('without attest, nothing is checked or said', async () => {
    const host = jobOf(eventOf('private', 'User'))
    expect(await resolveAttestation(inputsOf({}), host, PUSHES)).toBeUndefined()
    expect(host.logged).toEqual([])
  })

  test('outside GitHub, the error names the variable of the key', async () => {
    await expect(
      resolveAttestation(inputsOf({ attest: 'true' }), testHostOf(), PUSHES),
    ).rejects.toMatchObject({
      message: 'The command line signs only with a key, and `NIX_MULTIARCH_SIGNING_KEY` is not set',
      hint: expect.stringMatching(
        /^Set it to a private key, or to the path of its file\. In a job of GitHub Actions/,
      ),
    })
  })

  test.each([
    ['a missing file', undefined, /does not exist/],
    ['no JSON', 'x', /not JSON/],
    [
      'a trusted root',
      '{"mediaType":"application/vnd.dev.sigstore.trustedroot+json;version=0.1"}',
      /trustedroot/,
    ],
    ['no media type', '{}', /mediaType/],
  ])('the signing config is %s', async (_, content, message) => {
    const host = jobOf({})
    const file = join(host.temp, 'config.json')
    if (content !== undefined) writeFileSync(file, content)
    await expect(
      resolveAttestation(inputsOf({ attest: 'true', 'signing-config': file }), host, PUSHES),
    ).rejects.toThrow(message)
  })

  test('the trusted root is missing', async () => {
    const host = jobOf({})
    await expect(
      resolveAttestation(inputsOf({ attest: 'true', 'trusted-root': join(host.temp, 'x') }), host, PUSHES),
    ).rejects.toThrow(/`trusted-root`: .* does not exist/)
  })
})

describe('the merge', () => {
  let services: SigstoreServices
  beforeAll(async () => {
    services = await startSigstoreServices()
  })
  afterEach(() => services.identity.resetClaims())
  afterAll(() => services.close())

  const jobWithIdentity = (event: object, token = 'writer'): TestHost =>
    jobOf(event, { ...services.environment(), GITHUB_TOKEN: token })
  const resolve = (host: TestHost, attest = 'true') => resolveAttestation(inputsOf({ attest }), host, PUSHES)

  test.each([
    ['public', 'true', { way: 'sigstore', sendsToGitHub: true }],
    ['internal', 'true', { way: 'github', sendsToGitHub: true }],
    ['private', 'public-log', { way: 'sigstore', sendsToGitHub: false }],
  ])('reads the identity token: %s, attest: %s', async (visibility, attest, expected) => {
    services.identity.setClaims({ repository_visibility: visibility })
    const found = await resolve(jobWithIdentity(eventOf('private', 'Organization')), attest)
    expect(found).toMatchObject({ ...expected, claims: { visibility } })
  })

  test('uses the services of GitHub for an enterprise', async () => {
    services.identity.setClaims({ repository_visibility: 'private', enterprise: 'octo-corp' })
    const found = await resolve(jobWithIdentity(eventOf('private', 'Organization')))
    expect(found).toMatchObject({ way: 'github', sendsToGitHub: true })
  })

  test.each([
    ['of an organization', {}, eventOf('private', 'Organization')],
    ['of a user in an enterprise', { enterprise: 'octo-corp' }, eventOf('private', 'User')],
    // The event is older than the token.
    ['that was public', {}, eventOf('public', 'Organization')],
  ])('refuses a private repository %s', async (_, claims, event) => {
    services.identity.setClaims({ repository_visibility: 'private', ...claims })
    const host = jobWithIdentity(event)
    await expect(resolve(host)).rejects.toThrow(/it is private/)
    expect(github.requests).toEqual([])
  })

  test('needs the permission to store attestations, and stores nothing to find out', async () => {
    await expect(resolve(jobWithIdentity(eventOf('public', 'User'), 'reader'))).rejects.toMatchObject({
      message: expect.stringMatching(/attestations with 403: Resource not accessible by integration$/),
      hint: expect.stringMatching(/attestations: write/),
    })
    await resolve(jobWithIdentity(eventOf('public', 'User')))
    expect(github.state.attestations).toEqual([])
  })

  test('explains that the plan is missing, if only GitHub knows', async () => {
    github.state.attestationsNeedPlan = true
    await expect(resolve(jobWithIdentity(eventOf('public', 'User')))).rejects.toMatchObject({
      message: expect.stringMatching(/Feature not available/),
      hint: expect.stringMatching(/`signing-key`.*public.*`attest: public-log`/),
    })
  })

  test.each([503, 422])(
    'continues if GitHub answers %d, because that may be over when it signs',
    async status => {
      github.fail({ match: 'POST', status, headers: { 'retry-after': '0' }, times: 9 })
      expect(await resolve(jobWithIdentity(eventOf('public', 'User')))).toMatchObject({ way: 'sigstore' })
    },
  )

  test('needs the permission to request an identity token', async () => {
    const host = jobOf(eventOf('public', 'User'), { GITHUB_ACTIONS: 'true' })
    await expect(resolve(host)).rejects.toMatchObject({ hint: expect.stringMatching(/id-token: write/) })
  })

  test('asks GitHub nothing about a public log in a private repository', async () => {
    services.identity.setClaims({ repository_visibility: 'private' })
    await resolve(jobWithIdentity(eventOf('private', 'User'), 'reader'), 'public-log')
    expect(github.requests).toEqual([])
  })
})

describe('a key', () => {
  const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' })
  const plain = privateKey.export({ type: 'pkcs8', format: 'pem' }).toString()
  const encrypted = privateKey
    .export({ type: 'pkcs8', format: 'pem', cipher: 'aes-256-cbc', passphrase: 'right' })
    .toString()
  const resolve = (given: Readonly<Record<string, string>>, host: TestHost) =>
    resolveAttestation(inputsOf(given), host, PUSHES)

  test.each([
    ['true', { 'signing-key': plain }],
    ['key', { 'signing-key': plain }],
    ['true', { 'signing-key': encrypted, 'signing-key-password': 'right' }],
  ])('signs with attest: %s, and neither GitHub nor a service is asked', async (attest, given) => {
    // A job without permissions, in a private repository.
    const found = await resolve({ attest, ...given }, jobOf(eventOf('private', 'User')))
    if (found?.way !== 'key') throw new Error('no key')
    expect(createPublicKey(found.privateKey).equals(publicKey)).toBe(true)
    expect(github.requests).toEqual([])
  })

  test.each(['https://github.example.com', 'https://codeberg.org'])('signs on %s', async url => {
    const host = jobOf(undefined, { GITHUB_SERVER_URL: url })
    expect(await resolve({ attest: 'key', 'signing-key': plain }, host)).toMatchObject({ way: 'key' })
  })

  test('signs on a local machine, from a file', async () => {
    const host = testHostOf()
    const file = join(host.temp, 'key.pem')
    writeFileSync(file, plain)
    expect(await resolve({ attest: 'true', 'signing-key': file }, host)).toMatchObject({ way: 'key' })
  })

  test.each([
    ['a wrong password', { 'signing-key': encrypted, 'signing-key-password': 'wrong' }],
    ['no password', { 'signing-key': encrypted }],
    ['a key that is cut off', { 'signing-key': plain.slice(0, 80) }],
    ['a public key', { 'signing-key': publicKey.export({ type: 'spki', format: 'pem' }).toString() }],
  ])('is refused before any work: %s', async (_, given) => {
    const error = await resolve({ attest: 'true', ...given }, jobOf({})).catch((thrown: unknown) => thrown)
    expect(error).toBeInstanceOf(UserError)
    expect(String(error)).toMatch(/signing-key/)
    expect(String(error)).not.toContain(plain.split('\n')[1])
  })
})
