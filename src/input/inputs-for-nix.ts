import { PERSISTENT_PARTS } from '../install/persistent-parts.js'
import { DEFAULT_NIX_VERSION } from '../install/releases.js'
import { parsePublicKey, parseSecretKey } from '../nix/store-uri.js'
import { INPUT_VARIABLES } from '../util/input-name.js'
import {
  choiceOf,
  listOf,
  makeOptional,
  parseAccessTokens,
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
  brief: 'The Nix version to install if it is missing',
  placeholder: 'VERSION',
  default: DEFAULT_NIX_VERSION,
  parse: parseNixVersion,
  doc:
    'The Nix version to install if Nix is missing. The download is verified with a built-in SHA-256, ' +
    'or for other versions with the one that the server publishes (with a warning).',
})

const nixUrl = defineInput({
  name: 'nix-url',
  brief: 'Where to download Nix from',
  placeholder: 'URL',
  parse: makeOptional(parseWebUrl),
  doc:
    'Where to download Nix from: a mirror of `https://releases.nixos.org/nix`, or the URL of one ' +
    'tarball.',
})

const nixSha256 = defineInput({
  name: 'nix-sha256',
  placeholder: 'HEX',
  parse: parseSha256,
  doc: 'The SHA-256 of the Nix tarball.',
})

const persist = defineInput({
  name: 'persist',
  on: 'action',
  parse: listOf(choiceOf(...PERSISTENT_PARTS)),
  doc:
    'Changes on a self-hosted runner to keep after the job: `daemon` (the Nix daemon that was started, with its ' +
    'settings and build users), `kvm` (access to /dev/kvm for all users), `qemu` (QEMU that was ' +
    'registered). Default: none. `/nix` and the tool cache are always kept.',
})

const nixConf = defineInput({
  name: 'nix-conf',
  brief: 'Lines for nix.conf',
  placeholder: 'LINES',
  repeats: true,
  parse: parseConfLines,
  doc: 'Lines for nix.conf, for example `max-jobs = 2`. They override all other settings.',
})

const cachix = defineInput({
  name: 'cachix',
  brief: 'Cachix caches to download from',
  placeholder: 'NAMES',
  repeats: true,
  parse: parseWords,
  doc:
    'Names of Cachix caches to download from. Their URLs and public keys are requested from Cachix. ' +
    'Builds are pushed to the first cache if `cachix-signing-key` or `cachix-auth-token` is set.',
})

const cachixHost = defineInput({
  name: 'cachix-host',
  placeholder: 'URL',
  default: 'https://cachix.org',
  parse: parseWebUrl,
  doc: 'The URL of the Cachix server.',
})

const cachixAuthToken = defineInput({
  name: 'cachix-auth-token',
  on: 'action',
  secret: true,
  variable: INPUT_VARIABLES['cachix-auth-token'],
  parse: parseOptionalText,
  doc: 'The token for private Cachix caches, and for pushing.',
})

const cachixSigningKey = defineInput({
  name: 'cachix-signing-key',
  on: 'action',
  secret: true,
  variable: INPUT_VARIABLES['cachix-signing-key'],
  parse: parseOptionalText,
  doc:
    'The key to sign store paths that are pushed to Cachix. Only needed for caches whose signing key ' +
    'is not stored at Cachix.',
})

const extraSubstituters = defineInput({
  name: 'extra-substituters',
  brief: 'More binary caches to download from',
  placeholder: 'URIS',
  repeats: true,
  parse: listOf(parseStoreAddress),
  doc:
    'URLs of additional binary caches to download from. If a cache cannot be reached, it is skipped ' +
    'with a warning.',
})

const extraTrustedPublicKeys = defineInput({
  name: 'extra-trusted-public-keys',
  brief: 'Their public keys',
  placeholder: 'KEYS',
  repeats: true,
  parse: listOf(parsePublicKey),
  doc:
    'The public keys of additional binary caches, `name:base64`. Store paths without a signature of a ' +
    'trusted key are built instead.',
})

const netrc = defineInput({
  name: 'netrc',
  on: 'action',
  secret: true,
  variable: INPUT_VARIABLES.netrc,
  parse: parseOptionalText,
  doc:
    'Credentials for binary caches, as lines of a netrc file: `machine cache.example.org login me ' +
    'password secret`.',
})

