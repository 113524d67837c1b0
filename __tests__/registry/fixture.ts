import { createHash } from 'node:crypto'
import type { Clock } from '../../src/http/retry.js'
import type { Blob } from '../../src/oci/descriptor.js'
import { OCI_LAYER_GZIP } from '../../src/oci/descriptor.js'
import { createBlob, type Image, makeImage } from '../../src/oci/image.js'
import { type Index, makeIndex } from '../../src/oci/image-index.js'
import { type ClientOptions, RegistryClient } from '../../src/registry/client.js'
import { Repository } from '../../src/registry/repository.js'
import { parsePlatform } from '../support/platform.js'
import { type RegistryOptions, startRegistry, type TestRegistry } from '../support/registry.js'

/** A clock that jumps instead of waiting, and records the waits in milliseconds. */
export class TestClock implements Clock {
  readonly waits: number[] = []
  time = 1_800_000_000_000

  now(): number {
    return this.time
  }

  random(): number {
    return 0
  }

  async sleep(ms: number, signal?: AbortSignal): Promise<void> {
    signal?.throwIfAborted()
    this.waits.push(ms)
    this.time += ms
  }
}

/** Pseudo-random bytes, the same for the same seed. */
export function seededBytes(seed: string, size: number): Buffer {
  const blocks = Array.from({ length: Math.ceil(size / 64) }, (_, n) =>
    createHash('sha512').update(`${seed} ${n}`).digest(),
  )
  return Buffer.concat(blocks).subarray(0, size)
}

export function layer(seed: string, size = 3000): Blob {
  return createBlob(seededBytes(seed, size), { mediaType: OCI_LAYER_GZIP })
}

/** An image with three layers. All images share the last one. */
export function image(seed: string, platform: string, size?: number): Image {
  const layers = [
    layer(`${seed} ${platform} 0`, size),
    layer(`${seed} ${platform} 1`, size),
    layer('shared', 100),
  ]
  const config = Buffer.from(JSON.stringify({ seed, platform }))
  return makeImage({ platform: parsePlatform(platform), config, layers })
}

export function index(seed: string, size?: number): Index {
  return makeIndex([image(seed, 'linux/amd64', size), image(seed, 'linux/arm64', size)])
}

/** The number of blobs of `index`: two configs, four layers of one platform each, and the shared layer. */
export const BLOBS_OF_INDEX = 7

export interface Rig {
  registry: TestRegistry
  client: RegistryClient
  clock: TestClock
  repository(name?: string): Repository
}

/** Runs a test with a registry and a client that never wait, and closes both. */
export async function withRegistry(
  options: RegistryOptions,
  test: (rig: Rig) => Promise<void>,
  clientOptions: ClientOptions = {},
): Promise<void> {
  const clock = new TestClock()
  const registry = await startRegistry({ now: () => clock.now(), ...options })
  const client = new RegistryClient({ clock, ...clientOptions })
  const repository = (name = 'owner/app'): Repository => new Repository(client, registry.reference(name))
  try {
    await test({ registry, client, clock, repository })
  } finally {
    client.close()
    await registry.close()
  }
}

/** The error of a promise. Fails the test if the promise succeeds. */
export async function failureOf(promise: Promise<unknown>): Promise<Error> {
  const error = await promise.then(
    () => undefined,
    error => error,
  )
  // Not `instanceof`: Node.js's own errors come from another realm than the test's.
  if (Object(error).message === undefined) throw new Error(`expected a failure, got ${error}`)
  return error
}
