import { DEFAULT_ATTRIBUTE, parseAttributeTemplate } from '../nix/flake-ref.js'
import { SYSTEMS, type System } from '../oci/platform.js'
import { parseFlavor, parseTagRequest } from '../tags/parse-tags-input.js'
import {
  cache,
  cachePushInputs,
  cacheSize,
  installationInputs,
  qemuImage,
  store,
  substituterInputs,
} from './nix-input-table.js'
import {
  choiceOf,
  listOf,
  parseAnnotations,
  parseBoolean,
  parseLabels,
  parseLines,
  parseMinutes,
  parseOptionalLevel,
  parseOptionalText,
  parseRunners,
  parseSystem,
  parseText,
  parseWords,
} from './parse.js'
import { defineInput, limitToActions, type Values } from './read-inputs.js'

const tags = defineInput({
  name: 'tags',
  placeholder: 'TAGS',
  default: 'auto',
  // With the default `auto` instead, an empty list of rules would set `latest`.
  blank: 'refused',
  repeats: true,
  parse: parseTagRequest,
  doc: 'The tags to set. `auto` takes them from the version and from Git: `1.2.3`, `1.2`, `1` and `latest`, the branch, `sha-` and the commit, `pr-` and the number. Or a list between spaces, commas or line ends; or the rules of docker/metadata-action, one a line, or what that action gives. They all name one digest, move last, and never go backwards.',
})

const version = defineInput({
  name: 'version',
  placeholder: 'VERSION',
  parse: parseOptionalText,
  doc: "The version that tags are made from. By default it is the image's own, its `version` or its tag when that is a version, else that of the Git tag.",
})

const flavor = defineInput({
  name: 'flavor',
  placeholder: 'LINES',
  repeats: true,
  parse: parseFlavor,
  doc: 'What holds for all tags that rules make, as in docker/metadata-action: `latest=auto|true|false`, `prefix=…`, `suffix=…`.',
})

const push = defineInput({
  name: 'push',
  placeholder: 'auto|true|false',
  default: 'auto',
  parse: choiceOf('auto', 'true', 'false'),
  doc: 'Whether anything is sent to a registry. `auto` sends nothing for pull requests; there all is done but that.',
})

const overwrite = defineInput({
  name: 'overwrite',
  placeholder: '',
  default: 'false',
  parse: parseBoolean,
  doc: 'Let the tag of an exact version be set anew although it names something else already. By default that is an error.',
})

const annotations = defineInput({
  name: 'annotations',
  placeholder: 'LINES',
  repeats: true,
  parse: parseAnnotations,
  doc: 'Lines `key=value` that are written on the index and on the manifests, beside those that come from Git and the flake, and before them. `index:` or `manifest:` at the beginning of a line names one of the two.',
})

const labels = defineInput({
  name: 'labels',
  placeholder: 'LINES',
  repeats: true,
  parse: parseLabels,
  doc: "Lines `key=value` for the labels in the images' configurations.",
})

const release = defineInput({
  name: 'release',
  on: 'action',
  placeholder: '',
  default: 'false',
  parse: parseBoolean,
  doc: 'After a push to the default branch with a version that is new: make the Git tag `v<version>` and a release on GitHub, when all is pushed. The job needs `permissions: contents: write`.',
})

const plan = defineInput({
  name: 'plan',
  placeholder: 'FILE',
  parse: parseOptionalText,
  doc: 'The document that `plan` wrote: containers that it found unchanged are taken from the registry, and only their tags are brought up to date. By default it is the artifact that the plan left in this workflow run, if it did.',
})

/** The inputs that decide which tags a run sets. */
const tagInputs = { tags, version, flavor, push, overwrite }

