import { describe, expect, test } from '@jest/globals'
import { type CommandLineRequest, parseCommandLine } from '../../src/input/command-line.js'
import { ALL_COMMANDS, COMMANDS, flagsOf } from '../../src/input/command-table.js'
import { UsageError } from '../../src/util/error.js'

type Run = Extract<CommandLineRequest, { kind: 'run' }>

function parseRun(...args: string[]): Run {
  const request = parseCommandLine(args)
  if (request.kind !== 'run') throw new Error('not a run')
  return request
}

/** The values of flags. */
function read(args: string[], ...names: string[]): (string | undefined)[] {
  return names.map(parseRun(...args).source)
}

function errorOf(args: string[]): UsageError {
  try {
    parseCommandLine(args)
  } catch (error) {
    if (error instanceof UsageError) return error
    throw error
  }
  throw new Error('no error')
}

describe('flags', () => {
  test('have a value after = or as the next argument; lists may be repeated', () => {
    const args = ['build', '--flake=./a', '--containers', 'x', '--containers', 'y z', '--json']
    expect(parseRun(...args).command).toBe('build')
    expect(read(args, 'flake', 'containers', 'json', 'systems')).toEqual(['./a', 'x\ny z', 'true', undefined])
  })

  test('have an old name', () => {
    expect(read(['build', '--archives', 'full'], 'archives', 'archive-layers')).toEqual(['full', undefined])
  })

  test.each([
    [
      ['-f', '.', '-s', 'a', '-s=b', '-sc'],
      ['.', 'a\nb\nc'],
    ],
    [
      ['-f=.', '--systems', 'a', '-s', 'b'],
      ['.', 'a\nb'],
    ],
    [
      ['-f', '-', '-vs', 'x'],
      ['-', 'x'],
    ],
  ])('short flags: %j', (args, values) => {
    expect(read(['build', ...args], 'flake', 'systems')).toEqual(values)
  })

  test.each([
    ['--force', 'true'],
    ['--force=true', 'true'],
    ['--force=false', 'false'],
    ['--no-force', 'false'],
  ])('a switch may be turned off: %s', (flag, value) => {
    expect(read(['plan', flag], 'force')).toEqual([value])
  })

  test('the last of two switches counts', () => {
    expect(read(['plan', '--force', '--no-force'], 'force')).toEqual(['false'])
    expect(read(['plan', '--no-force', '--force'], 'force')).toEqual(['true'])
  })

  test('--no-… also turns off flags with a value for it', () => {
    expect(read(['publish', '--no-push', '--no-emulation'], 'push', 'emulation')).toEqual(['false', 'off'])
  })

  test('an empty value is a value', () => {
    expect(read(['merge', '--tags=', '--image', ''], 'tags', 'image')).toEqual(['', ''])
  })

  test.each(['repo', 'key', 'signer-workflow', 'workflow', 'source-ref', 'bundle', 'trusted-root'])(
    'an empty value of --%s would turn off a check',
    name => {
      for (const args of [[`--${name}`, ''], [`--${name}=`], [`--${name}`, ' ']])
        expect(() => parseCommandLine(['verify', 'x', ...args])).toThrow(`\`--${name}\` is empty`)
    },
  )

  test('messages can name a flag as it was written', () => {
    expect([...parseRun('build', '-f', '.', '--systems', 'x').typedFlags]).toEqual([
      ['flake', '-f'],
      ['systems', '--systems'],
    ])
  })
})

describe('operands', () => {
  test('may be before and after flags', () => {
    expect(parseRun('inspect', '--json', 'a.oci.tar').operands).toEqual(['a.oci.tar'])
    expect(parseRun('inspect', 'a.oci.tar', '--json').operands).toEqual(['a.oci.tar'])
  })

  test('a switch may ask for two', () => {
    expect(parseRun('inspect', 'a', '--diff', 'b').operands).toEqual(['a', 'b'])
  })

  test('after --, nothing is a flag', () => {
    expect(parseRun('inspect', '--json', '--', '--paths').operands).toEqual(['--paths'])
    expect(parseRun('inspect', '--', '-h').operands).toEqual(['-h'])
  })
})

