import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterAll, afterEach, beforeAll, describe, expect, test } from '@jest/globals'
import { requestIdentityToken } from '../../src/attestation/identity-token.js'
import type { UserError } from '../../src/util/error.js'
import { type TestHost, testHost } from '../support/host.js'
import { type SigstoreServices, startSigstoreServices } from '../support/sigstore-services.js'
import { failureOf, HASTY } from './fixture.js'

let services: SigstoreServices
const hosts: TestHost[] = []
beforeAll(async () => {
  services = await startSigstoreServices()
})
afterEach(async () => {
  for (const host of hosts.splice(0)) host.remove()
  services.identity.resetClaims()
  await services.heal()
})
afterAll(() => services.close())

function jobHost(env: Record<string, string | undefined> = services.environment()): TestHost {
  const host = testHost({ kind: 'github', env: { GITHUB_ACTIONS: 'true', ...env } })
  hosts.push(host)
  return host
}

const refusalOf = (host: TestHost): Promise<UserError> => failureOf(requestIdentityToken(host, HASTY))

describe('an identity token', () => {
  test('says which workflow of which repository runs, and is a secret', async () => {
    const host = jobHost()
    const { token, claims } = await requestIdentityToken(host)
    expect(claims).toMatchObject({
      issuer: 'https://token.actions.githubusercontent.com',
      repository: 'octo-org/app',
      visibility: 'public',
      ref: 'refs/heads/main',
      jobWorkflowRef: 'OWNER/nix-multiarch/.github/workflows/publish.yml@refs/tags/v1',
      workflowRef: 'octo-org/app/.github/workflows/ci.yml@refs/heads/main',
      runnerEnvironment: 'github-hosted',
    })
    expect(claims.sha).toMatch(/^[0-9a-f]{40}$/)
    expect(claims).not.toHaveProperty('enterprise')
    expect([...host.secrets]).toContain(token)
  })

  test('of a private repository in an enterprise, of a pull request, and of another commit', async () => {
    services.identity.setClaims({
      repository_visibility: 'private',
      enterprise: 'octo-enterprise',
      ref: 'refs/pull/12/merge',
      event_name: 'pull_request',
      sha: 'b'.repeat(64),
      runner_environment: 'self-hosted',
      workflow_ref: 'octo-org/app/.github/workflows/my build.yml@refs/pull/12/merge',
    })
    expect((await requestIdentityToken(jobHost())).claims).toMatchObject({
      visibility: 'private',
      enterprise: 'octo-enterprise',
      ref: 'refs/pull/12/merge',
      runnerEnvironment: 'self-hosted',
      workflowRef: 'octo-org/app/.github/workflows/my build.yml@refs/pull/12/merge',
    })
  })

  test.each([
    ['iss', 'http://issuer.example'],
    ['repository', 'octo-org'],
    ['repository_id', 'one'],
    ['repository_owner_id', ''],
    ['repository_visibility', 'hidden'],
    ['sha', 'main'],
    ['event_name', 'push\u0007'],
    ['workflow_ref', 'ci.yml'],
    ['job_workflow_ref', ''],
    ['run_id', '-1'],
    ['run_attempt', '1.5'],
    ['runner_environment', 'my host'],
    ['ref', 'refs/heads/a b'],
    ['enterprise', 'a\nb'],
  ])('with a wrong claim is refused: %s', async (name, value) => {
    services.identity.setClaims({ [name]: value })
    const { message } = await refusalOf(jobHost())
    expect(message).toMatch(
      new RegExp(`^GitHub's token service \\(.*\\) sent a wrong answer: the claim ${name} is "`),
    )
    expect(message).not.toMatch(/[\u0000-\u001f]/)
  })
})

describe('a job without a token', () => {
  test('is told which permission to set, and where', async () => {
    for (const name of ['ACTIONS_ID_TOKEN_REQUEST_URL', 'ACTIONS_ID_TOKEN_REQUEST_TOKEN']) {
      const { message, hint } = await refusalOf(jobHost({ ...services.environment(), [name]: '' }))
      expect(message).toBe('This job may not request an identity token')
      expect(hint).toMatch(/^Set `permissions: id-token: write` in the job\. .*in the calling job\. .*forks/)
    }
  })

  test('outside GitHub Actions is told to set a key', async () => {
    const { message, hint } = await refusalOf(jobHost({ GITHUB_ACTIONS: undefined }))
    expect(message).toBe('Only a job of GitHub Actions has an identity to sign with')
    expect(hint).toBe('Elsewhere, set `signing-key`.')
  })

  test('whose token for requests is refused is told about the permission', async () => {
    const env = { ...services.environment(), ACTIONS_ID_TOKEN_REQUEST_TOKEN: 'wrong-token-of-job' }
    const { message, hint } = await refusalOf(jobHost(env))
    expect(message).toMatch(/^GitHub's token service \(.*\) refused the request: 401 Unauthorized/)
    expect(hint).toMatch(/id-token: write.*githubstatus\.com/)
    expect(`${message} ${hint}`).not.toContain('wrong-token-of-job')
  })
})

describe('the token for requests', () => {
  test('is not sent over plain HTTP, except to this machine', async () => {
    const env = {
      ACTIONS_ID_TOKEN_REQUEST_URL: 'http://tokens.example/run?api=secret-query',
      ACTIONS_ID_TOKEN_REQUEST_TOKEN: 'token-of-job',
    }
    const { message } = await refusalOf(jobHost(env))
    expect(message).toBe(
      'No identity token is requested from http://tokens.example/run?… because it is not an https URL',
    )
  })

  test.each([
    ['ACTIONS_ID_TOKEN_REQUEST_URL', 'tokens.example'],
    ['ACTIONS_ID_TOKEN_REQUEST_URL', 'file:///etc/passwd'],
    ['ACTIONS_ID_TOKEN_REQUEST_TOKEN', 'two\nlines'],
  ])('is not sent if a variable is wrong: %s', async (name, value) => {
    const { message } = await refusalOf(jobHost({ ...services.environment(), [name]: value }))
    expect(message).not.toContain('lines')
    expect(message).toMatch(/is not a(n https)? URL|contains characters that are not allowed/)
  })
})

describe('the request', () => {
  async function ask(path: string): Promise<(string | undefined)[]> {
    const seen: (string | undefined)[] = []
    const server = createServer((request, response) => {
      seen.push(request.url, request.headers.authorization)
      response.end('{"value":"not a token"}')
    })
    await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
    const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}${path}`
    const env = { ACTIONS_ID_TOKEN_REQUEST_URL: url, ACTIONS_ID_TOKEN_REQUEST_TOKEN: 'of-the-job' }
    const { message } = await refusalOf(jobHost(env))
    expect(message).toMatch(/sent a wrong answer: it does not contain a token$/)
    server.close()
    return seen
  }

  test('has the audience, and keeps the query of GitHub as it is', async () => {
    expect(await ask('/tokens?api-version=2.0&x=a%20b')).toEqual([
      '/tokens?api-version=2.0&x=a%20b&audience=sigstore',
      'Bearer of-the-job',
    ])
    expect(await ask('/tokens')).toEqual(['/tokens?audience=sigstore', 'Bearer of-the-job'])
  })
})
