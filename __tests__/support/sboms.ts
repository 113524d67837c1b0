import { parseDigest } from '../../src/oci/digest.js'
import type { Component } from '../../src/sbom/contents.js'
import type { IndexSubject } from '../../src/sbom/index-sbom.js'
import type { Sbom } from '../../src/sbom/subject.js'

/** A digest that consists of one hex digit. */
export const digestOf = (digit: string) => parseDigest(`sha256:${digit.repeat(64)}`)

const store = (hash: string, name: string): string => `/nix/store/${hash.repeat(32)}-${name}`

export const PATHS = {
  fd: store('a', 'fd-10.2.0'),
  glibc: store('b', 'glibc-2.40-66'),
  config: store('c', 'fd+config_1=x?.toml'),
  zlib: store('d', 'zlib-1.3'),
}

const HASH = 'sha256-47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU='

const COMPONENTS: readonly Component[] = [
  {
    path: PATHS.fd,
    name: 'fd',
    version: '10.2.0',
    narHash: HASH,
    narSize: 4_000_000,
    references: [PATHS.glibc, PATHS.config],
    package: {
      description: 'Simple, fast and "user-friendly" alternative to find',
      homepage: 'https://example.org/fd',
      licenses: 'MIT OR Apache-2.0',
      purl: 'pkg:github/example/fd@v10.2.0',
      sources: [
        { url: 'https://example.org/fd/archive/v10.2.0.tar.gz', hash: HASH, unpacked: true },
        { url: 'https://example.org/fd/completions.tar.gz', hash: HASH },
        { url: 'mirror://gnu/fd.tar.gz' },
      ],
      patches: [],
    },
  },
  {
    path: PATHS.glibc,
    name: 'glibc',
    version: '2.40-66',
    narHash: HASH,
    narSize: 30_000_000,
    references: [],
    package: {
      licenses:
        'LGPL-2.1-or-later AND (LicenseRef-nixos-unfree OR GPL-2.0-only WITH Classpath-exception-2.0)',
      cpe: 'cpe:2.3:a:gnu:glibc:2.40:*:*:*:*:*:*:*',
      sources: [],
      patches: [
        {
          name: 'CVE-2024-1234.patch',
          url: 'https://example.org/patches/CVE-2024-1234.patch',
          resolves: ['CVE-2024-1234', 'CVE-2024-1235'],
        },
        { name: 'CVE-2024-9.patch', resolves: ['CVE-2024-9'] },
        { name: 'no-etc.patch', resolves: [] },
      ],
    },
  },
  { path: PATHS.config, name: 'fd+config_1=x?.toml', version: '', narHash: HASH, references: [] },
  {
    path: PATHS.zlib,
    name: 'zlib',
    version: '1.3',
    references: [],
    package: { licenses: 'Zlib', sources: [], patches: [] },
  },
]

/** An SBOM that has everything that one can have. */
export const SAMPLE: Sbom = {
  subject: {
    name: 'fd',
    version: '10.2.0',
    platform: { os: 'linux', architecture: 'arm', variant: 'v7' },
    digest: digestOf('1'),
    repository: { registry: 'ghcr.io', repository: 'me/tools/fd' },
    commitDate: new Date('2024-11-28T11:33:09+01:00'),
  },
  contents: {
    components: COMPONENTS,
    otherLayers: [
      { diffId: digestOf('2'), from: 'debian:12' },
      { diffId: digestOf('3'), from: 'debian:12' },
      { diffId: digestOf('4') },
    ],
  },
  basis: 'build',
}

/** An SBOM that has only what each one has. */
export const MINIMAL: Sbom = {
  subject: { name: 'fd', platform: { os: 'linux', architecture: 'amd64' }, digest: digestOf('5') },
  contents: {
    components: [{ path: PATHS.zlib, name: 'zlib', version: '1.3', references: [] }],
    otherLayers: [],
  },
  basis: 'layers',
}

export const SAMPLE_INDEX: IndexSubject = {
  name: 'fd',
  version: '10.2.0',
  digest: digestOf('6'),
  repository: { registry: 'ghcr.io', repository: 'me/tools/fd' },
  commitDate: new Date('2024-11-28T10:33:09Z'),
  platforms: [
    { platform: { os: 'linux', architecture: 'amd64' }, digest: digestOf('5') },
    { platform: { os: 'linux', architecture: 'arm', variant: 'v7' }, digest: digestOf('1') },
  ],
}
