import type { Host } from '../host/host.js'
import { messageOf, UsageError, UserError } from '../util/error.js'
import { nameInput } from '../util/input-name.js'
import { findSecretsInAddresses } from '../util/redact-addresses.js'
import { expandInstallables } from './installables.js'

/** One setting of a command. The `with:` key of the action, the flag and the reference page are generated from it. */
export interface Input<T> {
  /** Kebab-case, as users write it. */
  readonly name: string
  /**
   * The old name of the input. It works too, with a warning. Not for secrets, because an error quotes the values. `actionDefault`
   * must be `NOT_SET`: GitHub would pass another default next to the old name.
   */
  readonly formerly?: string
  /** A sentence for an error of the old name: what to do if the user means something else with this name. */
  readonly otherUse?: () => string
  /** The name of the value in help: `--flake REF`. Empty for a switch, which has no value. */
  readonly placeholder: string
  /** The short flag, one letter: `f` for `-f`. */
  readonly short?: string
  /** What a shell completes. Default: by the placeholder (`listValues`). */
  readonly values?: InputValues
  /** For a line of the short help, at most 44 characters. Default: the first part of `doc` (`summarize`). */
  readonly brief?: string
  /** The default, as a user would write it. Empty if there is none. */
  readonly default: string
  /**
   * The default in the metadata of an action, if it is different: an expression that only GitHub evaluates, or `NOT_SET`. Not for
   * inputs with `blank: 'refused'`, which could not tell an empty value from a missing one.
   */
  readonly actionDefault?: string
  /** The environment variable for the command line. For secrets, which must not be arguments. */
  readonly variable?: string
  /** If the value is masked in the log. */
  readonly secret?: boolean
  /** Where the input exists. `doc` names the alternative for the other side. */
  readonly on: 'both' | 'action' | 'cli'
  /** One paragraph in Markdown. */
  readonly doc: string
  /**
   * If an empty value is an error. By default, an empty value counts as not set. `refused as a flag`: only on a command line. For
   * what is checked: an empty variable of a script would turn off the check. In an action, an empty value can be a missing one.
   */
  readonly blank?: 'refused' | 'refused as a flag'
  /** If the flag may be used more than once. In an action, the value is one text. */
  readonly repeats: boolean
  /** Throws an `Error` that says what is wrong with `text`. The caller adds the name of the input. */
  readonly parse: (text: string) => T
}

/** Names of files or folders, or all values. Undefined: any text. */
export type InputValues = 'file' | 'folder' | readonly string[] | undefined

export type InputTable = Readonly<Record<string, Input<unknown>>>

/** The parsed values of the inputs of a table. */
export type Values<Table extends InputTable> = {
  readonly [Key in keyof Table]: ReturnType<Table[Key]['parse']>
}

/** Returns the text of an input by its name. `undefined`, and for most inputs the empty text, means that it is not set. */
export type InputSource = (name: string) => string | undefined

/**
 * The default in the metadata of an action for inputs that other settings may have a value for. GitHub passes it if a workflow
 * does not set the input. The built-in default is in the description.
 */
export const NOT_SET = ''

/** Where warnings about inputs are logged. */
interface InputHost {
  readonly log: Pick<Host['log'], 'warning'>
}

/** Parses the inputs of a table. Warns about old names. Throws a `UsageError` that names the invalid input. */
export function readInputs<Table extends InputTable>(
  table: Table,
  source: InputSource,
  host: InputHost,
): Values<Table> {
  // Only commands with an attribute build containers of a flake.
  const expanded = 'flake' in table && 'attribute' in table ? expandInstallables(source) : source
  const values = Object.entries(table).map(([key, input]) => [key, readInput(input, expanded, host)])
  return Object.fromEntries(values) as Values<Table>
}

