import { DEFAULT_ATTRIBUTE, parseAttributeTemplate } from '../nix/attribute-template.js'
import { SYSTEMS, type System } from '../oci/platform.js'
import { parseFlavor, parseTagRequest } from '../tags/parse-tags-input.js'
import { nameInput } from '../util/input-name.js'
import { attest, signatureInputs, signingInputs, verifyToken } from './inputs-for-attestations.js'
import {
  plannedTest,
  platform,
  sbom,
  sbomFormat,
  sbomOutput,
  skipChecks,
  testInputs,
  testSettings,
  verifyInputs,
} from './inputs-for-checks.js'
import {
  cache,
  cachePushInputs,
  cacheSize,
  defineGitHubToken,
  installationInputs,
  postStepInputs,
  qemuImage,
  store,
  substituterInputs,
} from './inputs-for-nix.js'
import { pruneInputs, pruneToken } from './inputs-for-prune.js'
import {
  choiceOf,
  listOf,
  parseAnnotations,
  parseBoolean,
  parseLabels,
  parseMinutes,
  parseOptionalLevel,
  parseOptionalText,
  parseRepositories,
  parseRunners,
  parseSystem,
  parseText,
  parseWords,
} from './parse.js'
import { defineInput, limitToActions, NOT_SET, type Values } from './read-inputs.js'

const tags = defineInput({
  name: 'tags',
  short: 't',
  placeholder: 'TAGS',
  default: 'auto',
  // An empty list of rules, for example from an expression, must not set `latest`. So the default in action.yml is `auto`: an
  // empty value comes from the workflow.
  blank: 'refused',
  repeats: true,
  parse: parseTagRequest,
  doc:
    'The tags to set. `auto` derives them from the version and from Git: `1.2.3`, `1.2`, `1` and ' +
    '`latest`, the branch, `sha-<commit>`, `pr-<number>`. Other values: tags separated by spaces, ' +
    'commas or newlines; newline-separated rules of docker/metadata-action; or the tags that this ' +
    'action outputs. An empty value is an error. Tags are set after everything is pushed, all to the ' +
    'same digest, and do not move back to an older version or commit.',
})

const version = defineInput({
  name: 'version',
  placeholder: 'VERSION',
  parse: parseOptionalText,
  doc:
    'The version for tags. Default: the version attribute of the image, or its tag if that is a ' +
    'version, or the version of the Git tag.',
})

const flavor = defineInput({
  name: 'flavor',
  brief: 'Settings for all tags that rules create',
  placeholder: 'LINES',
  repeats: true,
  parse: parseFlavor,
  doc:
    'Settings for all tags that rules create, as in docker/metadata-action: `latest=auto|true|false`, ' +
    '`prefix=…`, `suffix=…`.',
})

const push = defineInput({
  name: 'push',
  placeholder: 'auto|true|false',
  default: 'auto',
  parse: choiceOf('auto', 'true', 'false'),
  doc:
    'Push to the registry. `auto` skips the push for pull requests and forks; everything else still ' +
    'runs.',
})

const overwrite = defineInput({
  name: 'overwrite',
  brief: 'Allow an exact version to be overwritten',
  placeholder: '',
  default: 'false',
  parse: parseBoolean,
  doc:
    'Allow the tag of an exact version to be overwritten with a different image. By default, this is ' +
    'an error.',
})

const annotations = defineInput({
  name: 'annotations',
  brief: 'Annotations for the index and the manifests',
  placeholder: 'LINES',
  repeats: true,
  parse: parseAnnotations,
  doc:
    'Annotations for the index and the manifests: newline-separated `key=value`. They override ' +
    'annotations from Git and the flake. Start a line with `index:` or `manifest:` to annotate only ' +
    'one of the two, or with `manifest[linux/amd64]:` for one platform.',
})

const labels = defineInput({
  name: 'labels',
  brief: 'Labels for the image configurations',
  placeholder: 'LINES',
  repeats: true,
  parse: parseLabels,
  doc: 'Labels for the image configurations: newline-separated `key=value`.',
})

const release = defineInput({
  name: 'release',
  on: 'action',
  placeholder: '',
  default: 'false',
  parse: parseBoolean,
  doc:
    'Create the Git tag `v<version>` and a GitHub release after everything is pushed, if this is a ' +
    'push to the default branch with a new version. The job needs `permissions: contents: write`.',
})

