import { describe, expect, test } from '@jest/globals'
import {
  type CertificateIdentity,
  type ExpectedIdentity,
  findIdentityMismatch,
  GITHUB_ISSUER,
  serverOfIssuer,
} from '../../src/attestation/signer-identity.js'

const PUBLISH = 'OWNER/nix-multiarch/.github/workflows/publish.yml'
const CI = 'octo-org/app/.github/workflows/ci.yml'

const identity: CertificateIdentity = {
  name: `https://github.com/${PUBLISH}@refs/tags/v1`,
  issuer: GITHUB_ISSUER,
  sourceRepository: 'https://github.com/octo-org/app',
  sourceRef: 'refs/heads/main',
  callerWorkflow: `https://github.com/${CI}@refs/heads/main`,
}
const expected: ExpectedIdentity = {
  kind: 'identity',
  repository: 'octo-org/app',
  signerWorkflow: PUBLISH,
  mustBeTagged: true,
  issuer: GITHUB_ISSUER,
}

function mismatch(
  found: Partial<Record<keyof CertificateIdentity, string | undefined>>,
  wanted: Partial<ExpectedIdentity> = {},
): string | undefined {
  return findIdentityMismatch({ ...identity, ...found } as CertificateIdentity, { ...expected, ...wanted })
}

test('the expected signer is accepted, with all that can be expected', () => {
  expect(mismatch({})).toBeUndefined()
  expect(mismatch({}, { workflow: CI, sourceRef: 'refs/heads/main' })).toBeUndefined()
  expect(mismatch({}, { workflow: `${CI}@refs/heads/main` })).toBeUndefined()
})

describe('the source repository', () => {
  test.each(['https://github.com/Octo-Org/APP', 'https://github.com/octo-org/app'])(
    '%s is the same',
    found => {
      expect(mismatch({ sourceRepository: found })).toBeUndefined()
    },
  )

  test.each([
    'https://github.com/octo-org/app-evil',
    'https://github.com/octo-org/ap',
    'https://github.com/octo-org/app/',
    'https://github.com/octo-org/app.git',
    'https://github.com/octo-org/app/../x',
    'https://github.com/octo-org/x/../app',
    'https://github.com/evil/octo-org/app',
    'https://github.com/octo-org%2Fapp',
    'https://github.com/octo-org/app?x',
    'https://github.com/octo-org/app\n',
    'https://evil.example/octo-org/app',
    'https://github.com.evil.example/octo-org/app',
    'https://user@github.com/octo-org/app',
    'http://github.com/octo-org/app',
    'octo-org/app',
    '',
  ])('%j is another', found => {
    expect(mismatch({ sourceRepository: found })).toMatch(/^the source repository is /)
  })

  test('letters that only Unicode takes for the same are different', () => {
    const kelvin = { sourceRepository: 'https://github.com/octo-org/\u212aey' }
    expect(mismatch(kelvin, { repository: 'octo-org/key' })).toBeDefined()
    expect(
      mismatch({ sourceRepository: 'https://github.com/octo-org/Key' }, { repository: 'octo-org/key' }),
    ).toBe(undefined)
  })

  test('it must be in the certificate', () => {
    expect(mismatch({ sourceRepository: undefined })).toBe(
      'the source repository is missing in the certificate, and must be https://github.com/octo-org/app',
    )
  })

  test('dots in the expected name are no pattern', () => {
    expect(
      mismatch({ sourceRepository: 'https://github.com/octo-org/axb' }, { repository: 'octo-org/a.b' }),
    ).toBe(
      'the source repository is https://github.com/octo-org/axb, not https://github.com/octo-org/a.b. Set `repo` if the first one is right',
    )
  })
})

