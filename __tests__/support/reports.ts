import { createHash } from 'node:crypto'
import type { BuiltImage, RunReport } from '../../src/command/shared/build-report.js'
import type { Merged, PushResult } from '../../src/command/shared/merge-result.js'
import { type Digest, parseDigest } from '../../src/oci/digest.js'
import { formatPlatform, platformOf, type System } from '../../src/oci/platform.js'

/** A distinct digest for each text. */
export function digestOf(text: string): Digest {
  return parseDigest(`sha256:${createHash('sha256').update(text).digest('hex')}`)
}

export function builtOf(container: string, system: System, more: Partial<BuiltImage> = {}): BuiltImage {
  const how = more.how ?? 'built'
  return {
    container,
    system,
    platform: formatPlatform(platformOf(system)),
    size: 12_300_000,
    layers: 7,
    digest: digestOf(`${container} ${system}`),
    derivation: `/nix/store/${'0'.repeat(32)}-${container}.drv`,
    cached: how === 'cached',
    began: 1_007_000,
    times: how === 'cached' ? { upload: 200 } : { build: 3100, pack: 400, upload: 200 },
    ...more,
    how,
  }
}

export function reportOf(built: readonly BuiltImage[]): RunReport {
  return { began: 1_000_000, times: { nix: 4000, evaluate: 2000, restore: 10, save: 900 }, built }
}

export function mergedOf(container: string, systems: readonly System[], more: Partial<Merged> = {}): Merged {
  const platforms = systems.map(system => {
    const { platform, digest, size, layers } = builtOf(container, system)
    return { platform, system, digest, size, layers }
  })
  const digest = digestOf(container)
  return {
    container,
    digest,
    platforms,
    archive: undefined,
    unchanged: false,
    kept: false,
    pushed: [],
    ...more,
  }
}

export function sentOf(name: string, tags: readonly string[], more: Partial<PushResult> = {}): PushResult {
  const repository = `ghcr.io/owner/${name}`
  return {
    image: `${repository}@${digestOf(name)}`,
    tags: tags.map(tag => `${repository}:${tag}`),
    left: [],
    blobs: { uploaded: 4, mounted: 0, existed: 3 },
    bytesSent: 5_000_000,
    requests: 20,
    ...more,
  }
}