const runners = defineInput({
  name: 'runners',
  placeholder: 'SYSTEM=LABEL',
  repeats: true,
  parse: parseRunners,
  doc: 'The runner for each system, as `aarch64-linux=ubuntu-24.04-arm`, or with several labels as `aarch64-linux=[self-hosted, linux, arm64]`. What is named here builds its system itself. By default `x86_64-linux=ubuntu-24.04` and `aarch64-linux=ubuntu-24.04-arm`; every other system is emulated on the runner of x86_64-linux.',
})

const group = defineInput({
  name: 'group',
  placeholder: 'container|system',
  default: 'container',
  parse: choiceOf('container', 'system'),
  doc: 'Whether each container has a job of its own for each system, or all containers of a system share one, and so its setting up. GitHub starts 256 jobs from one matrix at most; where there would be more, containers share them.',
})

const force = defineInput({
  name: 'force',
  placeholder: '',
  default: 'false',
  parse: parseBoolean,
  doc: 'Build all containers, also those that the registry has just as the flake describes them.',
})

const planFile = defineInput({
  name: 'plan',
  placeholder: 'FILE',
  on: 'cli',
  parse: parseOptionalText,
  doc: 'Write the plan into this file, for `merge --plan`. On GitHub it is an artifact.',
})

const paths = defineInput({
  name: 'paths',
  placeholder: '',
  on: 'cli',
  parse: parseBoolean,
  doc: 'Read every layer, and tell all the store paths in it with their sizes, uncompressed. Without it they are taken from what dockerTools writes into the config; where that says nothing, the layers of files are read, and those in a registry are not.',
})

const diff = defineInput({
  name: 'diff',
  placeholder: '',
  on: 'cli',
  parse: parseBoolean,
  doc: 'Compare two images, each a reference or a file: what somebody who has the first still has to fetch for the second, and which layers, store paths, settings and annotations differ. Ends with 0 whether they differ or not.',
})

const flake = defineInput({
  name: 'flake',
  placeholder: 'REF',
  default: '.',
  parse: parseText,
  doc: 'The flake that has the containers: a folder or any flake reference that Nix knows, such as `github:owner/repository`.',
})

const containers = defineInput({
  name: 'containers',
  placeholder: 'NAMES',
  repeats: true,
  parse: parseWords,
  doc: 'Names of containers, between spaces, commas or line ends. None means every image that the flake has for the system; it is found by evaluating, not by building.',
})

const attribute = defineInput({
  name: 'attribute',
  placeholder: 'TEMPLATE',
  default: DEFAULT_ATTRIBUTE,
  parse: parseAttributeTemplate,
  doc: 'Where in the flake a container stands. `{system}` and `{name}` are filled in, so that `packages.x86_64-linux.{name}-aarch64` names a cross-compiled one. It must hold `{name}`.',
})

