import { INPUT_VARIABLES } from '../util/input-name.js'
import { defineGitHubToken } from './inputs-for-nix.js'
import { choiceOf, makeOptional, parseBoolean, parseOptionalText, parseWebUrl } from './parse.js'
import { parseFullRef, parseSourceRepository, parseWorkflow } from './parse-signer.js'
import { defineInput } from './read-inputs.js'

/** The value is the same for the plan, the build and the merge. */
export const attest = defineInput({
  name: 'attest',
  brief: 'Sign images and provenance',
  placeholder: 'true|false|key|public-log',
  default: 'false',
  parse: choiceOf('true', 'false', 'key', 'public-log'),
  doc:
    'Sign each image, its provenance and its SBOMs before tags are set. `true`: with the identity of the job, which needs ' +
    '`permissions: id-token: write` and `attestations: write`, or with `signing-key` if it is set. `key`: only with ' +
    '`signing-key`. `public-log`: with the public services also for a private repository, which makes the name of the ' +
    'repository, its workflow, branch and commit public. Set the same value for the plan, the build and the merge.',
})

const signingKey = defineInput({
  name: 'signing-key',
  on: 'action',
  secret: true,
  variable: INPUT_VARIABLES['signing-key'],
  parse: parseOptionalText,
  doc:
    'A private key to sign with, or the path of its file: in PEM (ECDSA P-256 or Ed25519), or a key of cosign. Nothing is ' +
    'sent to a public log or to GitHub. Needs `attest`. Default: the identity of the job.',
})

const signingKeyPassword = defineInput({
  name: 'signing-key-password',
  on: 'action',
  secret: true,
  variable: INPUT_VARIABLES['signing-key-password'],
  parse: parseOptionalText,
  doc: 'The password of `signing-key` if the key is encrypted.',
})

const signingConfig = defineInput({
  name: 'signing-config',
  brief: 'The services to sign with',
  placeholder: 'FILE',
  values: 'file',
  parse: parseOptionalText,
  doc:
    'A file with the services to sign with: a signing config of Sigstore (JSON, v0.2). Default: the public services of ' +
    'Sigstore, or the services of GitHub for a private repository.',
})

const trustedRoot = defineInput({
  name: 'trusted-root',
  blank: 'refused as a flag',
  brief: 'The keys of the services to trust',
  placeholder: 'FILE',
  values: 'file',
  parse: parseOptionalText,
  doc:
    'A file with the keys of the services to trust: a trusted root of Sigstore (JSON). Default: the newest keys of Sigstore ' +
    'and of GitHub.',
})

/** The inputs of commands that sign. */
export const signingInputs = { attest, signingKey, signingKeyPassword, signingConfig, trustedRoot }

const repo = defineInput({
  name: 'repo',
  blank: 'refused as a flag',
  brief: 'The repository that must have built the image',
  placeholder: 'OWNER/NAME',
  parse: makeOptional(parseSourceRepository),
  doc:
    'The source repository on GitHub that must have built the image: `owner/name`. A missing or wrong signature is an error. ' +
    'Default: the signature is not verified.',
})

const key = defineInput({
  name: 'key',
  blank: 'refused as a flag',
  brief: 'The public key that must have signed',
  placeholder: 'FILE',
  values: 'file',
  parse: parseOptionalText,
  doc:
    'Instead of `repo`: a file with the public key that must have signed the image, in PEM. A missing or wrong signature is an ' +
    'error.',
})

const signerWorkflow = defineInput({
  name: 'signer-workflow',
  blank: 'refused as a flag',
  brief: 'The workflow that must have signed',
  placeholder: 'WORKFLOW',
  parse: makeOptional(parseWorkflow),
  doc:
    'With `repo`: the workflow that must have signed, `owner/name/.github/workflows/x.yml`, also with `@refs/tags/v1` or ' +
    '`@` and a commit. Default: `publish.yml` of nix-multiarch at a tag. If your own workflow uses the action `merge` or ' +
    '`publish`, set it to this workflow, for example `ci.yml`.',
})

const workflow = defineInput({
  name: 'workflow',
  blank: 'refused as a flag',
  brief: 'The workflow that must have been started',
  placeholder: 'WORKFLOW',
  parse: makeOptional(parseWorkflow),
  doc:
    'With `repo`: the workflow of this repository that must have been started, for example `ci.yml`, also with ' +
    '`@refs/heads/main`. Default: any.',
})

const sourceRef = defineInput({
  name: 'source-ref',
  blank: 'refused as a flag',
  brief: 'The ref that must have been built',
  placeholder: 'REF',
  parse: makeOptional(parseFullRef),
  doc: 'With `repo`: the ref that must have been built, for example `refs/heads/main`. Default: any.',
})

export const DEFAULT_ISSUER = 'https://token.actions.githubusercontent.com'

const oidcIssuer = defineInput({
  name: 'oidc-issuer',
  brief: 'The service of the identity',
  placeholder: 'URL',
  default: DEFAULT_ISSUER,
  parse: parseWebUrl,
  doc:
    'With `repo`: the URL of the service that must have issued the identity of the signer. ' +
    'Enterprises on GitHub can have their own.',
})

const bundle = defineInput({
  name: 'bundle',
  blank: 'refused as a flag',
  brief: 'A file with the signatures',
  values: 'file',
  placeholder: 'FILE',
  parse: parseOptionalText,
  doc:
    'With `repo` or `key`: a file with the signatures, as Sigstore bundles: one as JSON, or several as JSON lines. Default: ' +
    'the signatures in the registry, or else at GitHub.',
})

const checkLayers = defineInput({
  name: 'check-layers',
  brief: 'Do not read the layers and the SBOMs',
  placeholder: '',
  default: 'true',
  parse: parseBoolean,
  doc:
    'With `false`, or `--no-check-layers` on a command line, the layers and the SBOMs are not read: only the index, the ' +
    'manifests, the configs and the signatures. By default, everything is read and checked.',
})

export const verifyToken = defineGitHubToken(
  'The token for ghcr.io if no other credentials are found, for flake inputs on github.com, and with `repo` for the ' +
    'attestations at GitHub. The job needs `permissions: packages: read`, and `attestations: read` for a private repository.',
)

/** The inputs of `verify` that say who must have signed. */
export const signatureInputs = {
  repo,
  key,
  signerWorkflow,
  workflow,
  sourceRef,
  oidcIssuer,
  bundle,
  trustedRoot: {
    ...trustedRoot,
    doc:
      'With `repo`: a file with the keys of the services to trust: a trusted root of Sigstore (JSON). No service is asked for ' +
      'keys. Default: the newest keys of Sigstore and of GitHub.',
  },
  checkLayers,
}
