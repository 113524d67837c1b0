import { messageOf, UsageError, UserError } from '../util/error.js'

/** One setting of a command, defined once: the action's `with:` key, the CLI's flag and the reference page come from it. */
export interface Input<T> {
  /** Kebab-case, as users write it. */
  readonly name: string
  /** What stands for the value in help: `--flake REF`. Empty for a switch, which takes none. */
  readonly placeholder: string
  /** As a user would write it; empty for none. */
  readonly default: string
  /** What an action's metadata has instead: an expression that only GitHub fills in. */
  readonly actionDefault?: string
  /** The variable that the command line takes it from, for what must not stand among its arguments. */
  readonly variable?: string
  /** Its value must not be seen. */
  readonly secret?: boolean
  /** Where it can be given. The other side has another way, which `doc` names. */
  readonly on: 'both' | 'action' | 'cli'
  /** One paragraph in Markdown. */
  readonly doc: string
  /** To give it blank is a mistake; with the others it is as if they were left out. */
  readonly blank?: 'refused'
  /** May be given more than once on the command line; on GitHub, the values stand in one text. */
  readonly repeats: boolean
  /** Throws an `Error` that says what is wrong with `text`; the reader adds the input's name. */
  readonly parse: (text: string) => T
}

export type InputTable = Readonly<Record<string, Input<unknown>>>

/** What a table's inputs give once they are parsed. */
export type Values<Table extends InputTable> = {
  readonly [Key in keyof Table]: ReturnType<Table[Key]['parse']>
}

/** Gives an input's raw text by its name; `undefined`, and with most inputs blank, means that it was not given. */
export type InputSource = (name: string) => string | undefined

/** Parses every input of a table. Throws a `UsageError` that names the input at fault. */
export function readInputs<Table extends InputTable>(table: Table, source: InputSource): Values<Table> {
  const read = (input: Input<unknown>): unknown => {
    const given = source(input.name)?.trim()
    try {
      if (given === '' && input.blank === 'refused') throw new Error('it is empty')
      return input.parse(given || input.default)
    } catch (error) {
      const hint = error instanceof UserError ? error.hint : undefined
      throw new UsageError(`Input \`${input.name}\`: ${messageOf(error)}`, { hint, cause: error })
    }
  }
  const values = Object.entries(table).map(([key, input]) => [key, read(input)])
  return Object.fromEntries(values) as Values<Table>
}

/**
 * Reads inputs as the command line gets them: from flags, and what is secret from the environment. That is taken out of it,
 * since builds may see what Nix was started with.
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

/** Reads inputs, and keeps what is secret out of the log. */
export function readInputsAndMaskSecrets<Table extends InputTable>(
  table: Table,
  source: InputSource,
  { secret }: { secret(value: string): void },
): Values<Table> {
  const values = readInputs(table, source)
  for (const [key, input] of Object.entries(table)) {
    const value: unknown = values[key]
    if (input.secret && typeof value === 'string') secret(value)
  }
  return values
}

/** The inputs of a table, for actions alone. */
export function limitToActions<Table extends InputTable>(table: Table): Table {
  const entries = Object.entries(table).map(([key, input]) => [key, { ...input, on: 'action' }])
  return Object.fromEntries(entries) as Table
}

/**
 * Inputs as a GitHub runner hands them to an action. They are taken out of the environment, since GitHub's own clients start
 * programs, and hand on all that is there.
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

/** An input, with what most inputs have in common. */
export function defineInput<T>(of: InputDefinition<T>): Input<T> {
  return { placeholder: 'TEXT', default: '', on: 'both', repeats: false, ...of }
}