describe('words that are passed on', () => {
  test('are all words after --, also flags', () => {
    const { operands, source } = parseRun(
      'test',
      'a.tar',
      '--test-timeout',
      '5',
      '--',
      'fd',
      '--version',
      '--',
      '-h',
    )
    expect(operands).toEqual(['a.tar', 'fd', '--version', '--', '-h'])
    expect(source('test-timeout')).toBe('5')
  })

  test.each([[['test', 'a.tar']], [['test', 'a.tar', '--']]])('%j lacks them', args => {
    expect(() => parseCommandLine(args)).toThrow('`test` needs COMMAND after `--`')
  })

  test('without --, a command is not an operand', () => {
    expect(() => parseCommandLine(['test', 'a.tar', 'fd'])).toThrow(UsageError)
  })
})

describe('what is logged', () => {
  test.each([
    [['build'], 'normal'],
    [['build', '-q'], 'quiet'],
    [['--quiet', 'build'], 'quiet'],
    [['-v', 'build'], 'verbose'],
    [['stop', '--verbose'], 'verbose'],
    [['stop', '--verbose=false'], 'normal'],
    [['build', '--image', '--', '-q'].slice(0, 1), 'normal'],
  ])('%j: %s', (args, verbosity) => {
    expect(parseRun(...args).verbosity).toBe(verbosity)
  })

  test('a value is not a flag', () => {
    expect(parseRun('build', '--output=--verbose').verbosity).toBe('normal')
  })
})

describe('help and version', () => {
  test.each([
    [[], { kind: 'help', command: undefined, full: true }],
    [['-h'], { kind: 'help', command: undefined, full: false }],
    [['--help'], { kind: 'help', command: undefined, full: true }],
    [['-q'], { kind: 'help', command: undefined, full: true }],
    [['help'], { kind: 'help', command: undefined, full: true }],
    [['help', '-h'], { kind: 'help', command: undefined, full: true }],
    [['help', 'help'], { kind: 'help', command: undefined, full: true }],
    [['help', '--help', 'merge'], { kind: 'help', command: 'merge', full: true }],
    [['help', 'merge'], { kind: 'help', command: 'merge', full: true }],
    [['build', '--help'], { kind: 'help', command: 'build', full: true }],
    [['--help', 'build'], { kind: 'help', command: 'build', full: true }],
    [['-h', 'build'], { kind: 'help', command: 'build', full: false }],
    [['inspect', '-h'], { kind: 'help', command: 'inspect', full: false }],
    [['--version'], { kind: 'version' }],
    [['-V'], { kind: 'version' }],
    [['--version', 'build'], { kind: 'version' }],
    // `build` has an input of this name.
    [['build', '--version'], { kind: 'version' }],
    [['build', '--flake', '.', '-V'], { kind: 'version' }],
    [['stop', '-v', '--version'], { kind: 'version' }],
  ])('%j asks for %j', (args, request) => {
    expect(parseCommandLine(args)).toEqual(request)
  })

  test.each(ALL_COMMANDS.map(([name]) => name))('%s: each form works', name => {
    for (const flag of ['--version', '-V'])
      expect(parseCommandLine([name, flag])).toEqual({ kind: 'version' })
    expect(parseCommandLine([name, '-h'])).toEqual({ kind: 'help', command: name, full: false })
  })

  test('help is shown although another argument is wrong', () => {
    const help = { kind: 'help', command: 'build', full: true }
    expect(parseCommandLine(['build', '--flak', '.', 'fd', '--help'])).toEqual(help)
  })

  test('a value is not a request for help', () => {
    expect(read(['build', '--output=-h'], 'output')).toEqual(['-h'])
  })

  test('the version of the image is an input, and its value is never missing silently', () => {
    expect(read(['publish', '--version', '1.2.3'], 'version')).toEqual(['1.2.3'])
    expect(errorOf(['publish', '--version', '--image', 'x']).message).toBe(
      '`--version` needs a value: VERSION, and not "--image"',
    )
    expect(errorOf(['publish', '--image', 'x', '--version']).message).toBe(
      '`--version` needs a value: VERSION',
    )
  })
})