function readInput(input: Input<unknown>, source: InputSource, host: InputHost): unknown {
  const { name, text } = readText(input, source, host)
  try {
    if (text === '' && input.blank === 'refused') {
      throw new UserError('it is empty', {
        hint: `Set a value, or leave it out to use the default \`${input.default}\`.`,
      })
    }
    return input.parse(text || input.default)
  } catch (error) {
    const hints = [hintOf(error), name === input.name ? undefined : describeOldName(name, input)]
    const hint = hints.filter(each => each !== undefined).join(' ') || undefined
    throw new UsageError(`${nameInput(name)}: ${messageOf(error)}`, { hint, cause: error })
  }
}

function hintOf(error: unknown): string | undefined {
  return error instanceof UserError ? error.hint : undefined
}

/** An old name may be the name of another input in another command, so the value may be meant for that one. */
function describeOldName(oldName: string, { name, otherUse }: Input<unknown>): string {
  const meaning = `${nameInput(oldName)} is the old name of ${nameInput(name)}.`
  return otherUse === undefined ? meaning : `${meaning} ${otherUse()}`
}

interface GivenText {
  /** The name that the user wrote. */
  readonly name: string
  readonly text: string | undefined
}

/** Returns the text of an input, which may have its old name. */
function readText({ name, formerly }: Input<unknown>, source: InputSource, { log }: InputHost): GivenText {
  const text = source(name)?.trim()
  const formerText = formerly === undefined ? undefined : source(formerly)?.trim()
  if (formerly === undefined || !formerText) return { name, text }
  const [current, former] = [name, formerly].map(nameInput)
  if (text && text !== formerText) {
    const values = `${current} is ${JSON.stringify(text)}, but its old name ${former} is ${JSON.stringify(formerText)}`
    throw new UsageError(values, { hint: `Remove ${former}.` })
  }
  log.warning(`${former} is deprecated: use ${current} instead.`)
  return { name: text ? name : formerly, text: formerText }
}

/**
 * Adds the inputs that the command line reads from environment variables. The variables are removed from `env`, because builds
 * may see the environment of Nix.
 */
export function takeVariables(
  source: InputSource,
  table: InputTable,
  env: Record<string, string | undefined>,
): InputSource {
  const taken = new Map<string, string | undefined>()
  for (const { name, variable } of Object.values(table)) {
    if (variable === undefined) continue
    taken.set(name, env[variable])
    delete env[variable]
  }
  return name => source(name) ?? taken.get(name)
}

/**
 * Like `readInputs`, and masks the values of secret inputs, and the passwords of addresses in all inputs. They are masked before
 * an input is parsed, because an error quotes its value.
 */
export function readInputsAndMaskSecrets<Table extends InputTable>(
  table: Table,
  source: InputSource,
  host: InputHost & Pick<Host, 'maskSecret'>,
): Values<Table> {
  const secretNames = new Set(Object.values(table).flatMap(({ name, secret }) => (secret ? [name] : [])))
  const maskingSource: InputSource = name => {
    const text = source(name)
    if (text === undefined) return undefined
    for (const secret of secretNames.has(name) ? [text] : findSecretsInAddresses(text))
      host.maskSecret(secret)
    return text
  }
  return readInputs(table, maskingSource, host)
}

/** Returns the table without flags for the command line. */
export function limitToActions<Table extends InputTable>(table: Table): Table {
  const entries = Object.entries(table).map(([key, input]) => [key, { ...input, on: 'action' }])
  return Object.fromEntries(entries) as Table
}

/**
 * Reads the inputs that the GitHub runner passes to an action as variables. The variables are removed from `env`, because
 * GitHub's own clients start programs with this environment.
 */
export function takeActionInputs(env: Record<string, string | undefined>): InputSource {
  const taken = new Map<string, string | undefined>()
  for (const name of Object.keys(env).filter(each => each.startsWith('INPUT_'))) {
    taken.set(name, env[name])
    delete env[name]
  }
  return name => taken.get(`INPUT_${name.toUpperCase()}`)
}

type InputDefinition<T> = Pick<Input<T>, 'name' | 'doc' | 'parse'> & Partial<Input<T>>

/** Fills in the defaults of an input. */
export function defineInput<T>(definition: InputDefinition<T>): Input<T> {
  return { placeholder: 'TEXT', default: '', on: 'both', repeats: false, ...definition }
}
