import { ALL_COMMANDS, type Command, flagNameOf, flagsOf, GENERAL_FLAGS, isSwitch } from './command-table.js'
import type { CommandName, Operand, Shell } from './command-texts.js'
import { nameFlags, summarize } from './help.js'
import type { Input, InputValues } from './read-inputs.js'

/** Returns a script with which a shell completes the words after `nix-multiarch`. */
export function formatCompletions(shell: Shell): string {
  const commands = ALL_COMMANDS.map(describeCommand)
  return { bash: formatBash, zsh: formatZsh, fish: formatFish }[shell](commands)
}

interface CompletedCommand {
  readonly name: CommandName
  readonly about: string
  readonly flags: readonly CompletedFlag[]
  readonly operands: readonly Operand[]
}

interface CompletedFlag {
  readonly long: string | undefined
  readonly short: string | undefined
  readonly about: string
  /** Undefined for a switch. */
  readonly value: FlagValue | undefined
}

interface FlagValue {
  readonly name: string
  readonly kind: InputValues
  /** If the value is a list, whose elements may be separated by commas. */
  readonly isList: boolean
}

function describeCommand([name, command]: readonly [CommandName, Command]): CompletedCommand {
  const inputs = flagsOf(command).map(input => describeFlag(input, command))
  const general = GENERAL_FLAGS.map(({ name: flag, short, brief: about }) => {
    const isTaken = inputs.some(({ long }) => long === flag)
    return { long: isTaken ? undefined : flag, short, about, value: undefined }
  })
  const about = (command.summary.split(/[.:]( |$)/)[0] ?? '').replaceAll('`', '')
  return {
    name,
    about,
    flags: [...inputs, ...general],
    operands: [...(command.operands ?? []), ...(command.optional ?? [])],
  }
}

function describeFlag(input: Input<unknown>, command: Command): CompletedFlag {
  const { short, placeholder, repeats: isList } = input
  const about = nameFlags(summarize(input), command).replaceAll('`', '')
  const value = isSwitch(input) ? undefined : { name: placeholder, kind: listValues(input), isList }
  return { long: flagNameOf(input), short, about, value }
}

/** What a shell completes for an input. `gzip|zstd` lists the values. */
export function listValues({ values, placeholder }: Input<unknown>): InputValues {
  if (values !== undefined) return values
  if (placeholder === 'FILE') return 'file'
  if (placeholder === 'DIR') return 'folder'
  return placeholder.includes('|') ? placeholder.split('|') : undefined
}

/** The flag in its forms: `-f`, `--flake`. */
function formsOf({ short, long }: CompletedFlag): string[] {
  return [...(short === undefined ? [] : [`-${short}`]), ...(long === undefined ? [] : [`--${long}`])]
}

/** `help` is not in the table of commands. */
const HELP_COMMAND = { name: 'help', about: 'Explain a command' } as const

// Bash: version 3.2 (macOS) or newer, without the package bash-completion.

