import type { KeyObject } from 'node:crypto'
import { ACCOUNT } from '../oci/annotation-keys.js'
import { nameInput } from '../util/input-name.js'
import { quoteControlCharacters, truncateText } from '../util/text.js'

/** What the certificate of a bundle says about its signer (Fulcio, "OID information"). Absent fields are not in it. */
export interface CertificateIdentity {
  /** The URI of the workflow that signed: `https://github.com/owner/name/.github/workflows/x.yml@refs/tags/v1`. */
  readonly name: string
  /** Empty if it is not in the certificate. */
  readonly issuer: string
  /** `https://github.com/owner/name` */
  readonly sourceRepository?: string
  readonly sourceRef?: string
  /** The commit. */
  readonly sourceDigest?: string
  /** The workflow that was started, with its ref. */
  readonly callerWorkflow?: string
  readonly runnerEnvironment?: string
  readonly run?: string
  readonly visibility?: string
}

/** Who must have signed a bundle. */
export type ExpectedSigner = ExpectedIdentity | ExpectedKey

export interface ExpectedIdentity {
  readonly kind: 'identity'
  /** The source repository: `owner/name`. */
  readonly repository: string
  /** `owner/name/.github/workflows/x.yml`, with `@ref` if only this ref is right. */
  readonly signerWorkflow: string
  /** The signing workflow must be at a tag. */
  readonly mustBeTagged: boolean
  /** The workflow that was started, as in `signerWorkflow`. */
  readonly workflow?: string | undefined
  /** The ref of the source: `refs/heads/main`. */
  readonly sourceRef?: string | undefined
  readonly issuer: string
  /** The server with the repositories. By default the one that belongs to the issuer: `https://github.com`. */
  readonly serverUrl?: string | undefined
}

export interface ExpectedKey {
  readonly kind: 'key'
  readonly publicKey: KeyObject
}

/** The workflow that signs for most users, in this project. */
export const PUBLISH_WORKFLOW = `${ACCOUNT}/nix-multiarch/.github/workflows/publish.yml`

export const GITHUB_ISSUER = 'https://token.actions.githubusercontent.com'

/**
 * Returns which workflow must have signed images that are signed by this one from now on. The workflow of this project is at a
 * tag. If it is used at another ref, only this ref is right: a commit of any fork can have its name. Another workflow may be at
 * any ref: it signs an image from a branch, and the same image is unchanged when a Git tag is pushed.
 *
 * @param jobWorkflowRef `owner/name/.github/workflows/x.yml@refs/tags/v1`, as in an identity token
 */
export function signerWorkflowOf(
  jobWorkflowRef: string,
): Pick<ExpectedIdentity, 'signerWorkflow' | 'mustBeTagged'> {
  const { path, ref = '' } = splitAtRef(jobWorkflowRef)
  if (!isSameIgnoringCase(path, PUBLISH_WORKFLOW)) return { signerWorkflow: path, mustBeTagged: false }
  return ref.startsWith('refs/tags/')
    ? { signerWorkflow: path, mustBeTagged: true }
    : { signerWorkflow: jobWorkflowRef, mustBeTagged: false }
}

const GITHUB_SERVER = 'https://github.com'

/** What a certificate says about one thing, and what it must say. */
interface Claim {
  /** For people: `the workflow that signed`. */
  readonly what: string
  /** The input with what it must say. */
  readonly input: string
  readonly found: string | undefined
  readonly expected: string
  readonly isExpected: (found: string) => boolean
}

/** Returns what is wrong with the signer of a certificate, for people; `undefined` if it is the expected one. */
export function findIdentityMismatch(
  identity: CertificateIdentity,
  expected: ExpectedIdentity,
): string | undefined {
  const wrong = claimsOf(identity, expected).find(
    ({ found, isExpected }) => found === undefined || !isExpected(found),
  )
  return wrong && describeMismatch(wrong)
}

/** The server whose workflows get tokens from an issuer. Each enterprise with its own data residency has its own server. */
export function serverOfIssuer(issuer: string): string {
  const residency = /^https:\/\/token\.actions\.([a-z0-9-]+\.ghe\.com)$/i.exec(issuer)
  if (residency) return `https://${residency[1]}`
  const enterpriseServer = /^(https:\/\/[^/]+)\/_services\/token$/.exec(issuer)
  return enterpriseServer?.[1] ?? GITHUB_SERVER
}

