import { execFileSync, spawnSync } from 'node:child_process'
import { expect, test } from '@jest/globals'
import { ALL_COMMANDS, flagNameOf, flagsOf } from '../../src/input/command-table.js'
import { formatManPage } from '../../src/input/man-page.js'
import { testWith } from '../support/programs.js'

const PAGE = formatManPage('1.2.3')

/** The page as a reader sees it, without hyphenation and line breaks. */
function render(): string {
  const text = execFileSync('groff', ['-man', '-Tutf8', '-P-c', '-rHY=0'], { input: PAGE, encoding: 'utf8' })
  return text.replace(/.\u0008/g, '').replace(/\s+/g, ' ')
}

testWith('groff')('renders without warnings, with every command, flag and example', () => {
  const result = spawnSync('groff', ['-man', '-Tutf8', '-ww', '-z'], { input: PAGE, encoding: 'utf8' })
  expect(result).toMatchObject({ status: 0, stdout: '', stderr: '' })
  const text = render()
  expect(text).toContain('NIX-MULTIARCH(1)')
  expect(text).toContain('nix-multiarch 1.2.3')
  for (const [name, command] of ALL_COMMANDS) {
    expect(text).toContain(`nix-multiarch ${name} `)
    for (const input of flagsOf(command)) expect(text).toContain(`--${flagNameOf(input)}`)
    for (const example of command.examples) expect(text).toContain(example.replace(/\s+/g, ' '))
  }
  expect(text).toContain('GITHUB_TOKEN')
  expect(text).toContain('packages.{system}.{name}')
  expect(text).toContain('prefix=…')
})

test('every command has all its flags, each with its text', () => {
  for (const [name, command] of ALL_COMMANDS) {
    const [, section = ''] = PAGE.split(`\n.SS ${name}\n`)
    const [own = ''] = section.split(/\n\.S[SH] /)
    const terms = [...own.matchAll(/^\.TP\n\\fB(.*)\\fR\n\S/gm)].map(match => match[1]?.replaceAll('\\', ''))
    const long = terms.map(term => /--([\w-]+)/.exec(term ?? '')?.[1])
    const names = flagsOf(command).map(flagNameOf)
    expect(long.filter(each => each !== undefined && names.includes(each)).sort()).toEqual(names.sort())
  }
})

test('no line of text is read as a macro or contains a character that groff would change', () => {
  const text = PAGE.split('\n').filter(line => !/^\.(TH|SH|SS|TP|PP|ad|br|nf|fi)\b/.test(line))
  expect(text.filter(line => /^['.]/.test(line))).toEqual([])
  expect(PAGE).not.toMatch(/[^\x00-\x7f]/)
  expect(PAGE).not.toContain('`')
})

test('the same version gives the same page', () => {
  expect(formatManPage('1.2.3')).toBe(PAGE)
  expect(formatManPage('2.0.0')).not.toBe(PAGE)
})
