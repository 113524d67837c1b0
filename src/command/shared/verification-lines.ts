import { type ExpectedIdentity, GITHUB_ISSUER, signerWorkflowOf } from '../../attestation/signer-identity.js'
import type { SigningInstance } from '../../attestation/signing-services.js'
import type { Log } from '../../host/host.js'
import { formatCodeBlock } from '../../util/markdown.js'
import type { SigningWay } from './signing-way.js'

/** Who has signed images, as a consumer has to name it. */
export type NamedSigner = NamedIdentity | NamedKey

export interface NamedIdentity
  extends Pick<ExpectedIdentity, 'kind' | 'repository' | 'signerWorkflow' | 'mustBeTagged' | 'issuer'> {
  readonly instance: SigningInstance
  /** GitHub has the attestations; otherwise only the registry. */
  readonly isAtGitHub: boolean
}

interface NamedKey {
  readonly kind: 'key'
  /** The file with the public key. */
  readonly keyFile: string
}

/** A command that verifies an image. */
interface VerificationLine {
  readonly program: 'nix-multiarch' | 'gh' | 'cosign'
  /** For people. */
  readonly what: string
  readonly command: string
}

/** The file in lines that are printed: the consumer has the public key, and not this program. */
const KEY_FILE = 'KEY.pub'

export function nameSigner(signing: SigningWay): NamedSigner {
  if (signing.way === 'key') return { kind: 'key', keyFile: KEY_FILE }
  const { repository, jobWorkflowRef, issuer } = signing.claims
  return {
    kind: 'identity',
    repository,
    ...signerWorkflowOf(jobWorkflowRef),
    issuer,
    instance: signing.way,
    isAtGitHub: signing.sendsToGitHub,
  }
}

/** @param image `ghcr.io/owner/name@sha256:…` */
export function formatVerificationLines(image: string, signer: NamedSigner): VerificationLine[] {
  return signer.kind === 'key' ? formatKeyLines(image, signer) : formatIdentityLines(image, signer)
}

function formatIdentityLines(image: string, signer: NamedIdentity): VerificationLine[] {
  const { repository, signerWorkflow, mustBeTagged, issuer, instance, isAtGitHub } = signer
  const [workflowPath = ''] = signerWorkflow.split('@')
  const isOtherIssuer = issuer !== GITHUB_ISSUER
  const own = [
    ...['nix-multiarch', 'verify', image, '--repo', repository],
    // By default, `verify` expects the workflow of this project at a tag.
    ...(mustBeTagged ? [] : ['--signer-workflow', signerWorkflow]),
    ...(isOtherIssuer ? ['--oidc-issuer', issuer] : []),
  ]
  const gh = [
    ...['gh', 'attestation', 'verify', `oci://${image}`, '--repo', repository],
    ...['--signer-workflow', workflowPath],
    ...(isOtherIssuer ? ['--cert-oidc-issuer', issuer] : []),
    ...(isAtGitHub ? [] : ['--bundle-from-oci']),
  ]
  const lines = [
    lineOf('nix-multiarch', 'everything about the image, and its signatures', own),
    lineOf('gh', 'the provenance', gh),
  ]
  // cosign does not know GitHub's own services.
  return instance === 'github' ? lines : [...lines, ...formatCosignLines(image, signer)]
}

function formatCosignLines(image: string, signer: NamedIdentity): VerificationLine[] {
  return cosignLinesOf(image, [
    ...['--certificate-identity-regexp', matchWorkflow(signer)],
    ...['--certificate-oidc-issuer', signer.issuer],
    ...['--certificate-github-workflow-repository', signer.repository],
  ])
}

function formatKeyLines(image: string, { keyFile }: NamedKey): VerificationLine[] {
  const own = ['nix-multiarch', 'verify', image, '--key', keyFile]
  return [
    lineOf('nix-multiarch', 'everything about the image, and its signatures', own),
    // A signature with a key is in no public log.
    ...cosignLinesOf(image, ['--key', keyFile, '--insecure-ignore-tlog']),
  ]
}

function cosignLinesOf(image: string, signer: readonly string[]): VerificationLine[] {
  const provenance = ['cosign', 'verify-attestation', '--type', 'slsaprovenance1']
  return [
    lineOf('cosign', 'the provenance', [...provenance, ...signer, image]),
    lineOf('cosign', 'the signature of the image', ['cosign', 'verify', ...signer, image]),
  ]
}

function lineOf(
  program: VerificationLine['program'],
  what: string,
  words: readonly string[],
): VerificationLine {
  return { program, what, command: words.map(quoteForShell).join(' ') }
}

/** Returns a regular expression for the name in a certificate. A path of a workflow can contain an `@`, but no ref. */
function matchWorkflow({ signerWorkflow, mustBeTagged }: NamedIdentity): string {
  const name = escapeForRegExp(`https://github.com/${signerWorkflow}`)
  if (signerWorkflow.includes('@')) return `^${name}$`
  return mustBeTagged ? `^${name}@refs/tags/[^/@]+$` : `^${name}@(refs/.+|[0-9a-f]{40})$`
}

function escapeForRegExp(text: string): string {
  return text.replace(/[\\^$.*+?()[\]{}|]/g, '\\$&')
}

function quoteForShell(word: string): string {
  return /^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", `'\\''`)}'`
}

/** Returns Markdown that says how to verify the first of several images; empty if there is none. */
export function formatVerification(images: readonly string[], signer: NamedSigner): string {
  const [image, ...others] = images
  if (image === undefined) return ''
  const lines = formatVerificationLines(image, signer).flatMap(({ what, command }, n, all) =>
    all[n - 1]?.what === what ? [command] : [`# ${what}`, command],
  )
  const notes = [
    ...(signer.kind === 'key' ? [`${KEY_FILE} is the public key of the signing key.`] : []),
    'cosign must be version 3 or newer.',
    ...(others.length > 0 ? ['For the other images, use their references.'] : []),
  ]
  return [formatCodeBlock('sh', lines), notes.join(' ')].join('\n\n')
}

/** Logs the lines for the first of several images. */
export function logVerification(
  images: readonly string[],
  signer: NamedSigner,
  log: Pick<Log, 'info'>,
): void {
  const [image] = images
  if (image === undefined) return
  log.info('Signed. To verify the image (cosign must be version 3 or newer):')
  for (const { command } of formatVerificationLines(image, signer)) log.info(`  ${command}`)
}
