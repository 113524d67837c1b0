import { DEFAULT_NIX_VERSION } from '../install/releases.js'
import { parsePublicKey, parseSecretKey } from '../nix/store-uri.js'
import {
  listOf,
  makeOptional,
  parseBoolean,
  parseConfLines,
  parseNixVersion,
  parseOptionalText,
  parseSha256,
  parseSize,
  parseStoreAddress,
  parseText,
  parseWebUrl,
  parseWords,
} from './parse.js'
import { defineInput } from './read-inputs.js'

const nixVersion = defineInput({
  name: 'nix-version',
  placeholder: 'VERSION',
  default: DEFAULT_NIX_VERSION,
  parse: parseNixVersion,
  doc: 'The Nix to install where there is none. Its release is held against the SHA-256 that stands in this project; for another version against the one beside the release, with a warning.',
})

const nixUrl = defineInput({
  name: 'nix-url',
  placeholder: 'URL',
  parse: makeOptional(parseWebUrl),
  doc: 'Where the release of Nix comes from: a mirror of `https://releases.nixos.org/nix`, or the address of one tarball.',
})

const nixSha256 = defineInput({
  name: 'nix-sha256',
  placeholder: 'HEX',
  parse: parseSha256,
  doc: "The SHA-256 of the release's tarball.",
})

const nixConf = defineInput({
  name: 'nix-conf',
  placeholder: 'LINES',
  repeats: true,
  parse: parseConfLines,
  doc: 'Lines for the configuration of Nix, such as `max-jobs = 2`. They come after all others.',
})

const cachix = defineInput({
  name: 'cachix',
  placeholder: 'NAMES',
  repeats: true,
  parse: parseWords,
  doc: 'Names of Cachix caches to take from. Address and public keys come from Cachix. The first one is pushed to when there is a `cachix-signing-key` or a `cachix-auth-token`.',
})

const cachixHost = defineInput({
  name: 'cachix-host',
  placeholder: 'URL',
  default: 'https://cachix.org',
  parse: parseWebUrl,
  doc: 'The Cachix server that knows them.',
})

const cachixAuthToken = defineInput({
  name: 'cachix-auth-token',
  on: 'action',
  secret: true,
  variable: 'CACHIX_AUTH_TOKEN',
  parse: parseOptionalText,
  doc: 'The token for private Cachix caches, and for pushing. The command line takes `CACHIX_AUTH_TOKEN` from the environment.',
})

const cachixSigningKey = defineInput({
  name: 'cachix-signing-key',
  on: 'action',
  secret: true,
  variable: 'CACHIX_SIGNING_KEY',
  parse: parseOptionalText,
  doc: 'The key that signs what is pushed to Cachix, for a cache whose key Cachix does not hold. The command line takes `CACHIX_SIGNING_KEY` from the environment.',
})

const extraSubstituters = defineInput({
  name: 'extra-substituters',
  placeholder: 'URIS',
  repeats: true,
  parse: listOf(parseStoreAddress),
  doc: 'Addresses of further binary caches to take from. One that is down is left out with a warning.',
})

const extraTrustedPublicKeys = defineInput({
  name: 'extra-trusted-public-keys',
  placeholder: 'KEYS',
  repeats: true,
  parse: listOf(parsePublicKey),
  doc: 'The public keys of those caches, `name:base64`. What is not signed by a trusted key is built instead.',
})

const netrc = defineInput({
  name: 'netrc',
  on: 'action',
  secret: true,
  variable: 'NIX_MULTIARCH_NETRC',
  parse: parseOptionalText,
  doc: 'Credentials for binary caches, as the lines of a netrc file: `machine cache.example.org login me password secret`. The command line takes `NIX_MULTIARCH_NETRC` from the environment.',
})

const pushTo = defineInput({
  name: 'push-to',
  placeholder: 'URI',
  parse: makeOptional(parseStoreAddress),
  doc: 'A store that gets what was built, with all that belongs to it: any address that `nix copy` knows, such as `s3://bucket` or `file:///srv/cache`. Nothing is pushed for pull requests from forks.',
})

const secretKey = defineInput({
  name: 'secret-key',
  on: 'action',
  secret: true,
  variable: 'NIX_MULTIARCH_SECRET_KEY',
  parse: makeOptional(parseSecretKey),
  doc: 'The secret key that signs what goes to `push-to`, as `nix key generate-secret` makes one. The command line takes `NIX_MULTIARCH_SECRET_KEY` from the environment.',
})

export const cache = defineInput({
  name: 'cache',
  on: 'action',
  default: 'true',
  parse: parseBoolean,
  doc: "Whether GitHub's cache keeps archives by derivation, and what was built here and is in no binary cache. Pull requests from forks only read it. The command line has no such cache: it has its Nix store.",
})

export const cacheSize = defineInput({
  name: 'cache-size',
  on: 'action',
  default: '2 GB',
  parse: parseSize,
  doc: 'How much of what was built here is kept, uncompressed. What was not used for longest goes first. GitHub gives a repository 10 GB for all caches.',
})

/** The default image with QEMU. It is pulled by digest; the tag is only for the reader. */
export const DEFAULT_QEMU_IMAGE =
  'docker.io/tonistiigi/binfmt:qemu-v10.2.3-68@sha256:400a4873b838d1b89194d982c45e5fb3cda4593fbfd7e08a02e76b03b21166f0'

export const qemuImage = defineInput({
  name: 'qemu-image',
  placeholder: 'REF',
  default: DEFAULT_QEMU_IMAGE,
  parse: parseText,
  doc: 'The image that a static QEMU is taken from, where the machine has none and no package of it. Nothing but this one program is taken, and each byte is held against the digest.',
})

export const store = defineInput({
  name: 'store',
  placeholder: 'URI',
  parse: makeOptional(parseStoreAddress),
  doc: 'The store that is meant, where it is not the first Cachix cache of `--cachix`: any address that `nix copy` knows.',
})

const githubToken = defineInput({
  name: 'github-token',
  on: 'action',
  secret: true,
  // GitHub evaluates this expression.
  actionDefault: '${{ github.token }}',
  variable: 'GITHUB_TOKEN',
  parse: parseOptionalText,
  doc: 'The token for flake inputs on github.com, which allows more requests than none. The command line takes `GITHUB_TOKEN` from the environment.',
})

/** The inputs for the installation of Nix. */
export const installationInputs = { nixVersion, nixUrl, nixSha256 }

/** The inputs for substituters and for nix.conf. */
export const substituterInputs = {
  cachix,
  cachixHost,
  cachixAuthToken,
  extraSubstituters,
  extraTrustedPublicKeys,
  netrc,
  nixConf,
  githubToken,
}

/** The inputs for pushing to binary caches. */
export const cachePushInputs = { cachixSigningKey, pushTo, secretKey }
