import { createCipheriv } from 'node:crypto'
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { containerOf } from '../../__tests__/support/archives.js'
import { dockerArchive } from '../../__tests__/support/docker-archive.js'
import { testHost } from '../../__tests__/support/host.js'
import {
  hexSum,
  imageOf,
  layerOf,
  type TestImage,
  type TestLayer,
  tarOf,
} from '../../__tests__/support/images.js'
import { packArchive } from '../../src/command/build/pack-archive.js'
import { platformOf, type System } from '../../src/oci/platform.js'

const SYSTEMS: readonly System[] = ['x86_64-linux', 'aarch64-linux']

/** A version of a container, from which archives are made. */
export interface Version {
  /** The name of the container, the same for all versions. */
  readonly name: string
  /** The content of the image depends on it. */
  readonly version: string
  /** The sizes in bytes of the layers that differ between versions and systems. They cannot be compressed. */
  readonly layers: readonly number[]
}

/** Writes the archives of a container for two systems into a new folder. The first layer is the same in all versions. */
export async function archivesOf(folder: string, version: Version): Promise<void> {
  mkdirSync(folder, { recursive: true })
  for (const system of SYSTEMS) {
    const host = testHost()
    try {
      const docker = join(host.temp, 'image.tar')
      writeFileSync(docker, dockerArchive(imageFor(system, version)))
      const container = containerOf(version.name, system, {
        version: version.version,
        derivation: `/nix/store/${hexSum(Buffer.from(version.version)).slice(0, 32)}-${version.name}.drv`,
      })
      const file = join(folder, `${version.name}-${system}.oci.tar`)
      await packArchive(container, docker, host, { file, encoding: 'gzip' })
    } finally {
      host.remove()
    }
  }
}

function imageFor(system: System, { name, version, layers }: Version): TestImage {
  const own = layers.map((size, n) => noiseLayer(`${name} ${version} ${system} ${n}`, size))
  return imageOf([noiseLayer(`${name} base`, 30_000), ...own], platformOf(system).architecture)
}

/** A layer with one file whose content depends only on its name. */
function noiseLayer(name: string, size: number): TestLayer {
  const key = Buffer.from(hexSum(Buffer.from(name)), 'hex').subarray(0, 16)
  const body = createCipheriv('aes-128-ctr', key, Buffer.alloc(16)).update(Buffer.alloc(size))
  return layerOf(tarOf([{ name, body }]))
}
