import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { BuildOrigin } from '../../src/attestation/build-origin.js'
import { packArchive } from '../../src/command/build/pack-archive.js'
import type { WorkTree } from '../../src/command/shared/work-tree.js'
import type { Container } from '../../src/nix/container.js'
import { digestOf } from '../../src/oci/digest.js'
import { platformOf, type System } from '../../src/oci/platform.js'
import type { Component, ImageContents } from '../../src/sbom/contents.js'
import { evaluatedContainer } from '../nix/fakes.js'
import { dockerArchive } from './docker-archive.js'
import { type TestHost, testHost } from './host.js'
import { imageOf, layerOf, randomLayer, seeded, tarOf } from './images.js'

/** A container as evaluated from a flake. */
export function containerOf(name: string, system: System, about: Partial<Container> = {}): Container {
  return evaluatedContainer(name, {
    system,
    imageName: name,
    imageTag: '1.0',
    version: '1.0',
    description: `The container ${name}`,
    ...about,
  })
}

/** A docker-archive like those of dockerTools: one layer that all systems share, and one layer for this system. */
export function dockerFile(folder: string, container: Container, architecture?: string): string {
  const shared = randomLayer(seeded(1), 20_000)
  const own = layerOf(
    tarOf([{ name: `bin/${container.name}`, body: Buffer.from(container.system.repeat(500)) }]),
  )
  const image = imageOf([shared, own], architecture ?? platformOf(container.system).architecture)
  const path = join(folder, `${container.name}-${container.system}.tar`)
  writeFileSync(path, dockerArchive(image))
  return path
}

/** Packs a container into an archive in `folder`, as the build does, and returns the archive's path. */
export async function archiveOf(
  folder: string,
  container: Container,
  host: TestHost = testHost(),
  tree?: WorkTree,
  contents?: ImageContents,
  origin?: BuildOrigin,
): Promise<string> {
  const file = join(folder, `${container.name}-${container.system}.oci.tar`)
  try {
    await packArchive(container, dockerFile(host.temp, container), host, {
      file,
      encoding: 'gzip',
      ...(tree && { tree }),
      ...(contents && { collectContents: async () => contents }),
      ...(origin && { findOrigin: async () => origin }),
    })
    return file
  } finally {
    host.remove()
  }
}

/** How a build has made an image. */
export function originOf({ system, derivation }: Container, about: Partial<BuildOrigin> = {}): BuildOrigin {
  return {
    nixVersion: '2.34.8',
    machine: system,
    isEmulated: false,
    flake: { url: 'git+file:app', narHash: `sha256-${'A'.repeat(43)}=` },
    flakeInputs: [
      {
        name: 'nixpkgs',
        url: `github:NixOS/nixpkgs/${'b'.repeat(40)}`,
        narHash: `sha256-${'B'.repeat(43)}=`,
        revision: 'b'.repeat(40),
      },
    ],
    derivation,
    storePaths: {
      builtHere: 1,
      builtRemotely: 0,
      alreadyPresent: 2,
      downloaded: [{ substituter: 'https://cache.nixos.org', count: 3 }],
      fromActionsCache: 0,
      signedBy: [{ key: 'cache.nixos.org-1', count: 4 }],
      unsigned: 1,
    },
    ...about,
  }
}

/** The contents of an image: a program, and the library that it uses. */
export function contentsOf(system: System, program: Partial<Component> = {}): ImageContents {
  const library = storePathOf(system, 'zlib-1.3.1')
  return {
    components: [
      { path: library, name: 'zlib', version: '1.3.1', references: [] },
      {
        path: storePathOf(system, 'fd-10.2.0'),
        name: 'fd',
        version: '10.2.0',
        narHash: `sha256-${'A'.repeat(43)}=`,
        narSize: 1234,
        references: [library],
        ...program,
      },
    ].sort((a, b) => (a.path < b.path ? -1 : 1)),
    otherLayers: [],
  }
}

function storePathOf(system: System, name: string): string {
  return `/nix/store/${digestOf(Buffer.from(`${system} ${name}`))
    .slice(7, 39)
    .replaceAll('e', 'z')}-${name}`
}