function formatBash(commands: readonly CompletedCommand[]): string {
  const names = [...commands.map(({ name }) => name), HELP_COMMAND.name]
  return `# Completes nix-multiarch in Bash. Written by \`nix-multiarch completions bash\`.

# _nix_multiarch_add KIND PREFIX WORD: the completions of WORD, each after PREFIX.
_nix_multiarch_add() {
  local line options=()
  case $1 in
    file) options=(-f) && compopt -o filenames 2>/dev/null ;;
    folder) options=(-d) && compopt -o filenames 2>/dev/null ;;
    text) return ;;
    *) options=(-W "$1") ;;
  esac
  while IFS= read -r line; do COMPREPLY+=("$2$line"); done < <(compgen "\${options[@]}" -- "$3")
}

_nix_multiarch() {
  local IFS=$' \\t\\n' word=\${COMP_WORDS[COMP_CWORD]} flag=\${COMP_WORDS[COMP_CWORD - 1]} command='' prefix='' n
  COMPREPLY=()
  for ((n = 1; n < COMP_CWORD; n++)); do
    case \${COMP_WORDS[n]} in ${names.join(' | ')}) command=\${COMP_WORDS[n]} && break ;; esac
  done
  if [ -z "$command" ]; then
    case $word in
      -*) _nix_multiarch_add '${GENERAL_FLAGS.map(flag => `--${flag.name} -${flag.short}`).join(' ')}' '' "$word" ;;
      *) _nix_multiarch_add '${names.join(' ')}' '' "$word" ;;
    esac
    return
  fi
  # Bash splits \`--flag=value\` into three words if \`=\` is in COMP_WORDBREAKS.
  if [ "$word" = = ]; then
    word=''
  elif [ "$flag" = = ]; then
    flag=\${COMP_WORDS[COMP_CWORD - 2]}
  elif [[ $word == --*=* ]]; then
    flag=\${word%%=*} prefix=\${word%%=*}= word=\${word#*=}
  fi
  case $command$flag in
${commands.flatMap(formatBashValues).join('\n')}
  esac
  case $command,$word in
${commands.flatMap(formatBashWords).join('\n')}
    ${HELP_COMMAND.name},*) _nix_multiarch_add '${names.slice(0, -1).join(' ')}' '' "$word" ;;
  esac
}

complete -F _nix_multiarch nix-multiarch`
}

/** A case for each flag with a value. */
function formatBashValues({ name, flags }: CompletedCommand): string[] {
  return flags.flatMap(flag => {
    if (flag.value === undefined) return []
    const pattern = formsOf(flag)
      .map(form => name + form)
      .join(' | ')
    const split = flag.value.isList
      ? '[[ $word == *,* ]] && prefix+=${word%,*}, word=${word##*,}\n      '
      : ''
    const body = `_nix_multiarch_add ${quoteForShell(bashKind(flag.value.kind))} "$prefix" "$word"`
    return [`    ${pattern})\n      ${split}${body}\n      return\n      ;;`]
  })
}

/** Cases for flags, and for operands. */
function formatBashWords({ name, flags, operands }: CompletedCommand): string[] {
  const words = flags.flatMap(formsOf).join(' ')
  const [operand] = operands
  const kind = operand?.files ? 'file' : bashKind(operand?.choices)
  return [
    `    ${name},-*) _nix_multiarch_add ${quoteForShell(words)} '' "$word" ;;`,
    ...(kind === 'text' ? [] : [`    ${name},*) _nix_multiarch_add ${quoteForShell(kind)} '' "$word" ;;`]),
  ]
}

function bashKind(kind: InputValues): string {
  if (kind === undefined) return 'text'
  return typeof kind === 'string' ? kind : kind.join(' ')
}

// Zsh: may be a file in $fpath or be evaluated.

function formatZsh(commands: readonly CompletedCommand[]): string {
  const described = [...commands, HELP_COMMAND].map(
    ({ name, about }) => `    ${quoteForShell(`${name}:${about}`)}`,
  )
  return `#compdef nix-multiarch
# Completes nix-multiarch in Zsh. Written by \`nix-multiarch completions zsh\`.

_nix_multiarch() {
  local context state state_descr line
  typeset -A opt_args
  local -a commands=(
${described.join('\n')}
  )
  _arguments -C ${GENERAL_FLAGS.map(flag => `'(- *)'{-${flag.short},--${flag.name}}${quoteForShell(`[${flag.brief}]`)}`).join(' ')} \\
    '1: :->command' '*:: :->arguments'
  case $state in
    command) _describe -t commands command commands ;;
    arguments)
      case $words[1] in
${commands.flatMap(formatZshCommand).join('\n')}
        ${HELP_COMMAND.name}) _describe -t commands command commands ;;
      esac
      ;;
  esac
}

if [ "$funcstack[1]" = _nix_multiarch ]; then
  _nix_multiarch "$@"
else
  compdef _nix_multiarch nix-multiarch
fi`
}

function formatZshCommand({ name, flags, operands }: CompletedCommand): string[] {
  const specs = [...flags.map(formatZshFlag), ...operands.map(formatZshOperand)]
  return [`        ${name}) _arguments -s \\`, `          ${specs.join(' \\\n          ')} ;;`]
}