const plan = defineInput({
  name: 'plan',
  brief: 'A plan that the plan command wrote',
  placeholder: 'FILE',
  parse: parseOptionalText,
  doc:
    'A plan: a file that the plan command wrote, or the output `plan` of the plan job, which has the ' +
    'SHA-256 of the plan. Unchanged containers are read from the registry, and only their tags are ' +
    'updated. Default: no plan.',
})

/** The inputs that decide which tags a run sets. */
const tagInputs = { tags, version, flavor, push, overwrite }

const runners = defineInput({
  name: 'runners',
  brief: 'The runner for each system',
  placeholder: 'SYSTEM=LABEL',
  repeats: true,
  parse: parseRunners,
  doc:
    'The runner for each system, for example `aarch64-linux=ubuntu-24.04-arm`. For more than one ' +
    'label, use `aarch64-linux=[self-hosted, linux, arm64]`. A listed runner builds its system ' +
    'natively. Default: `x86_64-linux=ubuntu-24.04` and `aarch64-linux=ubuntu-24.04-arm`. Other ' +
    'systems are emulated on the runner for x86_64-linux.',
})

const group = defineInput({
  name: 'group',
  brief: 'One job per container, or per system',
  placeholder: 'container|system',
  default: 'container',
  parse: choiceOf('container', 'system'),
  doc:
    '`container` creates one job for each container and system. `system` creates one job for each ' +
    'system, so that Nix is set up only once for its containers. GitHub allows 256 jobs per matrix; ' +
    'if there are more, containers share jobs.',
})

const force = defineInput({
  name: 'force',
  placeholder: '',
  default: 'false',
  parse: parseBoolean,
  doc: 'Build all containers, even if unchanged.',
})

const forceMerge = defineInput({
  ...force,
  brief: 'Use nothing that is published',
  doc:
    'Use nothing that is published: no image or layer in the registry replaces one of the archives, and ' +
    'all layers are unpacked and checked. Set it for the plan and the builds, too.',
})

const forcePublish = defineInput({
  ...force,
  brief: 'Build and push all, even if unchanged',
  doc: 'Build all containers, even if unchanged, and use no image or layer that is published.',
})

const planFile = defineInput({
  name: 'plan',
  brief: 'Write the plan to this file',
  placeholder: 'FILE',
  on: 'cli',
  parse: parseOptionalText,
  doc: 'Write the plan to this file, for `merge --plan`. On GitHub, the plan is uploaded as an artifact.',
})

const paths = defineInput({
  name: 'paths',
  brief: 'List all store paths with their sizes',
  placeholder: '',
  on: 'cli',
  parse: parseBoolean,
  doc:
    'Read every layer and list all store paths with their uncompressed sizes. By default, store paths ' +
    'are read from the config that dockerTools writes. If the config does not list them, the layers ' +
    'of files are read, but not the layers of images in a registry.',
})

const diff = defineInput({
  name: 'diff',
  brief: 'Compare two images',
  placeholder: '',
  on: 'cli',
  parse: parseBoolean,
  doc:
    'Compare two images, each a reference or a file: the size of an update from the first to the ' +
    'second, and the layers, store paths, settings and annotations that differ. Exits with 0 even if ' +
    'they differ.',
})

const flake = defineInput({
  name: 'flake',
  short: 'f',
  values: 'folder',
  placeholder: 'REF',
  default: '.',
  parse: parseText,
  doc:
    'The flake with the containers: a folder, or any flake reference, for example `github:owner/repository`. With a ' +
    'container, as for Nix: `.#hello`. On the command line, `--flake` may be left out: `build .#hello .#world`.',
})

const containers = defineInput({
  name: 'containers',
  brief: 'Containers to build; default: all images',
  placeholder: 'NAMES',
  repeats: true,
  parse: parseWords,
  doc:
    'Containers to build, separated by spaces, commas or newlines. Default: all images in the flake. ' +
    'They are found by evaluating the flake, not by building it.',
})

const attribute = defineInput({
  name: 'attribute',
  placeholder: 'TEMPLATE',
  repeats: true,
  default: DEFAULT_ATTRIBUTE,
  actionDefault: NOT_SET,
  parse: parseAttributeTemplate,
  doc:
    'Flake attribute of a container. `{name}` is the container; without it, the attribute is one container. `{system}` ' +
    '(`aarch64-linux`), `{cpu}` (`aarch64`) and `{architecture}` (`arm64`) are optional. For example, ' +
    '`packages.x86_64-linux.{name}-{cpu}` selects cross-compiled containers. Lines `system=attribute` are for one system, ' +
    'a line without `=` for all others.',
})

