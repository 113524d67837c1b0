import { nameInput, nameSetting } from '../util/input-name.js'

/** What to do if this machine cannot build for a system. A part of a sentence. */
export const OTHER_SYSTEM_HINT =
  'use a runner of that system (on GitHub, runs-on: ubuntu-24.04-arm for aarch64-linux), ' +
  'or a remote builder in the setting builders, ' +
  'or QEMU: install qemu-user-static (Debian and Ubuntu) and leave emulation on'

/** What a failed build required, and this machine does not have. */
interface Requirement {
  /** The system of the build, if it is not the system of this machine. */
  readonly system: string | undefined
  /** The missing features of Nix's setting `system-features`. */
  readonly features: readonly string[]
}

/** Parses the messages of Nix 2.8 (one line) to current (several lines). Returns `undefined` if Nix failed otherwise. */
function parseRequirement(output: string): Requirement | undefined {
  const oneLine =
    /a '([^']*)' with features \{([^}]*)\} is required to build(?:.*but I am a '([^']*)' with features \{([^}]*)\})?/
  const [, oldSystem, oldFeatures, oldOwn, oldAvailable] = oneLine.exec(output) ?? []
  const system = oldSystem ?? /Required system: '([^']*)'/.exec(output)?.[1]
  const own = oldOwn ?? /Current system: '([^']*)'/.exec(output)?.[1]
  const required =
    oldFeatures ?? /Required (?:features:|system: '[^']*' with features) \{([^}]*)\}/.exec(output)?.[1]
  const available =
    oldAvailable ??
    /(?:Available features:|Current system: '[^']*' with features) \{([^}]*)\}/.exec(output)?.[1]
  if (system === undefined && required === undefined) return undefined
  const isAvailable = (feature: string): boolean => parseFeatures(available).includes(feature)
  return {
    system: system === own ? undefined : system,
    features: parseFeatures(required).filter(feature => !isAvailable(feature)),
  }
}

function parseFeatures(text = ''): string[] {
  return text.split(/[,\s]+/).filter(Boolean)
}

/** Returns the system that a failed call of Nix needed another machine for, or `undefined` if it failed otherwise. */
export function requiredSystemOf(output: string): string | undefined {
  return parseRequirement(output)?.system
}

/** True if Nix failed because it cannot build for the system. */
export function isSystemMismatch(output: string): boolean {
  return requiredSystemOf(output) !== undefined
}

const EXTRA_PLATFORMS_HINT =
  'The Nix daemon accepts the setting extra-platforms only from trusted users. Add yourself to trusted-users in ' +
  '/etc/nix/nix.conf, or set extra-platforms there, and restart the daemon.'

const UNFREE_FLAKE =
  'Evaluation is pure, so NIXPKGS_ALLOW_UNFREE has no effect. In the flake, write ' +
  '`pkgs = import nixpkgs { inherit system; config.'

const IGNORED_PLATFORMS = /ignoring the client-specified setting 'extra-platforms'/

interface FailureHint {
  readonly pattern: RegExp
  readonly hint: () => string
}

