/** Where the user of this process writes inputs: as keys in a workflow, or as flags on the command line. */
export type InputStyle = 'workflow' | 'command line'

/**
 * The environment variables of the command line for inputs that are secret, because every user of a machine can see the arguments
 * of a process.
 */
export const INPUT_VARIABLES = {
  'access-tokens': 'NIX_MULTIARCH_ACCESS_TOKENS',
  'cachix-auth-token': 'CACHIX_AUTH_TOKEN',
  'cachix-signing-key': 'CACHIX_SIGNING_KEY',
  'github-token': 'GITHUB_TOKEN',
  netrc: 'NIX_MULTIARCH_NETRC',
  'secret-key': 'NIX_MULTIARCH_SECRET_KEY',
  'signing-key': 'NIX_MULTIARCH_SIGNING_KEY',
  'signing-key-password': 'NIX_MULTIARCH_SIGNING_KEY_PASSWORD',
} as const

/** The inputs that the command line does not have as `--name TEXT`. */
const COMMAND_LINE_NAMES: Readonly<Record<string, string>> = {
  ...INPUT_VARIABLES,
  password: '--password-stdin',
}

let style: InputStyle = 'workflow'

/**
 * Sets how `nameInput` and `nameSetting` write inputs. It is a property of the process, so that every folder can name an input in
 * a message. Called once, when the process knows its host, and before any message is made.
 */
export function setInputStyle(next: InputStyle): void {
  style = next
}

let typedFlags: ReadonlyMap<string, string> = new Map()

/** Sets the flags that the user wrote in another form than `--name`, by input: `flake` → `-f`. */
export function setTypedFlags(flags: ReadonlyMap<string, string>): void {
  typedFlags = flags
}

/**
 * The name of an input as the user writes it, in backticks: `systems` in a workflow, `--systems` on the command line. Do not call
 * this while a module is loaded, because the style is not known yet.
 */
export function nameInput(name: string): string {
  return `\`${style === 'workflow' ? name : (COMMAND_LINE_NAMES[name] ?? typedFlags.get(name) ?? `--${name}`)}\``
}

/** An input with a value, in backticks: `push: false` in a workflow, `--push false` on the command line. */
export function nameSetting(name: string, value: string): string {
  if (style === 'workflow') return `\`${name}: ${value}\``
  const flag = nameInput(name)
  return value === 'true' ? flag : `${flag.slice(0, -1)} ${value}\``
}
