import { mkdtempSync } from 'node:fs'
import { join } from 'node:path'
import { type GitHubStandIn, serveGitHubApi } from '../../__tests__/support/github-api.js'
import { type ResultsServiceStandIn, startResultsService } from '../../__tests__/support/results-service.js'
import {
  type SigstoreFiles,
  type SigstoreServices,
  startSigstoreServices,
} from '../../__tests__/support/sigstore-services.js'
import { runJob, type StepResult } from './action.js'
import { SIGNER } from './judges.js'
import { type Machine, openMachine, outputOf, ROOT } from './machine.js'

const HELLO = `path:${join(ROOT, 'examples/hello')}`

type Inputs = Readonly<Record<string, string>>

/** The result of a merge job. */
export interface AttestedMerge extends StepResult {
  readonly log: string
  /** The bundles that are artifacts of the run, by name. */
  readonly bundles: ReadonlyMap<string, Buffer>
}

/** Merge jobs of a workflow run that signs, with everything that they need: archives, GitHub's services and Sigstore's. */
export interface AttestJobs {
  readonly machine: Machine
  readonly services: SigstoreServices
  readonly files: SigstoreFiles
  readonly github: GitHubStandIn
  /** Runs the action `merge` with `attest`, Rekor v1, SBOMs and the tag `1.0`, unless the inputs say something else. */
  merge(inputs: Inputs): Promise<AttestedMerge>
  close(): Promise<void>
}

/** Builds the image `hello` for two systems. */
export async function openAttestJobs(): Promise<AttestJobs> {
  const machine = openMachine({ emulate: true })
  const services = await startSigstoreServices()
  const files = services.writeFiles(join(machine.work, 'services'))
  const github = await serveGitHubApi({ repository: SIGNER.repository, tokens: { ofTheRun: 'write' } })
  const results = await startResultsService()
  const archives = join(machine.work, 'archives')
  const systems = ['--systems', 'x86_64-linux aarch64-linux']
  const more = ['--sbom', '--attest', 'true', '--output', archives]
  outputOf(await machine.cli(['build', '--flake', HELLO, '--containers', 'hello', ...systems, ...more]))
  const around = { machine, services, github, results }
  let run = 0
  return {
    machine,
    services,
    files,
    github,
    merge: inputs => runMerge(around, `run-${++run}`, { archives, ...defaultsOf(files), ...inputs }),
    async close() {
      machine.remove()
      await Promise.all([services.close(), github.close(), results.close()])
    },
  }
}

function defaultsOf({ signingConfig, trustedRoot }: SigstoreFiles): Inputs {
  const ofServices = { 'signing-config': signingConfig, 'trusted-root': trustedRoot }
  return { attest: 'true', sbom: 'true', 'github-token': 'ofTheRun', tags: '1.0', ...ofServices }
}

interface Around {
  readonly machine: Machine
  readonly services: SigstoreServices
  readonly github: GitHubStandIn
  readonly results: ResultsServiceStandIn
}

async function runMerge(around: Around, run: string, inputs: Inputs): Promise<AttestedMerge> {
  const { machine, services, github, results } = around
  const env = {
    ...services.environment(),
    GITHUB_API_URL: github.url,
    GITHUB_REPOSITORY: SIGNER.repository,
    GITHUB_REPOSITORY_OWNER: 'octo-org',
    GITHUB_RUN_ID: '7',
  }
  const temp = mkdtempSync(join(machine.work, 'merge-'))
  const { steps } = await runJob({ machine, service: results, temp, ids: { run }, env }, [
    { action: 'merge', inputs },
  ])
  const [result] = steps
  if (result === undefined) throw new Error('the action did not run')
  const artifacts = results.artifacts().filter(each => each.run === run)
  const bundles = artifacts.filter(({ name }) => name.endsWith('.sigstore.json'))
  return {
    ...result,
    log: result.stdout + result.stderr,
    bundles: new Map(bundles.map(({ name, content }) => [name, content])),
  }
}

/** Expects that a merge was successful, and returns the digest of the index. */
export function digestOfMerge({ code, log, outputs }: AttestedMerge): string {
  if (code !== 0) throw new Error(`exit code ${code}\n${log}`)
  return outputs.digest ?? ''
}
