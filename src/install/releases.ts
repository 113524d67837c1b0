import { UserError } from '../util/error.js'

/** Installed if the input `nix-version` is not set. */
export const DEFAULT_NIX_VERSION = '2.35.2'

/** A release of Nix to download. */
export interface Release {
  readonly url: string
  /** In hex. `undefined` if only the server can provide it. */
  readonly sha256: string | undefined
  /** True if the user set the URL of a tarball, and not of a mirror. */
  readonly isCustom: boolean
}

interface ReleaseRequest {
  readonly version: string
  /** Like `process.platform`. */
  readonly platform: string
  /** Like `process.arch`. */
  readonly arch: string
  /** A mirror of releases.nixos.org/nix, or the URL of a tarball. */
  readonly url?: string | undefined
  /** Overrides the built-in one. */
  readonly sha256?: string | undefined
}

/** Finds the URL and SHA-256 of the release for a machine. Throws a `UserError` if there is no release for it. */
export function findRelease({ version, platform, arch, url, sha256 }: ReleaseRequest): Release {
  if (url !== undefined && isTarballUrl(url)) return { url, sha256, isCustom: true }
  const system = nixSystemOf(platform, arch)
  return {
    url: appendPath(url ?? RELEASES_URL, `nix-${version}/nix-${version}-${system}.tar.xz`),
    sha256: sha256 ?? KNOWN_SHA256[version]?.[system],
    isCustom: false,
  }
}

const RELEASES_URL = 'https://releases.nixos.org/nix'

/** The SHA-256 of the tarballs at releases.nixos.org, by version and system. */
const KNOWN_SHA256: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  '2.35.2': {
    'x86_64-linux': '0c3960a9792331a22081c3c7a5d8465db9b17c50b3acdf18587fa4c6f2cb1158',
    'aarch64-linux': '4d0302a2910f5eec1c33b8deef634f04899a75737e7001ec49908d003ae5efda',
    'x86_64-darwin': 'd725518d89f3b0b8d4af702a9d38d519814014cbe125afb3ed0545c9d755f6a5',
    'aarch64-darwin': '1695c13aba5afa7c2ecd6dc4a9393f602e7bbc440ed45e81602c831546580ec3',
  },
}

function isTarballUrl(url: string): boolean {
  return /\.(tar(\.\w+)?|tgz)$/.test(new URL(url).pathname)
}

/** Appends to the path of a URL, and keeps its query. */
function appendPath(base: string, path: string): string {
  const url = new URL(base)
  url.pathname = `${url.pathname.replace(/\/+$/, '')}/${path}`
  return url.href
}

const PROCESSORS: Readonly<Record<string, string>> = {
  x64: 'x86_64',
  arm64: 'aarch64',
  ia32: 'i686',
  riscv64: 'riscv64',
}

/** Returns the Nix system of a machine, for example `aarch64-darwin`. */
function nixSystemOf(platform: string, arch: string): string {
  const processor = PROCESSORS[arch]
  if (processor !== undefined && ['linux', 'darwin'].includes(platform)) return `${processor}-${platform}`
  throw new UserError(`There is no release of Nix for this machine (${platform}, ${arch})`, {
    hint: 'Install Nix in another way first: an existing installation is left unchanged.',
  })
}
