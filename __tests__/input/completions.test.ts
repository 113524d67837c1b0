import { execFileSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import { ALL_COMMANDS, flagNameOf, flagsOf, GENERAL_FLAGS, isSwitch } from '../../src/input/command-table.js'
import { formatCompletions, listValues } from '../../src/input/completions.js'
import { SYSTEMS } from '../../src/oci/platform.js'
import { testWith } from '../support/programs.js'

const NAMES = [...ALL_COMMANDS.map(([name]) => name), 'help']

/** The flags of a command that can be completed. */
function flagsToComplete(command: (typeof ALL_COMMANDS)[number][1]): string[] {
  const inputs = flagsOf(command)
  const general = GENERAL_FLAGS.flatMap(({ name, short }) =>
    inputs.some(input => input.name === name) ? [`-${short}`] : [`-${short}`, `--${name}`],
  )
  return [
    ...inputs.flatMap(input => [...(input.short ? [`-${input.short}`] : []), `--${flagNameOf(input)}`]),
    ...general,
  ]
}

let folder: string
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'completions-'))
  mkdirSync(join(folder, 'a folder'))
  writeFileSync(join(folder, 'a file.tar'), '')
  for (const shell of ['bash', 'zsh', 'fish'] as const)
    writeFileSync(join(folder, `script.${shell}`), `${formatCompletions(shell)}\n`)
})
afterAll(() => rmSync(folder, { recursive: true }))

