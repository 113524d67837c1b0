import { mkdtempSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { SigstoreServices } from '../../__tests__/support/sigstore-services.js'
import { type ExecResult, exec } from '../../src/util/exec.js'
import { ROOT, TOOLS } from './machine.js'

/** Who signs in the tests: `publish.yml`, called by a workflow of this repository. */
export const SIGNER = {
  name: 'https://github.com/OWNER/nix-multiarch/.github/workflows/publish.yml@refs/tags/v1',
  issuer: 'https://token.actions.githubusercontent.com',
  repository: 'octo-org/app',
}

/** The predicate types that cosign has a name for, and the SBOMs in SPDX, whose name in cosign has no version. */
export const SBOM_TYPES = ['cyclonedx', 'https://spdx.dev/Document/v2.3']

/** Programs of others that judge signatures, with the keys of the stand-ins. */
export interface Judges {
  /** A folder for files that the programs read. They run in it. */
  readonly folder: string
  /** Runs a line of a shell that starts with `cosign`. */
  cosignLine(line: string): Promise<ExecResult>
  /** cosign verifies an attestation of an image in a registry, by the workflow in `SIGNER`. */
  cosign(type: string, image: string): Promise<ExecResult>
  /** sigstore-python verifies a bundle. */
  python(bundle: Uint8Array, digest: string, options?: PythonOptions): Promise<ExecResult>
}

export interface PythonOptions {
  /** Default: the signer's. */
  readonly repository?: string
}

const KEYLESS = [
  ...['--certificate-identity-regexp', `^${SIGNER.name.replace(/v1$/, '')}`],
  ...['--certificate-oidc-issuer', SIGNER.issuer],
  ...['--certificate-github-workflow-repository', SIGNER.repository],
]

export function openJudges(services: SigstoreServices): Judges {
  const folder = mkdtempSync(join(TOOLS, 'judges-'))
  const { trustedRoot } = services.writeFiles(folder)
  const config = writeTrustConfig(folder, services)
  const options = {
    cwd: folder,
    env: {
      PATH: `${join(TOOLS, 'go-tools')}:${process.env.PATH}`,
      HOME: folder,
      NODE_OPTIONS: undefined,
    },
  }
  const withRoot = ['--trusted-root', trustedRoot]
  let files = 0
  return {
    folder,
    cosignLine: line => exec('bash', ['-c', line], options),
    cosign: (type, image) =>
      exec('cosign', ['verify-attestation', '--type', type, ...KEYLESS, ...withRoot, image], options),
    python(bundle, digest, { repository = SIGNER.repository } = {}) {
      const file = join(folder, `bundle-${files++}.json`)
      writeFileSync(file, bundle)
      const identity = ['--cert-identity', SIGNER.name, '--repository', repository]
      const script = join(ROOT, 'e2e/lib/sigstore-python.sh')
      const args = ['--trust-config', config, 'verify', 'github', '--bundle', file, ...identity, digest]
      return exec('bash', [script, ...args], options)
    },
  }
}

/** sigstore-python takes the keys only together with the services. */
function writeTrustConfig(folder: string, services: SigstoreServices): string {
  const file = join(folder, 'trust-config.json')
  const mediaType = 'application/vnd.dev.sigstore.clienttrustconfig.v0.1+json'
  const { trustedRoot } = services
  writeFileSync(file, JSON.stringify({ mediaType, trustedRoot, signingConfig: services.signingConfig() }))
  return file
}
