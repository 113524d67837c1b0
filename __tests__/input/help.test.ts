import { describe, expect, test } from '@jest/globals'
import { parseCommandLine } from '../../src/input/command-line.js'
import { ALL_COMMANDS, COMMANDS, flagNameOf, flagsOf, GENERAL_FLAGS } from '../../src/input/command-table.js'
import { groupFlags } from '../../src/input/flag-groups.js'
import { formatHelp, formatShortHelp } from '../../src/input/help.js'

const NAMES = ALL_COMMANDS.map(([name]) => name)

describe('help', () => {
  test('names each command and stays within its width', () => {
    const text = formatHelp(undefined)
    for (const name of NAMES) expect(text).toMatch(new RegExp(`^  ${name} `, 'm'))
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

  test.each(NAMES)('%s: every flag, its default, and examples that parse', name => {
    const text = formatHelp(name)
    for (const input of Object.values(COMMANDS[name].inputs)) {
      expect(new RegExp(`^  (-\\w, )?--${flagNameOf(input)}( |$)`, 'm').test(text)).toBe(
        input.on !== 'action',
      )
      if (input.formerly !== undefined)
        expect(oneLine(text)).toContain(`Deprecated name: --${input.formerly}.`)
      if (input.variable !== undefined) expect(text).toContain(`\n  ${input.variable}\n`)
    }
    expect(prose(text)).toBeLessThanOrEqual(80)
    for (const example of COMMANDS[name].examples) {
      const [, called = example] = /^eval "\$\((.*)\)"$/.exec(example) ?? []
      const [call = ''] = called.split(/ [|>] /)
      const words = [...call.matchAll(/"([^"]*)"|\S+/g)].map(match => match[1] ?? match[0])
      expect(parseCommandLine(words.slice(1))).toMatchObject({ kind: 'run', command: name })
    }
  })
})

describe('the short help', () => {
  test.each(NAMES)('%s: one line for each flag, in groups, at most 68 lines of 80 characters', name => {
    const lines = formatShortHelp(name).split('\n')
    expect(lines.length).toBeLessThanOrEqual(68)
    expect(Math.max(...lines.map(line => line.length))).toBeLessThanOrEqual(80)
    // If this fails, add a `brief` to the input.
    expect(lines.filter(line => line.endsWith('…'))).toEqual([])
    const found = lines.flatMap(
      line => /^ +(?:-(\w), )?--([\w-]+)(?: \S+)? {2,}\S/.exec(line)?.slice(1) ?? [],
    )
    const flags = flagsOf(COMMANDS[name]).map(input => [input.short, flagNameOf(input)])
    const expected = [...flags, ...GENERAL_FLAGS.map(flag => [flag.short, flag.name])].flat()
    // A command with the input `version` has only the short form of the other.
    const hasVersion = flagsOf(COMMANDS[name]).some(input => input.name === 'version')
    expect(found.sort()).toEqual((hasVersion ? expected.slice(0, -2) : expected).sort())
    expect(lines.filter(line => /^ +-V/.test(line))).toHaveLength(1)
  })

  test('mentions the variables for secrets, and where to read more', () => {
    const text = formatShortHelp('merge')
    expect(text).toContain('\nVariables for secrets: NIX_MULTIARCH_SIGNING_KEY,\n')
    expect(text).toMatch(/\nAll details: nix-multiarch merge --help$/)
    expect(formatShortHelp('stop')).not.toContain('Variables')
  })
})

test('every flag has a group', () => {
  const groups = NAMES.flatMap(name => groupFlags(flagsOf(COMMANDS[name])))
  expect(groups.filter(({ title }) => title === 'Other')).toEqual([])
  expect(groups.flatMap(({ inputs }) => inputs)).toHaveLength(
    NAMES.flatMap(name => flagsOf(COMMANDS[name])).length,
  )
})

test('a flag of no group is shown before the general flags', () => {
  const [json] = flagsOf(COMMANDS.plan).filter(({ name }) => name === 'json')
  if (json === undefined) throw new Error('no flag')
  const titles = groupFlags([json, { ...json, name: 'new' }]).map(({ title }) => title)
  expect(titles).toEqual(['Other', 'General'])
})

test('no command uses a letter twice', () => {
  for (const name of NAMES) {
    const letters = [...flagsOf(COMMANDS[name]), ...GENERAL_FLAGS].flatMap(({ short }) => short ?? [])
    expect(new Set(letters).size).toBe(letters.length)
  }
})

test('a letter means the same flag in all commands', () => {
  const meanings = new Map<string, Set<string>>()
  for (const name of NAMES) {
    for (const { short, name: flag } of flagsOf(COMMANDS[name]))
      if (short !== undefined) meanings.set(short, (meanings.get(short) ?? new Set()).add(flag))
  }
  expect([...meanings].map(([short, flags]) => `${short}: ${[...flags].join(' ')}`).sort()).toEqual([
    'f: flake',
    'i: image',
    'o: output',
    'q: quiet',
    's: systems',
    't: tags',
    'v: verbose',
  ])
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