function run(program: string, ...args: string[]): string[] {
  const env = { ...process.env, HOME: folder, XDG_CONFIG_HOME: folder, XDG_DATA_HOME: folder, TERM: 'dumb' }
  const text = execFileSync(program, args, {
    cwd: folder,
    env,
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  return text.split('\n').filter(line => line !== '')
}

describe('Bash', () => {
  const testBash = testWith('bash')

  /** Completes the last word, with the words as Bash splits them. Returns the completions. */
  function complete(...words: string[]): string[] {
    const script = [
      'set -u',
      'source ./script.bash',
      'COMP_WORDS=("$@") COMP_CWORD=$(($# - 1))',
      '_nix_multiarch',
      'printf "%s\\n" "${COMPREPLY[@]}"',
    ]
    return run('bash', '--norc', '-c', script.join('\n'), 'bash', 'nix-multiarch', ...words)
  }

  testBash('is registered for the program', () => {
    expect(run('bash', '--norc', '-c', 'source ./script.bash && complete -p nix-multiarch')).toEqual([
      'complete -F _nix_multiarch nix-multiarch',
    ])
  })

  testBash('completes commands, and the flags of each command', () => {
    expect(complete('')).toEqual(NAMES)
    expect(complete('p')).toEqual(['plan', 'publish', 'prune'])
    expect(complete('--')).toEqual(['--help', '--version'])
    for (const [name, command] of ALL_COMMANDS)
      expect(complete(name, '-').sort()).toEqual(flagsToComplete(command).sort())
    expect(complete('-v', 'build', '--archive-')).toEqual(['--archive-layers'])
    expect(complete('help', 'me')).toEqual(['merge'])
  })

  testBash('completes values', () => {
    expect(complete('build', '--compression', '')).toEqual(['gzip', 'zstd'])
    expect(complete('build', '--compression', '=', 'z')).toEqual(['zstd'])
    expect(complete('build', '--compression', '=')).toEqual(['gzip', 'zstd'])
    expect(complete('build', '--compression=z')).toEqual(['--compression=zstd'])
    expect(complete('build', '-s', 'aarch')).toEqual(['aarch64-linux'])
    expect(complete('build', '--systems', '')).toEqual([...SYSTEMS])
    expect(complete('build', '--systems', 'aarch64-linux,x86')).toEqual(['aarch64-linux,x86_64-linux'])
    expect(complete('merge', '--systems', 'an')).toEqual(['any'])
    expect(complete('build', '--version', '')).toEqual([])
  })

  testBash('completes names of files and folders', () => {
    expect(complete('merge', '--archive', 'a')).toEqual(expect.arrayContaining(['a folder', 'a file.tar']))
    expect(complete('build', '-o', 'a')).toEqual(['a folder'])
    expect(complete('build', '--flake', 'a')).toEqual(['a folder'])
    expect(complete('inspect', '--paths', 'a f').sort()).toEqual(['a file.tar', 'a folder'])
  })

  testBash('completes the words of operands, and nothing where none is accepted', () => {
    expect(complete('cache', '')).toEqual(['check', 'push'])
    expect(complete('completions', 'f')).toEqual(['fish'])
    expect(complete('stop', '')).toEqual([])
    expect(complete('build', '--json', '')).toEqual([])
  })
})

describe('fish', () => {
  const testFish = testWith('fish')

  /** Completes a command line. Returns the words without their descriptions. */
  function complete(line: string): string[] {
    const script = 'source ./script.fish; complete -C $argv[1]'
    return run('fish', '--no-config', '-c', script, line).map(each => each.split('\t')[0] ?? '')
  }

  testFish('completes commands, flags, values and files', () => {
    expect(complete('nix-multiarch ').sort()).toEqual([...NAMES].sort())
    for (const [name, command] of ALL_COMMANDS) {
      const flags = flagsToComplete(command).filter(flag => flag.startsWith('--'))
      expect(
        complete(`nix-multiarch ${name} --`)
          .filter(word => !word.endsWith('='))
          .sort(),
      ).toEqual(expect.arrayContaining(flags.sort()))
    }
    expect(complete('nix-multiarch build --compression ')).toEqual(['gzip', 'zstd'])
    expect(complete('nix-multiarch build --compression=z')).toEqual(['--compression=zstd'])
    expect(complete('nix-multiarch build -s aarch')).toEqual(['aarch64-linux'])
    expect(complete('nix-multiarch build --systems aarch64-linux,x86')).toEqual([
      'aarch64-linux,x86_64-linux',
    ])
    expect(complete('nix-multiarch merge --archive a').sort()).toEqual(['a file.tar', 'a folder/'])
    expect(complete('nix-multiarch build -o a')).toEqual(['a folder/'])
    expect(complete('nix-multiarch cache ').sort()).toEqual(['check', 'push'])
    expect(complete('nix-multiarch stop ')).toEqual([])
  })
})

describe('Zsh', () => {
  const testZsh = testWith('zsh')

  testZsh('the script has no error, and is registered for the program', () => {
    const script =
      'autoload -Uz compinit && compinit -u -D && source ./script.zsh && print $_comps[nix-multiarch]'
    expect(run('zsh', '-f', '-c', script)).toEqual(['_nix_multiarch'])
  })

  /** Completes a command line in a pseudo-terminal, and returns the line that is then in the editor of Zsh. */
  function complete(line: string): string {
    const script = `
      zmodload zsh/zpty
      zpty shell zsh -f -i
      zpty -w shell "autoload -Uz compinit && compinit -u -D && source ./script.zsh"
      zpty -w shell 'show() { zle -I; print -r -- "LINE=$BUFFER=" }; zle -N show; bindkey "^X^B" show'
      # A menu would wait for another key.
      zpty -w shell 'unsetopt AUTO_MENU BEEP; print READY''NOW'
      while zpty -r shell text; do [[ $text = *READYNOW* ]] && break; done
      zpty -w -n shell $1$'\\t\\x18\\x02'
      while zpty -r shell text; do [[ $text = *LINE=*=* ]] && break; done
      print -r -- "\${\${text##*LINE=}%%=[^=]#}"
      zpty -d shell`
    return run('zsh', '-f', '-c', `setopt EXTENDED_GLOB\n${script}`, 'zsh', line)[0] ?? ''
  }

  testZsh('completes commands, flags, values and files', () => {
    expect(complete('nix-multiarch bui')).toBe('nix-multiarch build ')
    expect(complete('nix-multiarch build --compression-l')).toMatch(/ --compression-level=?$/)
    expect(complete('nix-multiarch build --compression z')).toBe('nix-multiarch build --compression zstd ')
    expect(complete('nix-multiarch build -s aarch')).toMatch(/ -s aarch64-linux[, ]?$/)
    expect(complete('nix-multiarch build --systems aarch64-linux,x86')).toMatch(
      / aarch64-linux,x86_64-linux[, ]?$/,
    )
    expect(complete('nix-multiarch build -o a')).toMatch(/ a\\ folder\/? ?$/)
    expect(complete('nix-multiarch cache ch')).toBe('nix-multiarch cache check ')
    expect(complete('nix-multiarch help pub')).toBe('nix-multiarch help publish ')
  })
})

test.each(['bash', 'zsh', 'fish'] as const)(
  '%s: the script mentions every command, flag and listed value',
  shell => {
    const script = formatCompletions(shell)
    for (const name of NAMES) expect(script).toMatch(new RegExp(`\\b${name}\\b`))
    for (const [, command] of ALL_COMMANDS) {
      for (const input of flagsOf(command)) {
        expect(script).toContain(shell === 'fish' ? `-l ${flagNameOf(input)} ` : `--${flagNameOf(input)}`)
        const values = isSwitch(input) ? undefined : listValues(input)
        if (typeof values === 'object') for (const value of values) expect(script).toContain(value)
      }
    }
    expect(script).not.toContain('undefined')
  },
)