const systems = defineInput({
  name: 'systems',
  short: 's',
  values: SYSTEMS,
  placeholder: 'SYSTEMS',
  repeats: true,
  parse: parseSystems,
  doc:
    'The Nix systems to build for. Default: the Linux system matching this machine, also on macOS. ' +
    '`any`: all systems that the flake has images for. ' +
    `Known systems: ${SYSTEMS.map(system => `\`${system}\``).join(', ')}.`,
})

const expectedSystems = defineInput({
  name: 'systems',
  short: 's',
  values: ['any', ...SYSTEMS],
  brief: 'Systems that every container must have',
  placeholder: 'SYSTEMS',
  repeats: true,
  parse: parseExpectedSystems,
  doc:
    'The systems that every container must have, no more and no fewer. Default: all systems that any ' +
    'container of the run has. `any` accepts any systems.',
})

const plannedSystems = defineInput({
  ...systems,
  brief: 'The Nix systems to plan for',
  default: 'x86_64-linux aarch64-linux',
  actionDefault: NOT_SET,
  doc:
    'The Nix systems to plan for. Systems for which the flake has no images are skipped and logged. `any`: all systems ' +
    'that the flake has images for.',
})

const emulation = defineInput({
  name: 'emulation',
  brief: 'QEMU for systems that cannot be built here',
  placeholder: 'auto|off',
  default: 'auto',
  parse: choiceOf('auto', 'off'),
  doc:
    'Use QEMU for systems that this machine and its remote builders cannot build. `auto` registers a ' +
    'static QEMU, which is downloaded if it is missing; this needs root or sudo. With `off`, such a ' +
    'system is an error, unless its containers are already built or in a binary cache.',
})

const streamScripts = defineInput({
  name: 'stream-scripts',
  brief: 'How to run stream scripts',
  placeholder: 'allow|isolated',
  default: 'allow',
  parse: choiceOf('allow', 'isolated'),
  doc:
    'How to run `streamLayeredImage` scripts, which are code of the flake. With nixpkgs 24.11 or newer, ' +
    'they are not needed. They are isolated from your files, credentials and network if this machine can ' +
    'do it. Otherwise, `allow` runs them as your user, with a warning, and `isolated` is an error.',
})

const compression = defineInput({
  name: 'compression',
  placeholder: 'gzip|zstd',
  default: 'gzip',
  actionDefault: NOT_SET,
  parse: choiceOf('gzip', 'zstd'),
  doc:
    'The compression of layers. `zstd` is smaller and faster, but needs Node.js 22.15 or newer for ' +
    'the build, and Docker 23 or containerd 1.5 to pull. Unchanged images keep their compression ' +
    'until they are rebuilt with `force`.',
})

const compressionLevel = defineInput({
  name: 'compression-level',
  brief: '1 to 9 for gzip, 1 to 19 for zstd',
  placeholder: 'N',
  parse: parseOptionalLevel,
  doc:
    'The compression level: 1 (fastest) to 9 for gzip, 1 to 19 for zstd. Default: a balance of speed ' +
    'and size. Layers that are already in the registry are not compressed again.',
})

const archiveLayers = defineInput({
  name: 'archive-layers',
  formerly: 'archives',
  otherUse: () => `For the folder to write archives to, use ${nameInput('output')}.`,
  placeholder: 'auto|full|thin',
  default: 'auto',
  actionDefault: NOT_SET,
  parse: choiceOf('auto', 'full', 'thin'),
  doc:
    'The layers in archives. `full`: all layers. `thin`: without the layers that are already in the ' +
    'registry of `image`. These layers are not compressed or uploaded again, but only `merge` can ' +
    'read such an archive, and only while the registry has the layers. `auto`: `thin` if `image` is ' +
    'set and the run may push, otherwise `full`, for example for pull requests and forks.',
})

const output = defineInput({
  name: 'output',
  short: 'o',
  brief: 'The folder for the archives',
  placeholder: 'DIR',
  parse: parseOptionalText,
  doc:
    'The folder for the archives, named `<container>-<system>.oci.tar`. On GitHub, archives are also ' +
    'uploaded as artifacts. Default for `build`: a temporary folder on GitHub, and `./archives` on the command line. ' +
    'By default, `publish` keeps no archives.',
})

const archives = defineInput({
  name: 'archives',
  placeholder: 'DIR',
  parse: parseOptionalText,
  doc:
    'The folder with the archives to merge. Default: the artifacts of this workflow run on GitHub, or what the builds of ' +
    'this job have written if there is no artifact service; otherwise the folder `./archives`.',
})

const archive = defineInput({
  name: 'archive',
  brief: 'Also write each image to this OCI archive',
  placeholder: 'FILE',
  parse: parseOptionalText,
  doc:
    'Also write each multi-arch image to this file, as an OCI archive. `{name}` is replaced by the ' +
    'name of the container, `{image}` by the name of the image. With more than one container, one of ' +
    'them is required.',
})

const image = defineInput({
  name: 'image',
  short: 'i',
  brief: 'The repository to push to',
  placeholder: 'REF',
  repeats: true,
  parse: parseRepositories,
  doc:
    'The repository to push to, without a tag, for example `ghcr.io/owner/{image}`. For more than one ' +
    'repository, separate them by newlines. `{name}` is replaced by the name of the container, ' +
    '`{image}` by the name of the image (as in `dockerTools`), `{owner}` by the owner of the GitHub ' +
    'repository. The result is lowercase. Default: `ghcr.io/{owner}/{image}` on GitHub, unless ' +
    '`archive` is set; no push on the command line.',
})

const imageToCompare = defineInput({
  ...image,
  brief: 'The same value as `image` of the merge',
  doc:
    'The same value as `image` of the merge. Layers that are already in this repository, under the ' +
    'tags that the run will set, are not packed again. Default: no layers are looked up.',
})

const forcePack = defineInput({
  ...force,
  brief: 'Pack all layers again',
  doc: 'Pack all layers again, without archives in the GitHub Actions cache and without looking up layers in the registry.',
})

const pushTimeout = defineInput({
  name: 'push-timeout',
  brief: 'Maximum time for all pushes, in minutes',
  placeholder: 'MINUTES',
  default: '60',
  parse: parseMinutes,
  doc:
    'Maximum time for all pushes, including retries, in minutes. After that, the run fails, and tags ' +
    'that were not set yet do not change. Reading from the registry before the pushes has the same limit.',
})

const username = defineInput({
  name: 'username',
  placeholder: 'NAME',
  parse: parseOptionalText,
  doc:
    'The user for the registry. Default: the credentials of docker/login-action or `docker login`, ' +
    'including credential helpers; for ghcr.io also `github-token`.',
})

const password = defineInput({
  name: 'password',
  on: 'action',
  secret: true,
  parse: parseOptionalText,
  doc: 'The password or token for `username`. On the command line, use `--password-stdin`.',
})

const passwordStdin = defineInput({
  name: 'password-stdin',
  brief: 'Read the password from standard input',
  placeholder: '',
  on: 'cli',
  parse: parseBoolean,
  doc: 'Read the password or token for `--username` from standard input.',
})

const githubToken = defineGitHubToken(
  'The token for ghcr.io if no other credentials are found; the job needs `permissions: packages: ' +
    'write`. Plans and builds also use it for flake inputs on github.com.',
)

