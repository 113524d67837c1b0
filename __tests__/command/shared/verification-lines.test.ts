import { execFileSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { describe, expect, test } from '@jest/globals'
import { signerWorkflowOf } from '../../../src/attestation/signer-identity.js'
import {
  formatVerification,
  formatVerificationLines,
  type NamedIdentity,
  type NamedSigner,
} from '../../../src/command/shared/verification-lines.js'
import { parseCommandLine } from '../../../src/input/command-line.js'

const IMAGE = `ghcr.io/octo-org/app@sha256:${'a'.repeat(64)}`
const PUBLISH = 'OWNER/nix-multiarch/.github/workflows/publish.yml'

const identityOf = (
  about: Partial<NamedIdentity> = {},
  jobWorkflowRef = `${PUBLISH}@refs/tags/v1`,
): NamedIdentity => ({
  kind: 'identity',
  repository: 'octo-org/app',
  ...signerWorkflowOf(jobWorkflowRef),
  issuer: 'https://token.actions.githubusercontent.com',
  instance: 'sigstore',
  isAtGitHub: true,
  ...about,
})

const commandsOf = (signer: NamedSigner): string[] =>
  formatVerificationLines(IMAGE, signer).map(({ command }) => command)

/** The words of a line, as a shell reads them. */
const wordsOf = (line: string): string[] =>
  execFileSync('sh', ['-c', `printf '%s\\n' ${line}`], { encoding: 'utf8' })
    .trimEnd()
    .split('\n')

/** The value of a flag in the line of a program. */
function valueAfter(flag: string, signer: NamedSigner): string | undefined {
  const words =
    commandsOf(signer)
      .map(wordsOf)
      .find(all => all.includes(flag)) ?? []
  return words[words.indexOf(flag) + 1]
}

test('the lines for an image that publish.yml has signed are complete', () => {
  expect(commandsOf(identityOf())).toEqual([
    `nix-multiarch verify ${IMAGE} --repo octo-org/app`,
    `gh attestation verify oci://${IMAGE} --repo octo-org/app --signer-workflow ${PUBLISH}`,
    ...['verify-attestation --type slsaprovenance1', 'verify'].map(
      command =>
        `cosign ${command} --certificate-identity-regexp ` +
        `'^https://github\\.com/OWNER/nix-multiarch/\\.github/workflows/publish\\.yml@refs/tags/[^/@]+$' ` +
        '--certificate-oidc-issuer https://token.actions.githubusercontent.com ' +
        `--certificate-github-workflow-repository octo-org/app ${IMAGE}`,
    ),
  ])
})

test.each(['README.md', 'docs/signing.md'])('%s shows the same lines', file => {
  const lines = readFileSync(file, 'utf8')
    .replace(/ \\\n */g, ' ')
    .split('\n')
  const [own, gh, provenance, signature] = formatVerificationLines(
    'ghcr.io/octo-org/app:1.2.3',
    identityOf(),
  ).map(({ command }) => `$ ${command}`)
  expect(lines).toEqual(expect.arrayContaining([own, gh, provenance]))
  if (file !== 'README.md') expect(lines).toContain(signature)
})

describe('the regular expression for cosign', () => {
  const matches = (signer: NamedSigner, name: string): boolean =>
    new RegExp(valueAfter('--certificate-identity-regexp', signer) ?? '(?!)').test(name)

  test.each([
    [`https://github.com/${PUBLISH}@refs/tags/v1`, true],
    [`https://github.com/${PUBLISH}@refs/tags/v1.2.3`, true],
    [`https://github.com/${PUBLISH}@refs/heads/main`, false],
    [`https://github.com/${PUBLISH}@refs/heads/x@refs/tags/v1`, false],
    [`https://github.com/${PUBLISH}@refs/tags/v1@refs/heads/x`, false],
    [`https://github.com/${PUBLISH}@${'a'.repeat(40)}`, false],
    [`https://github.com/${PUBLISH.replace('.yml', '_yml')}@refs/tags/v1`, false],
    [`https://github.com/${PUBLISH.replace('publish.yml', 'publish.yml.yml')}@refs/tags/v1`, false],
    [`https://github_com/${PUBLISH}@refs/tags/v1`, false],
    [`https://example.com/https://github.com/${PUBLISH}@refs/tags/v1`, false],
  ])('%s: %j', (name, expected) => {
    expect(matches(identityOf(), name)).toBe(expected)
  })

  test.each([`${PUBLISH}@${'b'.repeat(40)}`, `${PUBLISH}@refs/heads/main`])(
    'is for exactly this ref: %s',
    workflow => {
      const signer = identityOf({}, workflow)
      expect(matches(signer, `https://github.com/${workflow}`)).toBe(true)
      for (const other of [`${workflow}x`, `${PUBLISH}@refs/tags/v1`])
        expect(matches(signer, `https://github.com/${other}`)).toBe(false)
      expect(valueAfter('--signer-workflow', signer)).toBe(workflow)
    },
  )

  test.each(['octo-org/app/.github/workflows/ci.yml', 'octo-org/app/.github/workflows/c+i (2).yml'])(
    'is for any ref of another workflow: %s',
    workflow => {
      const signer = identityOf({}, `${workflow}@refs/heads/main`)
      for (const ref of ['refs/heads/main', 'refs/tags/v1.0', 'refs/tags/pkg@1.0', 'a'.repeat(40)])
        expect(matches(signer, `https://github.com/${workflow}@${ref}`)).toBe(true)
      for (const other of [workflow, `${workflow}@x.yml@refs/heads/main`, `x${workflow}@refs/heads/main`])
        expect(matches(signer, `https://github.com/${other}`)).toBe(false)
      expect(valueAfter('--signer-workflow', signer)).toBe(workflow)
    },
  )
})

test('the private services of GitHub are not known to cosign', () => {
  const lines = formatVerificationLines(IMAGE, identityOf({ instance: 'github' }))
  expect(lines.map(({ program }) => program)).toEqual(['nix-multiarch', 'gh'])
})

test('gh reads the registry if GitHub does not have the attestations', () => {
  expect(commandsOf(identityOf({ isAtGitHub: false }))[1]).toMatch(/ --bundle-from-oci$/)
})

test('the issuer of an enterprise is named', () => {
  const issuer = 'https://token.actions.githubusercontent.com/octo-corp'
  const signer = identityOf({ issuer })
  for (const flag of ['--oidc-issuer', '--cert-oidc-issuer', '--certificate-oidc-issuer'])
    expect(valueAfter(flag, signer)).toBe(issuer)
})

test('a key is in each line, and no identity', () => {
  const commands = commandsOf({ kind: 'key', keyFile: 'my key.pub' })
  expect(commands.map(command => wordsOf(command)[0])).toEqual(['nix-multiarch', 'cosign', 'cosign'])
  for (const command of commands) {
    expect(command).toContain("--key 'my key.pub'")
    expect(command).not.toMatch(/certificate|repo/)
  }
})

test.each([
  ['identity', identityOf()],
  ['own workflow', identityOf({}, 'octo-org/app/.github/workflows/ci.yml@refs/heads/main')],
  ['key', { kind: 'key', keyFile: 'KEY.pub' }],
] as const)('this program accepts its own line: %s', (_, signer) => {
  const [, ...words] = wordsOf(commandsOf(signer)[0] ?? '')
  expect(parseCommandLine(words)).toMatchObject({ kind: 'run', command: 'verify' })
})

describe('the text for the job summary and the release', () => {
  test('has the lines of the first image', () => {
    const text = formatVerification([IMAGE, IMAGE.replace('app', 'other')], identityOf())
    for (const command of commandsOf(identityOf())) expect(text).toContain(`\n${command}\n`)
    expect(text).not.toContain('octo-org/other')
    expect(text).toMatch(/cosign must be version 3 or newer\. For the other images/)
  })

  test('is empty without an image, and says what the file of a key is', () => {
    expect(formatVerification([], identityOf())).toBe('')
    expect(formatVerification([IMAGE], { kind: 'key', keyFile: 'KEY.pub' })).toContain(
      'KEY.pub is the public key',
    )
  })
})
