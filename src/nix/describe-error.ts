/** The ways to build for a system that this machine is not of. */
export const OTHER_WAYS =
  'use a runner of that system (on GitHub, runs-on: ubuntu-24.04-arm for aarch64-linux), ' +
  'or a remote builder in the setting builders, ' +
  'or QEMU: install qemu-user-static (Debian and Ubuntu) and leave emulation on'

const MISMATCH = /a '[^']*' with features \{[^}]*\} is required to build|Required system: '/

/** Whether Nix failed because it cannot build for a system at all. */
export function lacksSystem(words: string): boolean {
  return MISMATCH.test(words)
}

/** Whether a build ran and failed by itself, so that it would fail again. */
export function failedByItself(words: string): boolean {
  return /\bbuilder (for '[^']*' )?failed\b|hash mismatch in fixed-output/.test(words)
}

const NOT_TRUSTED =
  'The Nix daemon takes the setting extra-platforms from trusted users only. Add yourself to trusted-users in ' +
  '/etc/nix/nix.conf, or set extra-platforms there, and restart the daemon.'

/** What we can add to Nix's own words about a failure; the first that fits is given. */
const EXPLANATIONS: readonly { readonly said: RegExp; readonly hint: string }[] = [
  { said: /ignoring the client-specified setting 'extra-platforms'/, hint: NOT_TRUSTED },
  { said: MISMATCH, hint: `Nix cannot build for that system here: ${OTHER_WAYS}.` },
  { said: /Exec format error/, hint: `This machine cannot run programs of that system: ${OTHER_WAYS}.` },
  {
    said: /cannot perform a sandboxed build/,
    hint:
      'This environment, a container perhaps, allows no sandbox. Put `sandbox = false` into the configuration of Nix, ' +
      'or run the container with more rights.',
  },
  {
    said: /No space left on device/,
    hint: 'Free some space for the Nix store, or give it a larger disk.',
  },
]

/** How Nix, old and new, tells that it could not get a flake or one of its inputs. */
const FETCHING = [
  /while fetching the input '/,
  /unable to download '/,
  /cannot find flake '/,
  /program 'git' failed/,
  /input '.*' is unsupported/,
  /flake\.nix' does not exist/,
  /does not contain a '\/?flake\.nix'/,
  // Evaluation reads from the store alone.
  /getting status of '(?!\/nix\/store\/)/,
  /getting status of '.*\/flake\.nix'/,
]

const EVALUATING = /… while (evaluating|calling) /

/** Whether a flake was not fetched, and so not evaluated either. */
export function isFetchFailure(words: string): boolean {
  return FETCHING.some(said => said.test(words)) && !EVALUATING.test(words)
}

/**
 * What to do about a failure, from what Nix said and the options that it was given; `undefined` where its words stand for
 * themselves.
 */
export function explanationOf(words: string, options: readonly string[] = []): string | undefined {
  // Not every version says that it ignored the setting.
  if (options.includes('extra-platforms') && MISMATCH.test(words)) return NOT_TRUSTED
  return EXPLANATIONS.find(({ said }) => said.test(words))?.hint
}
