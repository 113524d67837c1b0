import { generateKeyPairSync, randomUUID, sign, verify } from 'node:crypto'
import { Refusal } from './loopback-service.js'

export const ISSUER = 'https://token.actions.githubusercontent.com'
const SHA = 'a'.repeat(40)
const SIGNATURE = { dsaEncoding: 'ieee-p1363' }

/**
 * GitHub's service for identity tokens of jobs. What a token says can be changed at any time.
 * https://docs.github.com/en/actions/reference/security/oidc
 */
export function createTokenService(initial = {}) {
  const { publicKey, privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' })
  const requestToken = randomUUID()
  let changes = { ...initial }

  function answer({ method, path, query, headers, wrong }) {
    if (method !== 'GET' || path !== '/token') throw new Refusal(404, 'Not Found')
    if (headers.authorization !== `Bearer ${requestToken}`) throw new Refusal(401, 'Unauthorized')
    const value = issue(query.get('audience') ?? undefined, wrong)
    return { status: 200, body: { count: value.length, value } }
  }

  function issue(audience, wrong) {
    const all = claimsOf(changes, audience)
    const claims = wrong === 'expired-token' ? { ...all, exp: all.iat - 60 } : all
    const text = `${part({ typ: 'JWT', alg: 'ES256' })}.${part(claims)}`
    const signature = sign('sha256', Buffer.from(text), { key: privateKey, ...SIGNATURE })
    return `${text}.${signature.toString('base64url')}`
  }

  /** Returns what a token says. Refuses one that this service has not issued, and one for another service. */
  function check(token) {
    const [head, body, signature = ''] = token.split('.')
    const bytes = Buffer.from(`${head}.${body}`)
    const key = { key: publicKey, ...SIGNATURE }
    if (!verify('sha256', bytes, key, Buffer.from(signature, 'base64url')))
      throw new Refusal(401, 'There was an error processing the identity token')
    const claims = JSON.parse(Buffer.from(body, 'base64url').toString())
    if (claims.aud !== 'sigstore' || claims.exp * 1000 < Date.now())
      throw new Refusal(401, 'There was an error processing the identity token')
    return claims
  }

  return {
    answer,
    check,
    claims: () => claimsOf(changes, 'sigstore'),
    setClaims: more => void Object.assign(changes, more),
    resetClaims: () => {
      changes = { ...initial }
    },
    environment: url => ({
      ACTIONS_ID_TOKEN_REQUEST_URL: `${url}/token?api-version=2.0`,
      ACTIONS_ID_TOKEN_REQUEST_TOKEN: requestToken,
    }),
  }
}

function claimsOf(changes, audience) {
  const { repository = 'octo-org/app', ref = 'refs/heads/main' } = changes
  const [owner] = repository.split('/')
  const now = Math.floor(Date.now() / 1000)
  return {
    iss: ISSUER,
    aud: audience ?? `https://github.com/${owner}`,
    sub: `repo:${repository}:ref:${ref}`,
    jti: randomUUID(),
    iat: now,
    nbf: now - 300,
    exp: now + 300,
    actor: 'octocat',
    event_name: 'push',
    ref,
    ref_type: ref.startsWith('refs/tags/') ? 'tag' : 'branch',
    repository,
    repository_id: '1001',
    repository_owner: owner,
    repository_owner_id: '2002',
    repository_visibility: 'public',
    run_attempt: '1',
    run_id: '7',
    run_number: '3',
    runner_environment: 'github-hosted',
    sha: SHA,
    workflow: 'ci',
    workflow_ref: `${repository}/.github/workflows/ci.yml@${ref}`,
    workflow_sha: SHA,
    job_workflow_ref: 'OWNER/nix-multiarch/.github/workflows/publish.yml@refs/tags/v1',
    job_workflow_sha: 'b'.repeat(40),
    ...changes,
  }
}

function part(value) {
  return Buffer.from(JSON.stringify(value)).toString('base64url')
}
