import type { Digest } from '../oci/digest.js'

/** What the image of one platform consists of. It says nothing about digests of the image, so the build can make it. */
export interface ImageContents {
  /** The store paths in the image, sorted by path. */
  readonly components: readonly Component[]
  /** Layers whose store paths are not known, for example those of a base image. Lowest first. */
  readonly otherLayers: readonly OtherLayer[]
}

/** A store path in an image. */
export interface Component {
  /** `/nix/store/<hash>-fd-10.2.0`. */
  readonly path: string
  /** Of the package; without one, the first part of the name of the store path. */
  readonly name: string
  /** Empty if neither the package nor the name of the store path has one. */
  readonly version: string
  /** The hash that Nix recorded, as `sha256-<base64>`. Absent if Nix does not know the path. */
  readonly narHash?: string
  /** In bytes. */
  readonly narSize?: number
  /** Other store paths in this image that this one refers to, sorted. */
  readonly references: readonly string[]
  /** Absent if the flake's values do not lead to the derivation of this path. */
  readonly package?: PackageFacts
}

/** What a derivation and its `meta` say. */
export interface PackageFacts {
  readonly description?: string
  readonly homepage?: string
  /** An SPDX expression. A license without an SPDX identifier is a `LicenseRef-nixos-…`. */
  readonly licenses?: string
  /** `cpe:2.3:a:…`, from `meta.identifiers`. */
  readonly cpe?: string
  /** `pkg:…`, from `meta.identifiers`. */
  readonly purl?: string
  readonly sources: readonly Source[]
  readonly patches: readonly Patch[]
}

/** Where the source of a package was downloaded from. */
export interface Source {
  readonly url: string
  /** In SRI form: `sha256-<base64>`. */
  readonly hash?: string
  /** True if `hash` is of the unpacked files, serialized as a NAR (`recursive` in Nix), and not of the file at `url`. */
  readonly unpacked?: boolean
}

export interface Patch {
  /** The name of the file, for example `CVE-2024-1234.patch`. */
  readonly name: string
  readonly url?: string
  /** The vulnerabilities in its name, for example `CVE-2024-1234`. */
  readonly resolves: readonly string[]
}

/** A layer whose store paths are not known. */
export interface OtherLayer {
  readonly diffId: Digest
  /** The name of the base image, if the image says it. */
  readonly from?: string
}
