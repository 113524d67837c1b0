import { createPublicKey, type KeyObject } from 'node:crypto'
import { open } from 'node:fs/promises'
import {
  type ExpectedIdentity,
  type ExpectedSigner,
  PUBLISH_WORKFLOW,
} from '../../attestation/signer-identity.js'
import type { VerifyInputs } from '../../input/input-table.js'
import { DEFAULT_ISSUER } from '../../input/inputs-for-attestations.js'
import { formatWorkflow, type WorkflowName } from '../../input/parse-signer.js'
import { UsageError, UserError } from '../../util/error.js'
import { describeReadError } from '../../util/files.js'
import { nameInput } from '../../util/input-name.js'
import { quoteControlCharacters } from '../../util/text.js'

type SignerInputs = Pick<
  VerifyInputs,
  'repo' | 'key' | 'signerWorkflow' | 'workflow' | 'sourceRef' | 'oidcIssuer' | 'bundle' | 'trustedRoot'
>

/**
 * Returns who must have signed, as the user says; `undefined` if signatures are not verified. Throws a `UsageError` for inputs
 * that contradict each other, or would have no effect.
 */
export async function chooseSigner(inputs: SignerInputs): Promise<ExpectedSigner | undefined> {
  checkCombination(inputs)
  const { repo, key } = inputs
  if (key !== undefined) return { kind: 'key', publicKey: await readPublicKey(key) }
  return repo === undefined ? undefined : createIdentity(repo, inputs)
}

function checkCombination(inputs: SignerInputs): void {
  const { repo, key, signerWorkflow, workflow, sourceRef, oidcIssuer, bundle, trustedRoot } = inputs
  if (repo !== undefined && key !== undefined) {
    throw new UsageError(`${nameInput('repo')} and ${nameInput('key')} are both set`, {
      hint: 'A key signs without the identity of a repository. Remove one of them.',
    })
  }
  const needRepo = {
    'signer-workflow': signerWorkflow,
    workflow,
    'source-ref': sourceRef,
    'oidc-issuer': oidcIssuer === DEFAULT_ISSUER ? undefined : oidcIssuer,
    'trusted-root': trustedRoot,
  }
  const [unused] = Object.entries(needRepo).find(([, value]) => value !== undefined) ?? []
  if (unused !== undefined && repo === undefined) {
    throw new UsageError(`${nameInput(unused)} needs ${nameInput('repo')}`, {
      hint: `Set ${nameInput('repo')} to the repository that must have built the image.`,
    })
  }
  if (bundle !== undefined && repo === undefined && key === undefined) {
    throw new UsageError(`${nameInput('bundle')} needs ${nameInput('repo')} or ${nameInput('key')}`, {
      hint: 'Set one of them. Without them, no signature is verified.',
    })
  }
}

function createIdentity(repository: string, inputs: SignerInputs): ExpectedIdentity {
  const { signerWorkflow, workflow, sourceRef, oidcIssuer } = inputs
  return {
    kind: 'identity',
    repository,
    signerWorkflow:
      signerWorkflow === undefined
        ? PUBLISH_WORKFLOW
        : formatWorkflow(withRepository(signerWorkflow, repository)),
    mustBeTagged: signerWorkflow === undefined,
    issuer: oidcIssuer,
    ...(workflow && { workflow: formatWorkflow(checkCaller(workflow, repository)) }),
    ...(sourceRef && { sourceRef }),
  }
}

function withRepository(
  workflow: WorkflowName,
  repository: string,
): WorkflowName & { readonly repository: string } {
  return { ...workflow, repository: workflow.repository ?? repository }
}

/** The workflow that is started is always one of the source repository. */
function checkCaller(
  workflow: WorkflowName,
  repository: string,
): WorkflowName & { readonly repository: string } {
  const named = withRepository(workflow, repository)
  if (named.repository.toLowerCase() === repository.toLowerCase()) return { ...named, repository }
  throw new UsageError(
    `${nameInput('workflow')} is a workflow of ${named.repository}, but ${nameInput('repo')} is ${repository}`,
    {
      hint: `For a reusable workflow of another repository, set ${nameInput('signer-workflow')}.`,
    },
  )
}

/** A public key has some hundred bytes. */
const MAX_KEY_BYTES = 64 << 10

async function readPublicKey(path: string): Promise<KeyObject> {
  const shown = quoteControlCharacters(path)
  const text = await readStart(path, MAX_KEY_BYTES).catch(error => {
    throw new UserError(`${nameInput('key')}: ${shown} ${describeReadError(error)}`, { cause: error })
  })
  const hint = 'It must be a public key in PEM: `-----BEGIN PUBLIC KEY-----`.'
  if (/-----BEGIN [A-Z ]*PRIVATE KEY-----/.test(text)) {
    throw new UserError(`${nameInput('key')}: ${shown} is a private key`, {
      hint: 'Write the public key to a file, and use this file: `openssl pkey -in PRIVATE -pubout -out PUBLIC`.',
    })
  }
  try {
    if (!text.includes('-----BEGIN PUBLIC KEY-----')) throw new Error('no key')
    return createPublicKey(text)
  } catch (error) {
    throw new UserError(`${nameInput('key')}: ${shown} is not a public key`, { hint, cause: error })
  }
}

async function readStart(path: string, maxBytes: number): Promise<string> {
  const file = await open(path)
  try {
    const { buffer, bytesRead } = await file.read(Buffer.alloc(maxBytes), 0, maxBytes, 0)
    return buffer.toString('utf8', 0, bytesRead)
  } finally {
    await file.close()
  }
}