/** Hints by error message. The first match is used. */
const FAILURE_HINTS: readonly FailureHint[] = [
  { pattern: IGNORED_PLATFORMS, hint: () => EXTRA_PLATFORMS_HINT },
  {
    pattern: /unfree license|allowUnfree/,
    hint: () =>
      `${UNFREE_FLAKE}allowUnfree = true; }\` in place of nixpkgs.legacyPackages. Check that the license allows you to ` +
      'publish the package in an image.',
  },
  {
    pattern: /is marked as insecure|permittedInsecurePackages/,
    hint: () =>
      `Update the package or its nixpkgs. To use it anyway: evaluation is pure, so write in the flake ` +
      '`pkgs = import nixpkgs { inherit system; config.permittedInsecurePackages = [ "name-version" ]; }`.',
  },
  {
    pattern: /is marked as broken/,
    hint: () =>
      'Use another version of nixpkgs or of the package. To build it anyway, write in the flake ' +
      '`pkgs = import nixpkgs { inherit system; config.allowBroken = true; }`.',
  },
  {
    pattern: /is not (available on|supported on) the requested hostPlatform|unsupportedSystem/,
    hint: () =>
      'nixpkgs does not have this package for that system. Remove the attribute for that system from the flake, or set ' +
      `${nameInput('systems')} to the systems that have it.`,
  },
  {
    pattern: /attribute 'revCount' missing/,
    hint: () =>
      'A checkout with a part of the history has no number of commits. Check out all of it (fetch-depth: 0 of ' +
      'actions/checkout, or the input `fetch-depth` of publish.yml), or write `self.revCount or 0` in the flake.',
  },
  {
    pattern: /attribute '(rev|shortRev)' missing/,
    hint: () =>
      'A work tree with changes that are not committed has no revision. Commit them, or write ' +
      '`self.rev or self.dirtyRev or "unknown"` in the flake (`shortRev` likewise).',
  },
  {
    pattern: /is a shallow Git repository|shallow repositories are only allowed/,
    hint: () =>
      'Check out the whole history (fetch-depth: 0 of actions/checkout, or the input `fetch-depth` of publish.yml), or ' +
      `set ${nameInput('flake')} to a path: \`.\`, or \`git+file:…?shallow=1\`.`,
  },
  {
    pattern:
      /into submodule path|[Ss]ubmodule.*(failed|could not|Permission denied)|clone of '[^']*' .*failed/,
    hint: () =>
      'A submodule cannot be fetched. The token of a workflow run reads only its own repository: check out the submodules ' +
      'with a token or key that may read them (token or ssh-key of actions/checkout, or the secret SSH_KEY of publish.yml). ' +
      'See docs/private-flake-inputs.md.',
  },
  {
    pattern: /could not read Username for|Permission denied \(publickey|Authentication failed for/,
    hint: () =>
      'Git has no access to that repository. For GitHub and GitLab, write the flake input as `github:…` or `gitlab:…`, and ' +
      `set ${nameInput('access-tokens')} to a token that may read it. With \`git+ssh:…\`, an SSH key is needed (the secret ` +
      'SSH_KEY of publish.yml). See docs/private-flake-inputs.md.',
  },
  {
    pattern:
      /uncaught target signal 11|signal 11 \(Segmentation fault\)|(?:qemu|emulat)[^\n]*(?:signal 11|SIGSEGV)/i,
    hint: () =>
      'A program crashed under QEMU, which does not emulate everything. Build this system on a native runner ' +
      `(${nameSetting('runners', 'aarch64-linux=ubuntu-24.04-arm')} for a plan), or cross-compile (docs/cross-compiling.md).`,
  },
  {
    pattern: /Exec format error/,
    hint: () => `This machine cannot run programs of that system: ${OTHER_SYSTEM_HINT}.`,
  },
  {
    pattern: /cannot perform a sandboxed build/,
    hint: () =>
      'This environment, possibly a container, does not allow sandboxed builds. Set `sandbox = false` in nix.conf, ' +
      'or run the container with more privileges.',
  },
  {
    // In Nix 2.8: Couldn't resolve host name.
    pattern: /unable to download '.*(Could not|Couldn't) resolve host/s,
    hint: () => 'Check the address, and the network, proxy and DNS settings of this machine.',
  },
  {
    pattern: /No space left on device/,
    hint: () => 'Free some space for the Nix store, or move it to a larger disk.',
  },
]

/**
 * Returns what to do about a failure, or `undefined` if Nix's message is sufficient. `options` are the command-line options of
 * the failed call.
 */
export function findHint(output: string, options: readonly string[] = []): string | undefined {
  const required = parseRequirement(output)
  // Some versions of Nix do not say that they ignored extra-platforms.
  const isIgnored = options.includes('extra-platforms') || IGNORED_PLATFORMS.test(output)
  if (isIgnored && required?.system !== undefined) return EXTRA_PLATFORMS_HINT
  const hint = FAILURE_HINTS.find(({ pattern }) => pattern.test(output))?.hint()
  return hint ?? (required && describeRequirement(required))
}

function describeRequirement({ system, features }: Requirement): string | undefined {
  const hints = [
    ...(system === undefined ? [] : [`Nix cannot build for that system here: ${OTHER_SYSTEM_HINT}.`]),
    ...(features.includes('kvm') ? [describeKvm()] : []),
    ...describeFeatures(features.filter(feature => feature !== 'kvm')),
  ]
  return hints.length === 0 ? undefined : hints.join(' ')
}

function describeKvm(): string {
  return (
    'The build starts a virtual machine, which needs /dev/kvm: use a runner that has it (on GitHub, a runner for ' +
    `x86_64-linux), and add \`extra-system-features = kvm\` to ${nameInput('nix-conf')} if Nix does not detect it. ` +
    'QEMU for another system does not have it. In images, `runAsRoot` needs it; buildLayeredImage with ' +
    '`fakeRootCommands` does not.'
  )
}

function describeFeatures(features: readonly string[]): string[] {
  if (features.length === 0) return []
  return [
    `The build requires a machine with the system features ${features.join(' ')}. If this one has them, add ` +
      `\`extra-system-features = ${features.join(' ')}\` to ${nameInput('nix-conf')}.`,
  ]
}
