import type { BuildJob, BuildOrigin } from '../../attestation/build-origin.js'
import type { Host } from '../../host/host.js'
import { type Container, derivationsOf, formatContainer } from '../../nix/container.js'
import { type FlakeMetadata, readFlakeMetadata } from '../../nix/flake-metadata.js'
import type { Nix } from '../../nix/nix.js'
import { findStorePathOrigins, StoreActivity } from '../../nix/store-path-origins.js'
import { messageOf } from '../../util/error.js'
import type { PreparedSystem } from '../emulation/emulation.js'

/** Finds out how the images of a job are built, for their provenance. */
export interface OriginCollector {
  /** Reads a line of Nix's log, of an evaluation or of a build. */
  readLine(line: string): void
  /** Returns `undefined`, after a warning, if Nix does not answer. Call it after the build of the container. */
  collect(container: Container, prepared: PreparedSystem | undefined): Promise<BuildOrigin | undefined>
}

/** @param flake the flake reference */
export function createOriginCollector(nix: Nix, flake: string, host: Host): OriginCollector {
  const activity = new StoreActivity()
  const { signal } = host
  let metadata: Promise<FlakeMetadata> | undefined
  const job = describeJob(host)
  const describe = async (container: Container, isEmulated: boolean): Promise<BuildOrigin> => {
    // Once for all containers, and after the evaluation, which may have written the lock file.
    metadata ??= readFlakeMetadata(nix, flake, { cwd: process.cwd(), signal })
    const { source, inputs } = await metadata
    return {
      nixVersion: nix.version.text,
      machine: nix.settings.system,
      isEmulated,
      ...(job && { job }),
      flake: source,
      flakeInputs: inputs,
      derivation: container.derivation,
      storePaths: await findStorePathOrigins(nix, derivationsOf(container), { activity, signal }),
    }
  }
  return {
    readLine: line => activity.push(line),
    async collect(container, prepared) {
      try {
        return await describe(container, prepared?.how === 'qemu')
      } catch (error) {
        signal.throwIfAborted()
        host.log.warning(
          `The provenance of ${formatContainer(container)} will not say how it was built: ${messageOf(error)}`,
        )
        return undefined
      }
    },
  }
}

function describeJob({ kind, env }: Host): BuildJob | undefined {
  const { GITHUB_SERVER_URL: server, GITHUB_REPOSITORY: repository, GITHUB_RUN_ID: run } = env
  if (kind !== 'github' || !server || !repository || !run) return undefined
  return {
    run: `${server}/${repository}/actions/runs/${run}/attempts/${env.GITHUB_RUN_ATTEMPT ?? '1'}`,
    name: env.GITHUB_JOB ?? '',
    environment: env.RUNNER_ENVIRONMENT ?? '',
  }
}
