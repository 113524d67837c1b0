import { describe, expect, test } from '@jest/globals'
import { chooseVariant, type Need } from '../../src/nix/container.js'
import { parseDryRun, runDryRun } from '../../src/nix/dry-run.js'
import { derivationOf, evaluatedContainer, fakeNix } from './fakes.js'

const path = (name: string) => `/nix/store/11111111111111111111111111111111-${name}`
const LOG = [
  "warning: Git tree '/x' is dirty",
  'these 2 derivations will be built:',
  `  ${derivationOf('tool')}`,
  `  ${derivationOf('a')}`,
  'these 2 paths will be fetched (0.4 KiB download, 0.4 KiB unpacked):',
  `  ${path('lib')}`,
  `  ${path('b')}`,
  '',
].join('\n')

const OUTPUTS = JSON.stringify(
  ['a', 'b', 'c'].map(name => ({ drvPath: derivationOf(name), outputs: { out: path(name) } })),
)

test('one dry run is for all containers, each derivation once', async () => {
  const nix = fakeNix({})
  await runDryRun(nix, [evaluatedContainer('a'), evaluatedContainer('b'), evaluatedContainer('a')], {
    options: ['--option', 'x', 'y'],
  })
  const flags = ['build', '--dry-run', '--no-link', '--json', '--option', 'x', 'y']
  expect(nix.asked).toEqual([[...flags, `${derivationOf('a')}^out`, `${derivationOf('b')}^out`]])
})

describe('the result of a dry run', () => {
  test.each<[string, string, string[]]>([
    ['two derivations', LOG, ['tool', 'a']],
    ['one', `this derivation will be built:\n  ${derivationOf('a')}\n`, ['a']],
    [
      'one, with the progress of terminals',
      `\x1b[Kthis derivation will be built:\r\n  ${derivationOf('a')}\r\n`,
      ['a'],
    ],
    ['none', `this path will be fetched (0.4 KiB download, 0.4 KiB unpacked):\n  ${path('b')}`, []],
    ['nothing at all', '', []],
  ])('lists the derivations to build: %s', (_, stderr, names) => {
    expect(parseDryRun({ stdout: '[]', stderr }).built).toEqual(names.map(derivationOf))
  })

  test('says what each container needs', () => {
    const { needOf } = parseDryRun({ stdout: OUTPUTS, stderr: LOG })
    const needs = ['a', 'b', 'c', 'unknown'].map(name => needOf(evaluatedContainer(name)))
    expect(needs).toEqual(['build', 'download', 'nothing', 'download'])
  })

  test.each(['', '[]', '["/nix/store/0"]'])('is read although %j has no outputs', stdout => {
    const { needOf } = parseDryRun({ stdout, stderr: LOG })
    expect(['a', 'b', 'c'].map(name => needOf(evaluatedContainer(name)))).toEqual([
      'build',
      'download',
      'download',
    ])
  })

  test('of a content-addressed derivation does not say that a path is valid', () => {
    const stdout = JSON.stringify([{ drvPath: derivationOf('a'), outputs: { out: null } }])
    expect(parseDryRun({ stdout, stderr: '' }).needOf(evaluatedContainer('a'))).toBe('download')
  })
})

describe('the variant to build', () => {
  test.each<[Need, Need, string]>([
    ['build', 'build', 'stream'],
    ['build', 'download', 'image'],
    ['build', 'nothing', 'image'],
    ['download', 'build', 'stream'],
    ['download', 'download', 'stream'],
    ['download', 'nothing', 'image'],
    ['nothing', 'build', 'stream'],
    ['nothing', 'download', 'stream'],
    ['nothing', 'nothing', 'stream'],
  ])('stream: %s, image: %s: the %s', (stream, image, chosen) => {
    const needs: Record<string, Need> = { stream, image }
    const variants = [evaluatedContainer('stream'), evaluatedContainer('image')] as const
    expect(chooseVariant([...variants], ({ name }) => needs[name] as Need).name).toBe(chosen)
  })
})