describe('the workflow that signed', () => {
  const anyRef = { mustBeTagged: false }
  const at = (path: string) => ({ name: `https://github.com/${path}` })

  test.each(['refs/heads/main', 'refs/pull/1/merge', 'refs/tags/a@b', 'a'.repeat(40)])(
    'may be at %s',
    ref => {
      expect(mismatch(at(`${PUBLISH}@${ref}`), anyRef)).toBeUndefined()
    },
  )

  test.each([
    `${PUBLISH}@refs/heads/refs/tags/v1`,
    `${PUBLISH}@refs/heads/main`,
    `${PUBLISH}@${'a'.repeat(40)}`,
    `${PUBLISH}@refs/tags/`,
    `${PUBLISH}@refs/tagsx/v1`,
  ])('%s is not at a tag', path => {
    expect(mismatch(at(path))).toContain(
      `the workflow that signed is https://github.com/${path}, not https://github.com/${PUBLISH} at a tag (refs/tags/…)`,
    )
  })

  test.each([
    `evil/nix-multiarch/.github/workflows/publish.yml@refs/tags/v1`,
    `OWNER/nix-multiarch-evil/.github/workflows/publish.yml@refs/tags/v1`,
    `OWNER/nix-multiarch/.github/workflows/other.yml@refs/tags/v1`,
    `OWNER/nix-multiarch/.github/workflows/Publish.yml@refs/tags/v1`,
    `OWNER/nix-multiarch/.github/workflows/publish.yml.yml@refs/tags/v1`,
    `OWNER/nix-multiarch/.github/workflows/publish.yml@evil.yml@refs/tags/v1`,
    `OWNER/nix-multiarch/evil/.github/workflows/publish.yml@refs/tags/v1`,
    `OWNER/nix-multiarch/.github/workflows/../workflows/publish.yml@refs/tags/v1`,
    `evil/x@OWNER/nix-multiarch/.github/workflows/publish.yml@refs/tags/v1`,
    `OWNER/nix-multiarch/.github/workflows/publish.yml`,
    `OWNER/nix-multiarch/.github/workflows/publish.yml@`,
    `OWNER/nix-multiarch/.github/workflows/publish.yml@v1`,
  ])('%s is another', path => {
    expect(mismatch(at(path), anyRef)).toMatch(/^the workflow that signed is https:/)
  })

  test.each([
    'somebody@example.com',
    `https://evil.example/${PUBLISH}@refs/tags/v1`,
    `${PUBLISH}@refs/tags/v1`,
  ])('%s is no workflow of the server', name => {
    expect(mismatch({ name }, anyRef)).toMatch(/^the workflow that signed is /)
  })

  test('the owner and the name may have another case, as on GitHub', () => {
    expect(mismatch(at('owner/Nix-MultiArch/.github/workflows/publish.yml@refs/tags/v1'))).toBeUndefined()
  })

  test('only the given ref is right', () => {
    const wanted = { signerWorkflow: `${PUBLISH}@refs/tags/v1` }
    expect(mismatch({}, wanted)).toBeUndefined()
    for (const ref of ['refs/tags/v10', 'refs/tags/v', 'refs/heads/v1', 'refs/tags/V1'])
      expect(mismatch(at(`${PUBLISH}@${ref}`), { ...wanted, mustBeTagged: false })).toBeDefined()
  })

  test('an expected workflow without a file is never right', () => {
    for (const signerWorkflow of ['', 'OWNER/nix-multiarch', 'OWNER/nix-multiarch/'])
      expect(mismatch(at('OWNER/nix-multiarch/@refs/tags/v1'), { signerWorkflow })).toBeDefined()
  })
})

test('the workflow that was started, and the source ref, are compared only if they are expected', () => {
  expect(mismatch({ callerWorkflow: undefined, sourceRef: undefined })).toBeUndefined()
  expect(mismatch({ callerWorkflow: undefined }, { workflow: CI })).toMatch(
    /^the workflow that was started is missing/,
  )
  expect(mismatch({}, { workflow: 'octo-org/app/.github/workflows/other.yml' })).toMatch(
    /^the workflow that was started is https/,
  )
  expect(mismatch({}, { workflow: `${CI}@refs/heads/other` })).toMatch(
    /^the workflow that was started is https/,
  )
  expect(mismatch({ sourceRef: undefined }, { sourceRef: 'refs/heads/main' })).toMatch(
    /^the source ref is missing/,
  )
  expect(mismatch({}, { sourceRef: 'refs/heads/mai' })).toBe(
    'the source ref is refs/heads/main, not refs/heads/mai. Set `source-ref` if the first one is right',
  )
})

test('the issuer must be equal', () => {
  for (const issuer of ['', `${GITHUB_ISSUER}/`, `${GITHUB_ISSUER}/enterprise`, 'https://evil.example'])
    expect(mismatch({ issuer })).toMatch(/^the issuer is /)
})

describe('enterprises', () => {
  test.each([
    [GITHUB_ISSUER, 'https://github.com'],
    [`${GITHUB_ISSUER}/octo-enterprise`, 'https://github.com'],
    ['https://token.actions.octocorp.ghe.com', 'https://octocorp.ghe.com'],
    ['https://github.example.com/_services/token', 'https://github.example.com'],
    ['https://token.actions.octocorp.ghe.com.evil.example', 'https://github.com'],
    ['https://token.actions.a.b.ghe.com', 'https://github.com'],
  ])('%s belongs to %s', (issuer, server) => {
    expect(serverOfIssuer(issuer)).toBe(server)
  })

  test('repositories and workflows are on the server of the issuer', () => {
    const issuer = 'https://token.actions.octocorp.ghe.com'
    const found = {
      issuer,
      name: `https://octocorp.ghe.com/${PUBLISH}@refs/tags/v1`,
      sourceRepository: 'https://octocorp.ghe.com/octo-org/app',
    }
    expect(mismatch(found, { issuer })).toBeUndefined()
    expect(mismatch({ issuer }, { issuer })).toMatch(/^the source repository is https:\/\/github\.com/)
    expect(mismatch(found, { issuer, serverUrl: 'https://other.ghe.com' })).toMatch(/^the source repository/)
  })
})

test('control characters of a certificate do not get into a message', () => {
  expect(mismatch({ sourceRepository: 'x\u001b[31m\n' })).toContain('"x\\u001b[31m\\n"')
})