const insecure = defineInput({
  name: 'insecure',
  brief: 'Allow HTTP if the registry has no TLS',
  placeholder: '',
  default: 'false',
  parse: parseBoolean,
  doc: 'Allow plain HTTP if the registry does not support TLS. Not needed for localhost.',
})

const json = defineInput({
  name: 'json',
  brief: 'Print the result as one JSON document',
  placeholder: '',
  on: 'cli',
  parse: parseBoolean,
  doc: 'Print the result, or the error, as one JSON document: see docs/output.schema.json.',
})

const quiet = defineInput({
  name: 'quiet',
  short: 'q',
  placeholder: '',
  on: 'cli',
  parse: parseBoolean,
  doc: 'Show only errors and the result, without progress and warnings.',
})

const verbose = defineInput({
  name: 'verbose',
  short: 'v',
  placeholder: '',
  on: 'cli',
  parse: parseBoolean,
  doc: 'Show debug output and Nix logs.',
})

export const registryInputs = { username, password, passwordStdin, githubToken, insecure }
/** The inputs of every command. */
export const GENERAL_INPUTS = { json, quiet, verbose }
/** The inputs with which `build` looks up existing layers in the registry. */
const lookupInputs = {
  version: tagInputs.version,
  flavor: tagInputs.flavor,
  tags: {
    ...tagInputs.tags,
    brief: 'The same value as `tags` of the merge',
    doc: 'The same value as `tags` of the merge. Layers are looked up in images with these tags.',
  },
  push: {
    ...tagInputs.push,
    brief: 'The same value as `push` of the merge',
    doc: 'The same value as `push` of the merge. With `auto`, archives of pull requests and forks are full.',
  },
}
/** The inputs of `build` and `publish`. */
const commonBuildInputs = {
  flake,
  containers,
  attribute,
  systems,
  emulation,
  streamScripts,
  compression,
  compressionLevel,
  sbom,
  attest,
  skipChecks,
  output,
  ...testInputs,
  qemuImage,
  ...substituterInputs,
  ...cachePushInputs,
}
/** The inputs of `merge` and `publish`. */
const destinationInputs = { archive, image, ...tagInputs, annotations, labels, ...signingInputs, pushTimeout }

