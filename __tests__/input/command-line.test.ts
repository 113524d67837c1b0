import { describe, expect, test } from '@jest/globals'
import { COMMANDS, type CommandName, formatHelp, parseCommandLine } from '../../src/input/command-line.js'
import { UsageError } from '../../src/util/error.js'

describe('parseCommandLine', () => {
  test('reads flags with and without =, switches, and repeated ones', () => {
    const request = parseCommandLine([
      'build',
      '--flake=./a',
      '--containers',
      'x',
      '--containers',
      'y z',
      '--json',
    ])
    if (request.kind !== 'run') throw new Error('not a run')
    expect(request.command).toBe('build')
    expect(['flake', 'containers', 'json', 'systems'].map(request.source)).toEqual([
      './a',
      'x\ny z',
      'true',
      undefined,
    ])
  })

  test('reads the old name of a flag', () => {
    const request = parseCommandLine(['build', '--archives', 'full'])
    if (request.kind !== 'run') throw new Error('not a run')
    expect(['archives', 'archive-layers'].map(request.source)).toEqual(['full', undefined])
  })

  test('operands may be before and after flags', () => {
    expect(parseCommandLine(['inspect', '--json', 'a.oci.tar'])).toMatchObject({ operands: ['a.oci.tar'] })
  })

  test('a switch may ask for two operands', () => {
    expect(parseCommandLine(['inspect', 'a', '--diff', 'b'])).toMatchObject({ operands: ['a', 'b'] })
  })

  test.each([
    [[], { kind: 'help', command: undefined }],
    [['-h'], { kind: 'help', command: undefined }],
    [['help', 'merge'], { kind: 'help', command: 'merge' }],
    [['build', '--help'], { kind: 'help', command: 'build' }],
    [['inspect', '-h'], { kind: 'help', command: 'inspect' }],
    [['--version'], { kind: 'version' }],
  ])('%j asks for %j', (args, request) => {
    expect(parseCommandLine(args)).toEqual(request)
  })

  test.each([
    [['bulid'], '"bulid" is not a command'],
    [['toString'], '"toString" is not a command'],
    [['--flake', '.'], 'Put the command before the flag "--flake"'],
    [['build', '--flak', '.'], "Unknown option '--flak'"],
    [['build', '--flake'], "'--flake <value>' argument missing"],
    [['build', 'fd'], '`build` does not accept the argument "fd"'],
    [['inspect'], '`inspect` needs REF|FILE'],
    [['inspect', 'a', 'b'], 'does not accept the argument "b"'],
    [['inspect', '--diff', 'a'], '`inspect --diff` needs REF|FILE twice'],
    [['inspect', '--diff', 'a', 'b', 'c'], 'does not accept the argument "c"'],
    [['merge', '--password', 'secret'], "Unknown option '--password'"],
    [['merge', '--github-token', 'secret'], "Unknown option '--github-token'"],
  ])('%j is wrong usage: %s', (args, why) => {
    expect(() => parseCommandLine(args)).toThrow(UsageError)
    expect(() => parseCommandLine(args)).toThrow(why)
  })
})

describe('help', () => {
  test('names each command and stays within its width', () => {
    const text = formatHelp(undefined)
    for (const name of Object.keys(COMMANDS)) expect(text).toMatch(new RegExp(`^  ${name} `, 'm'))
    expect(prose(text)).toBeLessThanOrEqual(80)
  })

  test('names other inputs as flags and variables of the command', () => {
    expect(oneLine(formatHelp('merge'))).toContain('on GitHub, unless `--archive` is set')
    // `plan` does not have the input.
    expect(oneLine(formatHelp('plan'))).toContain('on GitHub, unless `archive` is set')
    expect(oneLine(formatHelp('build'))).toContain('if `CACHIX_SIGNING_KEY` or `CACHIX_AUTH_TOKEN` is set')
  })

  test('has a minimum and a maximum width', () => {
    expect(formatHelp('merge', 1)).toBe(formatHelp('merge', 40))
    expect(formatHelp('merge', 500)).toBe(formatHelp('merge', 100))
  })

  test.each(Object.keys(COMMANDS) as CommandName[])(
    '%s: every flag, its default, and examples that parse',
    name => {
      const text = formatHelp(name)
      for (const input of Object.values(COMMANDS[name].inputs)) {
        expect(new RegExp(`^  --${input.name}( |$)`, 'm').test(text)).toBe(input.on !== 'action')
        if (input.formerly !== undefined)
          expect(oneLine(text)).toContain(`Deprecated name: --${input.formerly}.`)
        if (input.variable !== undefined) expect(text).toContain(`\n  ${input.variable}\n`)
      }
      expect(prose(text)).toBeLessThanOrEqual(80)
      for (const example of COMMANDS[name].examples) {
        const [, called = example] = /^eval "\$\((.*)\)"$/.exec(example) ?? []
        const words = [...called.matchAll(/"([^"]*)"|\S+/g)].map(match => match[1] ?? match[0])
        expect(parseCommandLine(words.slice(1))).toMatchObject({ kind: 'run', command: name })
      }
    },
  )
})

/** The text without line breaks. */
function oneLine(text: string): string {
  return text.replace(/\s+/g, ' ')
}

/** The longest line. Ignores examples and long words, which are not wrapped. */
function prose(text: string): number {
  const folded = (line: string): boolean => !line.includes('nix-multiarch ') && line.trim().includes(' ')
  const lines = text.split('\n').filter(folded)
  return Math.max(...lines.map(line => line.length))
}