const accessTokens = defineInput({
  name: 'access-tokens',
  on: 'action',
  secret: true,
  variable: INPUT_VARIABLES['access-tokens'],
  parse: parseAccessTokens,
  doc:
    'Tokens for private flake inputs, as in the setting of Nix with this name: `github.com=TOKEN`, ' +
    '`gitlab.com=PAT:TOKEN`, separated by spaces or newlines. For github.com, the token replaces `github-token`, which is then ' +
    'only used for the registry and the API of GitHub.',
})

const pushTo = defineInput({
  name: 'push-to',
  brief: 'A Nix store to push builds to',
  placeholder: 'URI',
  parse: makeOptional(parseStoreAddress),
  doc:
    'A Nix store to push builds to, with all their dependencies: any store URL that `nix copy` ' +
    'supports, for example `s3://bucket` or `file:///srv/cache`. Pull requests from forks do not ' +
    'push.',
})

const secretKey = defineInput({
  name: 'secret-key',
  on: 'action',
  secret: true,
  variable: INPUT_VARIABLES['secret-key'],
  parse: makeOptional(parseSecretKey),
  doc:
    'The secret key to sign store paths that are pushed to `push-to`, as created by `nix key ' +
    'generate-secret`.',
})

export const cache = defineInput({
  name: 'cache',
  on: 'action',
  default: 'true',
  parse: parseBoolean,
  doc:
    'Save full archives, and store paths that are not in any binary cache, in the GitHub Actions ' +
    'cache. An archive is reused while its derivation is unchanged. Pull requests from forks only ' +
    'read the cache. With `attest`, nothing is restored from it. The command line does not use this cache; it has its Nix store.',
})

export const cacheSize = defineInput({
  name: 'cache-size',
  on: 'action',
  default: '2 GB',
  parse: parseSize,
  doc:
    'Maximum size of saved store paths, uncompressed. The least recently used store paths are removed ' +
    'first. GitHub allows 10 GB per repository for all caches.',
})

/** The default image with QEMU. It is pulled by digest; the tag is only for the reader. */
export const DEFAULT_QEMU_IMAGE =
  'docker.io/tonistiigi/binfmt:qemu-v10.2.3-68@sha256:400a4873b838d1b89194d982c45e5fb3cda4593fbfd7e08a02e76b03b21166f0'

export const qemuImage = defineInput({
  name: 'qemu-image',
  brief: 'The image to download QEMU from',
  placeholder: 'REF',
  default: DEFAULT_QEMU_IMAGE,
  parse: parseText,
  doc:
    'The image to download QEMU from, if this machine does not have QEMU and has no package for it. ' +
    'Only the QEMU binary is extracted; the download is verified by digest.',
})

export const store = defineInput({
  name: 'store',
  placeholder: 'URI',
  parse: makeOptional(parseStoreAddress),
  doc:
    'Store to check or push to: any store URL that `nix copy` supports. Default: the first cache in ' +
    '`--cachix`.',
})

/** The token of GitHub. Commands use it for different things, which `doc` says. */
export function defineGitHubToken(doc: string) {
  return defineInput({
    name: 'github-token',
    on: 'action',
    secret: true,
    variable: INPUT_VARIABLES['github-token'],
    // GitHub evaluates this expression.
    actionDefault: '${{ github.token }}',
    parse: parseOptionalText,
    doc,
  })
}

const githubToken = defineGitHubToken(
  'The token for flake inputs on github.com, which raises the limit of requests.',
)

/** The inputs for the installation of Nix. */
export const installationInputs = { nixVersion, nixUrl, nixSha256 }

/** The input for the post step. */
export const postStepInputs = { persist }

/** The inputs for substituters and for nix.conf. */
export const substituterInputs = {
  cachix,
  cachixHost,
  cachixAuthToken,
  extraSubstituters,
  extraTrustedPublicKeys,
  netrc,
  accessTokens,
  nixConf,
  githubToken,
}

/** The inputs for pushing to binary caches. */
export const cachePushInputs = { cachixSigningKey, pushTo, secretKey }