/** The inputs of each command. */
export const SETUP_INPUTS = {
  systems,
  emulation,
  qemuImage,
  ...installationInputs,
  ...substituterInputs,
  ...GENERAL_INPUTS,
}
export const BUILD_INPUTS = {
  ...commonBuildInputs,
  archiveLayers,
  force: forcePack,
  image: imageToCompare,
  ...lookupInputs,
  ...registryInputs,
  ...limitToActions(installationInputs),
  ...postStepInputs,
  cache,
  cacheSize,
  ...GENERAL_INPUTS,
}
export const CACHE_INPUTS = {
  flake,
  containers,
  attribute,
  systems,
  ...substituterInputs,
  cachixSigningKey: cachePushInputs.cachixSigningKey,
  secretKey: cachePushInputs.secretKey,
  store,
  ...GENERAL_INPUTS,
}
export const MERGE_INPUTS = {
  archives,
  systems: expectedSystems,
  plan,
  force: forceMerge,
  sbom,
  ...destinationInputs,
  release,
  ...registryInputs,
  ...GENERAL_INPUTS,
}
export const PLAN_INPUTS = {
  flake,
  containers,
  attribute,
  systems: plannedSystems,
  runners,
  group,
  test: plannedTest,
  force,
  sbom,
  attest,
  image,
  ...tagInputs,
  ...registryInputs,
  ...substituterInputs,
  githubToken,
  ...limitToActions(installationInputs),
  ...postStepInputs,
  planFile,
  ...GENERAL_INPUTS,
}
export const PUBLISH_INPUTS = {
  ...commonBuildInputs,
  force: forcePublish,
  ...destinationInputs,
  release,
  ...registryInputs,
  ...limitToActions(installationInputs),
  ...postStepInputs,
  cache,
  cacheSize,
  ...GENERAL_INPUTS,
}
export const TEST_INPUTS = {
  platform,
  ...testSettings,
  emulation,
  qemuImage,
  ...registryInputs,
  ...GENERAL_INPUTS,
}
export const STOP_INPUTS = GENERAL_INPUTS
export const INSPECT_INPUTS = { paths, diff, ...registryInputs, ...GENERAL_INPUTS }

export const SBOM_INPUTS = {
  platform,
  format: sbomFormat,
  output: sbomOutput,
  ...registryInputs,
  ...GENERAL_INPUTS,
}

export const VERIFY_INPUTS = {
  ...verifyInputs,
  ...signatureInputs,
  skipChecks,
  emulation,
  // The image decides whose code a rebuild runs.
  streamScripts: { ...streamScripts, default: 'isolated' },
  qemuImage,
  ...substituterInputs,
  ...registryInputs,
  githubToken: verifyToken,
  ...limitToActions(installationInputs),
  ...postStepInputs,
  ...GENERAL_INPUTS,
}
export const PRUNE_INPUTS = { ...pruneInputs, ...registryInputs, githubToken: pruneToken, ...GENERAL_INPUTS }

export type SetupInputs = Values<typeof SETUP_INPUTS>
export type CacheInputs = Values<typeof CACHE_INPUTS>
export type BuildInputs = Values<typeof BUILD_INPUTS>
export type MergeInputs = Values<typeof MERGE_INPUTS>
export type PlanInputs = Values<typeof PLAN_INPUTS>
export type PublishInputs = Values<typeof PUBLISH_INPUTS>
export type TestInputs = Values<typeof TEST_INPUTS>
export type InspectInputs = Values<typeof INSPECT_INPUTS>
export type SbomInputs = Values<typeof SBOM_INPUTS>
export type VerifyInputs = Values<typeof VERIFY_INPUTS>
export type PruneInputs = Values<typeof PRUNE_INPUTS>

/** With `any`, a system without images is skipped without a message. */
function parseSystems(value: string): readonly System[] {
  return value === 'any' ? SYSTEMS : listOf(parseSystem)(value)
}

function parseExpectedSystems(value: string): readonly System[] | 'any' {
  return value === 'any' ? 'any' : listOf(parseSystem)(value)
}