describe('wrong usage', () => {
  test.each<[string[], string, string]>([
    [['bulid'], '"bulid" is not a command', 'Did you mean `build`?'],
    [['push'], '"push" is not a command', 'Did you mean `publish`?'],
    [['toString'], '"toString" is not a command', 'Commands: setup, plan, build,'],
    [['help', 'mrege'], '"mrege" is not a command', 'Did you mean `merge`?'],
    [['--flake', '.'], 'The command is missing before the flag `--flake`', '`nix-multiarch build --flake`'],
    [['build', '--flak', '.'], '`--flak` is not a flag of `build`', 'Did you mean `--flake`?'],
    [['build', '--flak=https://me:secret@example.com'], '`--flak` is not a flag of `build`', '`--flake`'],
    [['build', '--platform', 'x'], '`--platform` is not a flag of `build`', 'Did you mean `--systems`?'],
    [['build', '--trusted-public-keys', 'x'], 'is not a flag', 'Did you mean `--extra-trusted-public-keys`?'],
    [['build', '---flake', '.'], '`---flake` is not a flag of `build`', 'Did you mean `--flake`?'],
    [['build', '--pltform', 'x'], '`--pltform` is not a flag of `build`', 'Did you mean `--systems`?'],
    [['cache'], '`cache` needs check|push', 'For example: `nix-multiarch cache check '],
    [['build', '--hepl'], '`--hepl` is not a flag of `build`', 'Did you mean `--help`?'],
    [['build', '-x'], '`-x` is not a flag of `build`', '`nix-multiarch build -h` lists the flags.'],
    [
      ['build', '--archive', 'x'],
      '`--archive` is a flag of `merge` and `publish`, not of `build`',
      'build -h',
    ],
    [['build', '--no-jsn'], '`--no-jsn` is not a flag of `build`', 'Did you mean `--no-json`?'],
    [['build', '--no-overwrite'], '`--no-overwrite` is a flag of `plan`, `merge` and `publish`', 'build -h'],
    [['build', '--no-flake'], '`--no-flake` is not possible', 'Leave it out.'],
    [['plan', '--no-force=x'], '`--no-force` does not accept a value', 'Leave it out.'],
    [['build', '--flake'], '`--flake` needs a value: REF', 'build --help'],
    [['build', '-f'], '`-f` needs a value: REF', 'build --help'],
    [['build', '-f', '--json'], '`-f` needs a value: REF, and not "--json"', 'write `-f--json`'],
    [['build', '--flake', '-s', 'x'], 'needs a value: REF, and not "-s"', 'write `--flake=-s`'],
    [['build', '-flake', '.'], '`-flake` is not a flag', 'Write two hyphens: `--flake`.'],
    [['build', '-systems=x'], '`-systems` is not a flag', 'Write two hyphens: `--systems`.'],
    [['build', '--flake', 'a', '--flake', 'b'], '`--flake` is set more than once', 'Remove one of them'],
    [['build', '-f', 'a', '--flake', 'b'], '`-f` and `--flake` are the same flag', 'Remove one of them'],
    [['build', 'fd'], '`build` does not accept the argument "fd"', '`--containers fd`'],
    [['plan', '--force', 'true'], 'does not accept the argument "true"', '`--force=true`'],
    [['stop', 'now'], '`stop` does not accept the argument "now"', 'stop --help'],
    [['inspect'], '`inspect` needs REF|FILE', 'inspect --help'],
    [['inspect', 'a', 'b'], 'does not accept the argument "b"', 'To compare two, use `--diff`.'],
    [
      ['build', '-s', 'x86_64-linux', 'aarch64-linux'],
      '"aarch64-linux"',
      '`-s "x86_64-linux aarch64-linux"`',
    ],
    [['build', '--containers', 'fd', 'rg', 'jq'], 'the argument "rg"', '`--containers "fd rg jq"`'],
    [['publish', '--tags', 'v1', 'latest', '--json'], 'argument "latest"', '`--tags "v1 latest"`'],
    [['merge', '--labels', 'title=My', 'App'], 'argument "App"', '`--labels "title=My App"`'],
    [['merge', '--labels', 'a=1', 'b=2'], 'argument "b=2"', '`--labels a=1 --labels b=2`'],
    [['merge', '-i', 'ghcr.io/a/b', 'quay.io/a/b'], '"quay.io/a/b"', '`-i ghcr.io/a/b -i quay.io/a/b`'],
    [['build', '--extra-substituters', 'https://me:pw@h', 'x'], 'argument "x"', '"https://h x"'],
    [['build', '--output', 'out', 'fd'], 'argument "fd"', '`--containers fd`'],
    [['plan', './tools'], 'the argument "./tools"', 'To select the flake, use `--flake ./tools`.'],
    [['build', '-'], 'the argument "-"', 'See `nix-multiarch build --help`.'],
    [['build', '–flake', '.'], 'the argument "–flake"', 'Write two hyphens: `--flake`.'],
    [['build', '—json'], 'the argument "—json"', 'Write two hyphens: `--json`.'],
    [['merge', 'out'], 'the argument "out"', 'use `--archives out`.'],
    [['merge', 'a.oci.tar', 'b.oci.tar'], 'argument "a.oci.tar"', '`--archives DIR`'],
    [['version'], '"version" is not a command', 'Use `nix-multiarch --version`.'],
    [
      ['inspect', '--diff', 'a'],
      '`inspect --diff` needs REF|FILE twice',
      'inspect --diff ghcr.io/me/fd:latest',
    ],
    [['inspect', '--diff', 'a', 'b', 'c'], 'does not accept the argument "c"', 'inspect --help'],
    [['cache', 'chek'], '`cache chek` is not a command', 'Did you mean `cache check`?'],
    [['cache', 'shout'], '`cache shout` is not a command', 'Use `cache check` or `cache push`.'],
    [['completions', 'tcsh'], '`completions tcsh` is not', 'Use `completions bash`, `completions zsh` or'],
    [
      ['merge', '--password', 'secret'],
      '`--password` is not a flag of the command line',
      '`--password-stdin`',
    ],
    [['merge', '--github-token', 'secret'], '`--github-token` is not a flag', '`GITHUB_TOKEN`'],
    [['build', '--cache', 'true'], '`--cache` is not a flag of the command line', 'only the action'],
    [['build', '-q', '--verbose'], '`-q` and `--verbose` contradict each other', 'Remove one of them.'],
  ])('%j', (args, message, hint) => {
    const error = errorOf(args)
    expect(error.message).toContain(message)
    expect(error.hint).toContain(hint)
    expect(error.message + error.hint).not.toContain('secret')
  })

  test.each(ALL_COMMANDS.map(([name]) => name))('%s: a flag with a missing letter is found', name => {
    const flags = flagsOf(COMMANDS[name]).map(({ name: flag }) => flag)
    for (const flag of flags.filter(each => each.length > 4)) {
      const short = flag.slice(0, -1)
      if (flags.includes(short)) continue
      const { message, hint } = errorOf([name, `--${short}`])
      // It may be the flag of another command, for example `--archive`.
      if (!message.includes('` is a flag of')) expect(hint).toContain(`--${flag}\``)
    }
  })
})

test.each([
  './result',
  'result',
  'result-dev',
  '/srv/image.tar',
  'image.tar.gz',
  'oci-archive:x',
  'oci:folder',
])('publish accepts the file %s, and one only', word => {
  expect(parseCommandLine(['publish', word])).toMatchObject({ command: 'publish', operands: [word] })
  expect(errorOf(['publish', word, './other']).message).toContain('does not accept the argument "./other"')
})

test.each(['fd', 'latest', '1.2'])('publish does not take %s for a file', word => {
  expect(errorOf(['publish', word]).message).toContain(`does not accept the argument "${word}"`)
})
