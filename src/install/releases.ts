import { UserError } from '../util/error.js'

/** What is installed where no other version is asked for. */
export const DEFAULT_NIX_VERSION = '2.35.2'

/** The SHA-256 of the tarballs at releases.nixos.org, by version and system. */
const KNOWN: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  '2.35.2': {
    'x86_64-linux': '0c3960a9792331a22081c3c7a5d8465db9b17c50b3acdf18587fa4c6f2cb1158',
    'aarch64-linux': '4d0302a2910f5eec1c33b8deef634f04899a75737e7001ec49908d003ae5efda',
    'x86_64-darwin': 'd725518d89f3b0b8d4af702a9d38d519814014cbe125afb3ed0545c9d755f6a5',
    'aarch64-darwin': '1695c13aba5afa7c2ecd6dc4a9393f602e7bbc440ed45e81602c831546580ec3',
  },
}

const PROCESSORS: Readonly<Record<string, string>> = {
  x64: 'x86_64',
  arm64: 'aarch64',
  ia32: 'i686',
  riscv64: 'riscv64',
}

const HOME = 'https://releases.nixos.org/nix'

/** A tarball with everything that Nix needs. */
export interface Release {
  readonly url: string
  /** In hex; `undefined` where only the server can say. */
  readonly sha256: string | undefined
  /** It is a file of the user's choice, and no release of a mirror. */
  readonly isCustom: boolean
}

interface Wanted {
  readonly version: string
  /** As in `process`. */
  readonly platform: string
  readonly arch: string
  /** A mirror of releases.nixos.org/nix, or a tarball. */
  readonly url?: string | undefined
  /** Counts before the known ones. */
  readonly sha256?: string | undefined
}

/** Where a Nix for this machine lies, and what it must hash to. Throws a `UserError` where there is none for it. */
export function findRelease({ version, platform, arch, url, sha256 }: Wanted): Release {
  if (url !== undefined && isTarball(url)) return { url, sha256, isCustom: true }
  const system = nixSystem(platform, arch)
  return {
    url: under(url ?? HOME, `nix-${version}/nix-${version}-${system}.tar.xz`),
    sha256: sha256 ?? KNOWN[version]?.[system],
    isCustom: false,
  }
}

/** A path under an address, which may have a query behind its own. */
function under(address: string, path: string): string {
  const url = new URL(address)
  url.pathname = `${url.pathname.replace(/\/+$/, '')}/${path}`
  return url.href
}

function isTarball(url: string): boolean {
  return /\.(tar(\.\w+)?|tgz)$/.test(new URL(url).pathname)
}

/** Nix's name of a machine, `aarch64-darwin`. */
function nixSystem(platform: string, arch: string): string {
  const processor = PROCESSORS[arch]
  if (processor !== undefined && ['linux', 'darwin'].includes(platform)) return `${processor}-${platform}`
  throw new UserError(`There is no release of Nix for this machine (${platform}, ${arch})`, {
    hint: 'Install Nix in another way before this runs: it is then used as it is.',
  })
}
