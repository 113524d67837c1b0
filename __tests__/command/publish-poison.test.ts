import { gzipSync } from 'node:zlib'
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals'
import { publish } from '../../src/command/publish.js'
import { PUBLISH_INPUTS } from '../../src/input/input-table.js'
import { readInputs } from '../../src/input/read-inputs.js'
import { detectSystem } from '../../src/nix/detect-system.js'
import { PROOF } from '../../src/oci/annotation-keys.js'
import { type Descriptor, OCI_INDEX, OCI_MANIFEST } from '../../src/oci/descriptor.js'
import { type Digest, digestOf } from '../../src/oci/digest.js'
import { UserError } from '../../src/util/error.js'
import { containerOf } from '../support/archives.js'
import { silentHost, type TestHost, testHost } from '../support/host.js'
import { installNix, printBuilt } from '../support/nix-program.js'
import { startRegistry, type TestRegistry } from '../support/registry.js'

let host: TestHost
let registry: TestRegistry
beforeEach(async () => {
  host = testHost()
  registry = await startRegistry()
})
afterEach(async () => {
  host.remove()
  await registry.close()
})

/** Installs a program `nix` that has built the container `one`. All versions have the same layers. */
function installVersion(version: string): TestHost {
  const derivation = `/nix/store/${version.replaceAll('.', '0').padStart(32, '0')}-one.drv`
  const container = containerOf('one', detectSystem(), { version, imageTag: version, derivation })
  return installNix(host, [container], { build: printBuilt(host, container) })
}

function publishVersion(version: string, inputs: Readonly<Record<string, string>> = {}) {
  const all: Readonly<Record<string, string>> = {
    flake: 'github:a/b',
    image: `${registry.host}/o/{name}`,
    tags: `${version} latest`,
    ...inputs,
  }
  return publish(
    readInputs(PUBLISH_INPUTS, name => all[name], silentHost),
    installVersion(version),
  )
}

const read = (digest: Digest) => JSON.parse(String(registry.repository('o/one').manifests.get(digest)?.bytes))

function layersAt(tag: string): Digest[] {
  const index = read(registry.repository('o/one').tags.get(tag) as Digest)
  return index.manifests.flatMap((each: Descriptor) =>
    read(each.digest).layers.map(({ digest }: Descriptor) => digest),
  )
}

const evil = gzipSync(Buffer.from('other content'.repeat(1000)))

/** Replaces the first layer of the published image, and keeps its config. */
function poison(record: 'none' | 'copied'): void {
  const repository = registry.repository('o/one')
  const layer = { digest: registry.store.addBlob('o/one', evil), size: evil.length }
  const put = (document: object, mediaType: string) => {
    const bytes = Buffer.from(JSON.stringify(document))
    repository.manifests.set(digestOf(bytes), { bytes, mediaType })
    return { digest: digestOf(bytes), size: bytes.length }
  }
  for (const [tag, digest] of repository.tags) {
    const index = read(digest)
    const manifests = index.manifests.map((each: Descriptor) => {
      const manifest = read(each.digest)
      const [first, ...others] = manifest.layers
      return { ...each, ...put({ ...manifest, layers: [{ ...first, ...layer }, ...others] }, OCI_MANIFEST) }
    })
    const { [PROOF]: proof, ...annotations } = index.annotations
    const kept = record === 'copied' ? { [PROOF]: proof } : {}
    const moved = { ...index, manifests, annotations: { ...annotations, ...kept } }
    repository.tags.set(tag, put(moved, OCI_INDEX).digest)
  }
}

describe.each(['none', 'copied'] as const)('a published false image with a record: %s', record => {
  let good: readonly Digest[]
  beforeEach(async () => {
    await publishVersion('1.0.0')
    good = layersAt('1.0.0')
    poison(record)
    expect(layersAt('latest')).toContain(digestOf(evil))
  })

  test('gives no layer to a new version, and loses the tags that can move', async () => {
    await publishVersion('1.1.0')
    expect(layersAt('1.1.0')).toContain(good[0])
    expect(layersAt('latest')).toEqual(layersAt('1.1.0'))
    expect(layersAt('1.1.0')).not.toContain(digestOf(evil))
  })

  test('is not kept as unchanged: the error names it', async () => {
    const error = await publishVersion('1.0.0').then(
      () => undefined,
      reason => reason,
    )
    expect(error).toBeInstanceOf(UserError)
    expect(`${error.message} ${error.hint}`).toContain('o/one')
    expect(`${error.message} ${error.hint}`).toMatch(/`--(force|overwrite)`|--(force|overwrite)/)
  })

  test('is replaced if the run is forced to overwrite it', async () => {
    await publishVersion('1.0.0', { force: 'true', overwrite: 'true' })
    expect(layersAt('1.0.0')).toEqual(good)
    expect(layersAt('latest')).toEqual(good)
  })
})
