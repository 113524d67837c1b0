/** The shells that completions exist for. */
export const SHELLS = ['bash', 'zsh', 'fish'] as const

export type Shell = (typeof SHELLS)[number]

/** An argument that is not a flag. */
export interface Operand {
  /** In help: `REF|FILE`. */
  readonly name: string
  /** The only words that are accepted. Default: any text. */
  readonly choices?: readonly string[]
  /** True if a shell completes the names of files. */
  readonly files?: boolean
}

/** What a user reads about a command. Needs no table of inputs, so that the overview is shown without loading them. */
export interface CommandText {
  readonly summary: string
  /** All of them are required. */
  readonly operands?: readonly Operand[]
  /** The last operand may be given more than once. */
  readonly repeats?: boolean
  /** Operands after these, which can be left out. */
  readonly optional?: readonly Operand[]
  /** The words after `--`, which are passed on as they are. Required if there is a name for them. */
  readonly rest?: string
  /** The switch with which the last operand is given twice. */
  readonly twiceWith?: string
  /** Complete command lines. */
  readonly examples: readonly string[]
}

export const COMMAND_TEXTS = {
  setup: {
    summary:
      'Prepare a machine: install Nix with a sandboxing daemon if it is missing, configure binary caches, and ' +
      'register QEMU for other systems. Prints environment variables for `eval`.',
    examples: [
      'eval "$(nix-multiarch setup)"',
      'eval "$(nix-multiarch setup --systems aarch64-linux --cachix my-cache)"',
    ],
  },
  plan: {
    summary:
      'List the containers of a flake, whether they have changed since the last push, and the jobs that build the ' +
      'changed ones. Does not build anything.',
    examples: ['nix-multiarch plan', 'nix-multiarch plan --image "ghcr.io/me/{image}" --group system --json'],
  },
  build: {
    summary: 'Build containers with Nix and write one OCI archive for each container and system.',
    examples: [
      'nix-multiarch build',
      'nix-multiarch build .#fd .#rg --output archives',
      'nix-multiarch build --containers "fd rg" --systems "x86_64-linux aarch64-linux" --output archives',
    ],
  },
  merge: {
    summary:
      'Join the archives of each container into one multi-arch image. Writes it to a file, pushes it, or both.',
    examples: [
      'nix-multiarch merge --archives archives --archive "{name}.oci.tar"',
      'nix-multiarch merge --archives archives --image "ghcr.io/me/{image}" --tags "1.2.3 latest"',
    ],
  },
  publish: {
    summary:
      'Build and merge on one machine. With RESULT, publish an image that Nix built earlier, for one platform and ' +
      'without a flake.',
    optional: [{ name: 'RESULT', files: true }],
    examples: [
      'nix-multiarch publish --systems "x86_64-linux aarch64-linux" --archive "{name}.oci.tar"',
      'nix-multiarch publish --containers fd --image ghcr.io/me/fd --tags latest',
      'nix-multiarch publish ./result --image ghcr.io/me/fd',
    ],
  },
  cache: {
    summary:
      "Check whether a binary cache has the containers' store paths, or push store paths that were built on this " +
      'machine. Exits with 1 if any are missing.',
    operands: [{ name: 'check|push', choices: ['check', 'push'] }],
    examples: [
      'nix-multiarch cache check --cachix my-cache --systems "x86_64-linux aarch64-linux"',
      'nix-multiarch cache push --containers fd --store file:///srv/cache',
    ],
  },
  stop: {
    summary:
      'Stop the Nix daemon that `setup` started, remove its files with secrets, and undo its changes on this ' +
      'machine, except `/nix` and the tool cache. Exits with 1 if the daemon ' +
      'cannot be stopped.',
    examples: ['nix-multiarch stop'],
  },
  inspect: {
    summary:
      'Show the content of an image in a registry, an archive or an image layout, or of the result of a Nix build: ' +
      'platforms, layers with store paths, annotations and artifacts. With --diff, show the differences between two ' +
      'images.',
    operands: [{ name: 'REF|FILE', files: true }],
    twiceWith: 'diff',
    examples: [
      'nix-multiarch inspect ghcr.io/me/fd:latest',
      'nix-multiarch inspect ./result',
      'nix-multiarch inspect --paths fd.oci.tar',
      'nix-multiarch inspect --diff ghcr.io/me/fd:latest fd.oci.tar',
    ],
  },
  sbom: {
    summary:
      'Print the SBOM of an image: the one that is attached to it, or else one that lists the store paths in its layers. ' +
      'An archive of `build` and the result of a Nix build work, too.',
    operands: [{ name: 'REF|FILE', files: true }],
    examples: [
      'nix-multiarch sbom ghcr.io/me/fd:1.2.3 --platform linux/arm64',
      'nix-multiarch sbom ghcr.io/me/fd:1.2.3 --format spdx --output sboms',
      'nix-multiarch sbom ./result',
    ],
  },
  verify: {
    summary:
      'Check everything in a multi-arch image that its bytes can show: digests, sizes, platforms, programs, diff_ids and ' +
      'annotations. With --repo or --key, also verify who built it. With --rebuild, also build it again from its source, and ' +
      'compare the result. Exits with 1 if anything is wrong.',
    operands: [{ name: 'REF|FILE', files: true }],
    examples: [
      'nix-multiarch verify ghcr.io/me/fd:1.2.3',
      'nix-multiarch verify ghcr.io/me/fd:1.2.3 --repo me/fd --no-check-layers',
      'nix-multiarch verify fd.oci.tar --platform linux/arm64',
      'nix-multiarch verify --rebuild ghcr.io/me/fd:1.2.3',
    ],
  },
  test: {
    summary:
      'Run a command in each platform of an image. The command replaces the entry point and has no network. Exits with 1 ' +
      'if it fails for a platform.',
    operands: [{ name: 'REF|FILE', files: true }],
    rest: 'COMMAND',
    examples: [
      'nix-multiarch test fd.oci.tar -- fd --version',
      'nix-multiarch test ./result --test-engine namespaces -- /bin/fd --version',
      'nix-multiarch test ghcr.io/me/fd:latest --platform linux/arm64 -- fd --version',
    ],
  },
  prune: {
    summary:
      'List the package versions in ghcr.io that no tag, index or rule needs. With --delete, delete them, but nothing that ' +
      'is younger than 24 hours.',
    operands: [{ name: 'REPOSITORY' }],
    repeats: true,
    examples: [
      'nix-multiarch prune ghcr.io/me/fd',
      'nix-multiarch prune ghcr.io/me/fd ghcr.io/me/rg --keep 5 --older-than 60d --delete',
    ],
  },
  completions: {
    summary: 'Print a script with which Bash, Zsh or fish completes commands, flags and values.',
    operands: [{ name: 'bash|zsh|fish', choices: SHELLS }],
    examples: [
      'eval "$(nix-multiarch completions bash)"',
      'nix-multiarch completions fish > ~/.config/fish/completions/nix-multiarch.fish',
    ],
  },
  man: {
    summary: 'Print the manual page, in the format of `man`.',
    examples: ['nix-multiarch man | man -l -', 'nix-multiarch man > ~/.local/share/man/man1/nix-multiarch.1'],
  },
} as const satisfies Record<string, CommandText>

export type CommandName = keyof typeof COMMAND_TEXTS
