import type { InputTable } from './input.js'
import {
  BUILD_INPUTS,
  CACHE_INPUTS,
  INSPECT_INPUTS,
  MERGE_INPUTS,
  PLAN_INPUTS,
  PUBLISH_INPUTS,
  SETUP_INPUTS,
  STOP_INPUTS,
} from './inputs.js'

/** One verb of the command line. */
export interface Command {
  readonly summary: string
  /** What stands after the verb without a flag; shown in help. */
  readonly operand?: string
  /** The switch with which the operand stands there twice. */
  readonly twiceWith?: string
  readonly inputs: InputTable
  /** A line or more that a newcomer can copy. */
  readonly examples: readonly string[]
}

export const COMMANDS = {
  setup: {
    summary:
      'Make a machine ready: Nix with a sandboxing daemon where there is none, the caches that it takes from, QEMU for other systems. Prints what a shell must know.',
    inputs: SETUP_INPUTS,
    examples: [
      'eval "$(nix-multiarch setup)"',
      'eval "$(nix-multiarch setup --systems aarch64-linux --cachix my-cache)"',
    ],
  },
  plan: {
    summary:
      'List the containers of a flake, which of them have changed since they were pushed, and the jobs that build those. Nothing is built.',
    inputs: PLAN_INPUTS,
    examples: ['nix-multiarch plan', 'nix-multiarch plan --image "ghcr.io/me/{image}" --group system --json'],
  },
  build: {
    summary: 'Build containers with Nix and write one OCI archive for each container and system.',
    inputs: BUILD_INPUTS,
    examples: [
      'nix-multiarch build',
      'nix-multiarch build --containers "fd rg" --systems "x86_64-linux aarch64-linux" --output archives',
    ],
  },
  merge: {
    summary:
      'Join the archives of each container into one multi-arch image: in a file, in a registry, or both.',
    inputs: MERGE_INPUTS,
    examples: [
      'nix-multiarch merge --archives archives --archive "{name}.oci.tar"',
      'nix-multiarch merge --archives archives --image "ghcr.io/me/{image}" --tags "1.2.3 latest"',
    ],
  },
  publish: {
    summary: 'Build and merge on one machine.',
    inputs: PUBLISH_INPUTS,
    examples: [
      'nix-multiarch publish --systems "x86_64-linux aarch64-linux" --archive "{name}.oci.tar"',
      'nix-multiarch publish --containers fd --image ghcr.io/me/fd --tags latest',
    ],
  },
  cache: {
    summary:
      'Check what a binary cache lacks of the containers, or push to it what was built for them on this machine. A check that finds something missing ends with 1.',
    operand: 'check|push',
    inputs: CACHE_INPUTS,
    examples: [
      'nix-multiarch cache check --cachix my-cache --systems "x86_64-linux aarch64-linux"',
      'nix-multiarch cache push --containers fd --store file:///srv/cache',
    ],
  },
  stop: {
    summary:
      'Stop the Nix daemon that `setup` started, and remove the files with secrets that it left. Ends with 1 when the daemon could not be stopped.',
    inputs: STOP_INPUTS,
    examples: ['nix-multiarch stop'],
  },
  inspect: {
    summary:
      'Show what an image holds, from a registry, an archive or an image layout: platforms, layers with their store paths, annotations. Or what changed from one image to another.',
    operand: 'REF|FILE',
    twiceWith: 'diff',
    inputs: INSPECT_INPUTS,
    examples: [
      'nix-multiarch inspect ghcr.io/me/fd:latest',
      'nix-multiarch inspect --paths fd.oci.tar',
      'nix-multiarch inspect --diff ghcr.io/me/fd:latest fd.oci.tar',
    ],
  },
} as const satisfies Record<string, Command>

export type CommandName = keyof typeof COMMANDS

export function isCommand(word: string): word is CommandName {
  return Object.hasOwn(COMMANDS, word)
}

/** What each action gives to later steps, by output name. */
export const ACTION_OUTPUTS = {
  plan: {
    matrix:
      'The matrix of build jobs for `fromJSON`: a list of jobs under `include`, each with `name`, `container` (one or more names between spaces), `system`, `runner` and `emulated`.',
    jobs: 'How many jobs the matrix has; none when nothing has changed.',
    containers: 'The names of all containers of the plan, changed or not, one a line.',
    plan: 'The name of the artifact that tells the merge what was planned.',
    image: 'Where the images go, as the input `image` has it or would have it: one template a line.',
    json: 'The containers as a JSON list: name, version, whether it is built, why, systems with derivations.',
  },
  build: {
    archives: 'The paths of the archives, one a line.',
    containers: 'The names of the containers that were built, one a line.',
    json: 'All of it as a JSON list: container, system, platform, file, size in bytes, digest of the manifest, derivation.',
  },
  merge: {
    digest:
      'The digest of the multi-arch image. With several containers, one a line in the order of `image`.',
    image: 'The image with its digest, `registry/owner/name@sha256:…`, one a line.',
    tags: 'The tags that were set, as full references, one a line.',
    archives: 'The paths of the multi-arch archives, one a line.',
    json: 'All of it as a JSON list: container, digest, images, tags, archive, platforms (with digest, size in bytes and layers), and what was sent.',
  },
} as const