const systems = defineInput({
  name: 'systems',
  placeholder: 'SYSTEMS',
  repeats: true,
  parse: listOf(parseSystem),
  doc: `The Nix systems to build for. None means this machine's own Linux system, also on macOS. Known: ${SYSTEMS.map(system => `\`${system}\``).join(', ')}.`,
})

const expectedSystems = defineInput({
  name: 'systems',
  placeholder: 'SYSTEMS',
  repeats: true,
  parse: parseExpectedSystems,
  doc: 'The systems that every container must have, no more and no fewer. None means those that any container of the run has; `any` takes whatever there is.',
})

const plannedSystems = defineInput({
  ...systems,
  default: 'x86_64-linux aarch64-linux',
  doc: 'The Nix systems to plan for. One that the flake has no images for is left out, and that is said.',
})

const emulation = defineInput({
  name: 'emulation',
  placeholder: 'auto|off',
  default: 'auto',
  parse: choiceOf('auto', 'off'),
  doc: "Whether a system that is neither the machine's own nor within reach of Nix (`extra-platforms`, remote builders) is built under QEMU. `auto` registers a static QEMU, which is fetched where the machine has none; that needs root or sudo. `off` makes such a system an error, unless it is built already or in a cache.",
})

const compression = defineInput({
  name: 'compression',
  placeholder: 'gzip|zstd',
  default: 'gzip',
  parse: choiceOf('gzip', 'zstd'),
  doc: 'How layers are compressed. `zstd` is smaller and faster, needs Node.js 22.15 or newer here, and Docker 23 or containerd 1.5 to pull. An image that has not changed since it was pushed keeps the compression that it has, until `force` builds it anew.',
})

const compressionLevel = defineInput({
  name: 'compression-level',
  placeholder: 'N',
  parse: parseOptionalLevel,
  doc: 'How hard layers are compressed, from 1 (fast) to 9 for gzip, to 19 for zstd. By default it is what gives most for its time. Layers that are there already stay as they are.',
})

const archiveKind = defineInput({
  name: 'archives',
  placeholder: 'auto|full|thin',
  default: 'auto',
  parse: choiceOf('auto', 'full', 'thin'),
  doc: 'Whether archives carry all their layers. A `thin` one names those that the registry of `image` has already, which are then not compressed, handed over or sent again; only the merge can open it, and only while they are there. `auto` makes thin ones where `image` is given and the run may push, and full ones for forks, pull requests and where there is no registry.',
})

const output = defineInput({
  name: 'output',
  placeholder: 'DIR',
  parse: parseOptionalText,
  doc: 'The folder for the archives, `<container>-<system>.oci.tar` each. On GitHub each one is an artifact as well, and the default is a temporary folder; `build` on a machine of your own puts them into `archives`, and `publish` keeps none unless this is given.',
})

const archives = defineInput({
  name: 'archives',
  placeholder: 'DIR',
  parse: parseOptionalText,
  doc: 'The folder that holds the archives to merge. By default they are the artifacts of this workflow run on GitHub, and the folder `archives` elsewhere.',
})

const archive = defineInput({
  name: 'archive',
  placeholder: 'FILE',
  parse: parseOptionalText,
  doc: "Also write each multi-arch image into this file, as one OCI archive. `{name}` stands for the container and `{image}` for the image's own name; with several containers one of them must be there.",
})

const image = defineInput({
  name: 'image',
  placeholder: 'REF',
  repeats: true,
  parse: parseLines,
  doc: "Where to push, without a tag: `ghcr.io/owner/{image}`, one or several lines. `{name}` stands for the container, `{image}` for the image's own name (as `dockerTools` has it), `{owner}` for the owner of the repository on GitHub. Letters become lower case. The default is `ghcr.io/{owner}/{image}` on GitHub, unless `archive` is given, and no push elsewhere.",
})

const imageToCompare = defineInput({
  ...image,
  doc: 'Where the merge will push, written as there. Layers that are in the registry already are looked up there, under the tags that the run would set, and need not be packed again. None means that nothing is looked up.',
})

const forcePack = defineInput({
  ...force,
  doc: 'Look up no layers in the registry: all are packed anew.',
})

const pushTimeout = defineInput({
  name: 'push-timeout',
  placeholder: 'MINUTES',
  default: '60',
  parse: parseMinutes,
  doc: 'How long pushing may take in all, with all tries and waits. When it is over, the run ends, and tags that were not set stay as they are.',
})

const username = defineInput({
  name: 'username',
  placeholder: 'NAME',
  parse: parseOptionalText,
  doc: 'The user at the registry of `image`. By default the credentials come from the Docker configuration that docker/login-action or `docker login` leaves, credential helpers included, and at ghcr.io from `github-token`.',
})

const password = defineInput({
  name: 'password',
  on: 'action',
  secret: true,
  parse: parseOptionalText,
  doc: 'The password or token that goes with `username`. The command line reads it from standard input, with `--password-stdin`.',
})

const passwordStdin = defineInput({
  name: 'password-stdin',
  placeholder: '',
  on: 'cli',
  parse: parseBoolean,
  doc: 'Read the password or token that goes with `--username` from standard input.',
})

const githubToken = defineInput({
  name: 'github-token',
  on: 'action',
  secret: true,
  variable: 'GITHUB_TOKEN',
  // GitHub evaluates this expression.
  actionDefault: '${{ github.token }}',
  parse: parseOptionalText,
  doc: 'The token for ghcr.io when nothing else gives credentials for it; the job needs `permissions: packages: write`. In `plan`, `build` and `publish` also for flake inputs on github.com. The command line takes `GITHUB_TOKEN` from the environment.',
})

const insecure = defineInput({
  name: 'insecure',
  placeholder: '',
  default: 'false',
  parse: parseBoolean,
  doc: 'Allow plain HTTP to a registry that does not speak TLS. Loopback addresses need no such word.',
})

const json = defineInput({
  name: 'json',
  placeholder: '',
  on: 'cli',
  parse: parseBoolean,
  doc: 'Print the result as JSON.',
})

const verbose = defineInput({
  name: 'verbose',
  placeholder: '',
  on: 'cli',
  parse: parseBoolean,
  doc: "Log more, Nix's own lines included.",
})

export const registryInputs = { username, password, passwordStdin, githubToken, insecure }
const commonInputs = { json, verbose }
/** The inputs with which `build` looks up existing layers in the registry. */
const lookupInputs = {
  version: tagInputs.version,
  flavor: tagInputs.flavor,
  tags: {
    ...tagInputs.tags,
    doc: 'The tags that the merge will set, written as there: under them `image` is looked at.',
  },
  push: {
    ...tagInputs.push,
    doc: 'Whether the merge will push, written as there. `auto` makes full archives for pull requests.',
  },
}
/** The inputs of `build` and `publish`. */
const commonBuildInputs = {
  flake,
  containers,
  attribute,
  systems,
  emulation,
  compression,
  compressionLevel,
  output,
  qemuImage,
  ...substituterInputs,
  ...cachePushInputs,
}
/** The inputs of `merge` and `publish`. */
const destinationInputs = { archive, image, ...tagInputs, annotations, labels, pushTimeout }

/** The inputs of each command. */
export const SETUP_INPUTS = {
  systems,
  emulation,
  qemuImage,
  ...installationInputs,
  ...substituterInputs,
  ...commonInputs,
}
export const BUILD_INPUTS = {
  ...commonBuildInputs,
  archives: archiveKind,
  force: forcePack,
  image: imageToCompare,
  ...lookupInputs,
  ...registryInputs,
  ...limitToActions(installationInputs),
  cache,
  cacheSize,
  ...commonInputs,
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
  ...commonInputs,
}
export const MERGE_INPUTS = {
  archives,
  systems: expectedSystems,
  plan,
  ...destinationInputs,
  release,
  ...registryInputs,
  ...commonInputs,
}
export const PLAN_INPUTS = {
  flake,
  containers,
  attribute,
  systems: plannedSystems,
  runners,
  group,
  force,
  image,
  ...tagInputs,
  ...registryInputs,
  ...substituterInputs,
  githubToken,
  ...limitToActions(installationInputs),
  planFile,
  ...commonInputs,
}
export const PUBLISH_INPUTS = {
  ...commonBuildInputs,
  force,
  ...destinationInputs,
  ...registryInputs,
  ...commonInputs,
}
export const STOP_INPUTS = { verbose }
export const INSPECT_INPUTS = { paths, diff, ...registryInputs, ...commonInputs }

export type SetupInputs = Values<typeof SETUP_INPUTS>
export type CacheInputs = Values<typeof CACHE_INPUTS>
export type BuildInputs = Values<typeof BUILD_INPUTS>
export type MergeInputs = Values<typeof MERGE_INPUTS>
export type PlanInputs = Values<typeof PLAN_INPUTS>
export type PublishInputs = Values<typeof PUBLISH_INPUTS>
export type InspectInputs = Values<typeof INSPECT_INPUTS>

function parseExpectedSystems(value: string): readonly System[] | 'any' {
  return value === 'any' ? 'any' : listOf(parseSystem)(value)
}