function claimsOf(identity: CertificateIdentity, expected: ExpectedIdentity): Claim[] {
  const server = expected.serverUrl ?? serverOfIssuer(expected.issuer)
  const repository = `${server}/${expected.repository}`
  const { workflow, sourceRef } = expected
  return [
    exactClaim({ what: 'the issuer', input: 'oidc-issuer' }, identity.issuer || undefined, expected.issuer),
    {
      what: 'the source repository',
      input: 'repo',
      found: identity.sourceRepository,
      expected: repository,
      isExpected: found => isSameIgnoringCase(found, repository),
    },
    workflowClaim({ what: 'the workflow that signed', input: 'signer-workflow' }, identity.name, {
      path: `${server}/${expected.signerWorkflow}`,
      mustBeTagged: expected.mustBeTagged,
    }),
    ...(workflow === undefined
      ? []
      : [
          workflowClaim(
            { what: 'the workflow that was started', input: 'workflow' },
            identity.callerWorkflow,
            {
              path: `${server}/${workflow}`,
            },
          ),
        ]),
    ...(sourceRef === undefined
      ? []
      : [exactClaim({ what: 'the source ref', input: 'source-ref' }, identity.sourceRef, sourceRef)]),
  ]
}

type ClaimName = Pick<Claim, 'what' | 'input'>

function exactClaim(name: ClaimName, found: string | undefined, expected: string): Claim {
  return { ...name, found, expected, isExpected: text => text === expected }
}

interface ExpectedWorkflow {
  /** With the server, and with `@ref` if only this ref is right. */
  readonly path: string
  readonly mustBeTagged?: boolean
}

function workflowClaim(name: ClaimName, found: string | undefined, expected: ExpectedWorkflow): Claim {
  const { path, mustBeTagged = false } = expected
  return {
    ...name,
    found,
    expected: mustBeTagged && !path.includes('@') ? `${path} at a tag (refs/tags/…)` : path,
    isExpected: uri => isExpectedWorkflow(uri, expected),
  }
}

/** A workflow is called by a ref or by a commit. The path may not contain a folder below `workflows`, so `@` ends it. */
function isExpectedWorkflow(uri: string, { path, mustBeTagged }: ExpectedWorkflow): boolean {
  const wanted = splitAtRef(path)
  const found = splitAtRef(uri)
  if (!found.ref || !/^(refs\/.|[0-9a-f]{40}$)/.test(found.ref)) return false
  if (mustBeTagged && !/^refs\/tags\/./.test(found.ref)) return false
  return isSameWorkflow(found.path, wanted.path) && (wanted.ref === undefined || found.ref === wanted.ref)
}

function splitAtRef(workflow: string): { path: string; ref: string | undefined } {
  const at = workflow.indexOf('@')
  return at < 0
    ? { path: workflow, ref: undefined }
    : { path: workflow.slice(0, at), ref: workflow.slice(at + 1) }
}

/** GitHub ignores the case of owners and repositories, but not of files. */
function isSameWorkflow(found: string, expected: string): boolean {
  const [foundRepository, foundFile] = splitAtFile(found)
  const [repository, file] = splitAtFile(expected)
  return isSameIgnoringCase(foundRepository, repository) && file !== '' && foundFile === file
}

/** Splits `https://github.com/owner/name/.github/workflows/x.yml` after the name. */
function splitAtFile(workflow: string): [string, string] {
  const [, repository = '', file = ''] = /^(https:\/\/[^/]+\/[^/]+\/[^/]+)\/(.*)$/s.exec(workflow) ?? []
  return [repository, file]
}

/** Ignores the case of ASCII only: `toLowerCase` would make a `k` of the Kelvin sign. */
function isSameIgnoringCase(a: string, b: string): boolean {
  return lowerAscii(a) === lowerAscii(b)
}

function lowerAscii(text: string): string {
  return text.replace(/[A-Z]/g, letter => letter.toLowerCase())
}

function describeMismatch({ what, input, found, expected }: Claim): string {
  if (found === undefined) return `${what} is missing in the certificate, and must be ${expected}`
  const actual = quoteControlCharacters(truncateText(found, 300))
  return `${what} is ${actual}, not ${expected}. Set ${nameInput(input)} if the first one is right`
}