function formatZshFlag(flag: CompletedFlag): string {
  const { value, about } = flag
  const text = `[${about.replace(/[[\]:]/g, '\\$&')}]`
  const action = value === undefined ? '' : `:${value.name.replaceAll('|', ' or ')}:${zshAction(value)}`
  const forms = formsOf(flag)
  const before = value?.isList ? "'*'" : forms.length > 1 ? `'(${forms.join(' ')})'` : ''
  const written = formsOf({ ...flag }).map(form => form + zshSuffix(form, value))
  const names = written.length > 1 ? `{${written.join(',')}}` : written.join('')
  return `${before}${names}${quoteForShell(text + action)}`
}

/** The value may be the next word, or follow after \`=\` or directly after a short flag. */
function zshSuffix(form: string, value: FlagValue | undefined): string {
  if (value === undefined) return ''
  return form.startsWith('--') ? '=' : '+'
}

function zshAction({ kind, isList }: FlagValue): string {
  if (kind === undefined) return ' '
  if (kind === 'file') return '_files'
  if (kind === 'folder') return '_files -/'
  return isList ? `_sequence compadd - ${kind.join(' ')}` : `(${kind.join(' ')})`
}

function formatZshOperand({ name, choices, files }: Operand): string {
  const action = files ? '_files' : choices === undefined ? ' ' : `(${choices.join(' ')})`
  return quoteForShell(`*:${name.replaceAll('|', ' or ')}:${action}`)
}

// fish

function formatFish(commands: readonly CompletedCommand[]): string {
  const names = [...commands.map(({ name }) => name), HELP_COMMAND.name].join(' ')
  const first = `not __fish_seen_subcommand_from ${names}`
  return [
    '# Completes nix-multiarch in fish. Written by `nix-multiarch completions fish`.',
    '',
    'complete -c nix-multiarch -f',
    ...[...commands, HELP_COMMAND].map(({ name, about }) =>
      fishLine(first, `-a ${name} -d ${quoteForFish(about)}`),
    ),
    ...GENERAL_FLAGS.map(({ name, short, brief }) =>
      fishLine(first, `-s ${short} -l ${name} -d ${quoteForFish(brief)}`),
    ),
    ...commands.flatMap(formatFishCommand),
    fishLine(`__fish_seen_subcommand_from ${HELP_COMMAND.name}`, `-a ${quoteForFish(names)}`),
  ].join('\n')
}

function formatFishCommand({ name, flags, operands }: CompletedCommand): string[] {
  const condition = `__fish_seen_subcommand_from ${name}`
  return [
    ...flags.map(({ short, long, about, value }) => {
      const forms = [
        ...(short === undefined ? [] : [`-s ${short}`]),
        ...(long === undefined ? [] : [`-l ${long}`]),
      ]
      return fishLine(condition, `${forms.join(' ')} -d ${quoteForFish(about)}${fishValue(value)}`)
    }),
    ...operands.flatMap(({ choices, files }) => {
      if (files) return [fishLine(condition, '-F')]
      return choices === undefined ? [] : [fishLine(condition, `-a ${quoteForFish(choices.join(' '))}`)]
    }),
  ]
}

function fishLine(condition: string, rest: string): string {
  return `complete -c nix-multiarch -n ${quoteForFish(condition)} ${rest}`
}

function fishValue(value: FlagValue | undefined): string {
  if (value === undefined) return ''
  const { kind, isList } = value
  if (kind === 'file') return ' -r -F'
  if (kind === 'folder') return " -x -a '(__fish_complete_directories)'"
  if (kind === undefined) return ' -x'
  const words = quoteForFish(kind.join(' '))
  return isList ? ` -x -a ${quoteForFish(`(__fish_append , ${kind.join(' ')})`)}` : ` -x -a ${words}`
}

/** For Bash and Zsh. */
function quoteForShell(text: string): string {
  return `'${text.replaceAll("'", "'\\''")}'`
}

function quoteForFish(text: string): string {
  return `'${text.replaceAll('\\', '\\\\').replaceAll("'", "\\'")}'`
}
