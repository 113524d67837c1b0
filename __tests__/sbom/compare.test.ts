import { describe, expect, test } from '@jest/globals'
import { type ComparedComponent, comparePackages, type PackageChange } from '../../src/sbom/compare.js'
import { compareNixVersions } from '../../src/sbom/compare-versions.js'

/** `openssl 3.0.1 CVE-2024-1` is a package with a patch. */
function parseComponents(text: string): ComparedComponent[] {
  return text
    .split(', ')
    .filter(Boolean)
    .map(each => {
      const [name = '', version = '', ...resolves] = each.split(' ')
      const patches = resolves.length > 0 ? [{ name: 'a.patch', resolves }] : []
      return { name, version, package: { sources: [], patches } }
    })
}

function format(change: PackageChange): string {
  const before = 'before' in change ? `${change.before} ` : ''
  const after = 'after' in change ? `-> ${change.after}` : '->'
  const resolves = change.kind === 'patched' ? ` ${change.resolves.join(' ')}` : ''
  return `${change.kind} ${change.name} ${before}${after}${resolves}`
}

const changesOf = (before: string, after: string): string[] =>
  comparePackages(parseComponents(before), parseComponents(after)).map(format)

describe('comparePackages', () => {
  test.each([
    ['no change', 'fd 10.2.0, glibc 2.40', 'glibc 2.40, fd 10.2.0', []],
    ['an upgrade', 'fd 10.1.0', 'fd 10.2.0', ['upgraded fd 10.1.0 -> 10.2.0']],
    ['numbers are compared as numbers', 'fd 10.9', 'fd 10.10', ['upgraded fd 10.9 -> 10.10']],
    ['a downgrade', 'fd 10.10', 'fd 10.9', ['downgraded fd 10.10 -> 10.9']],
    ['new and gone', 'acl 2.3', 'zlib 1.3', ['removed acl 2.3 ->', 'added zlib -> 1.3']],
    ['a package without a version', '', 'fd.conf', ['added fd.conf -> ']],
    ['a package gets a version', 'app', 'app 1.0', ['upgraded app  -> 1.0']],
    ['several outputs of one version', 'gcc 13.2', 'gcc 13.2, gcc 13.2, gcc 13.2', []],
    ['one of two versions', 'ssl 1.1, ssl 3.0.1', 'ssl 1.1, ssl 3.0.2', ['upgraded ssl 3.0.1 -> 3.0.2']],
    [
      'both of two versions',
      'ssl 3.0.1, ssl 1.1.1',
      'ssl 1.1.2, ssl 3.0.2',
      ['upgraded ssl 3.0.1 -> 3.0.2', 'upgraded ssl 1.1.1 -> 1.1.2'],
    ],
    [
      'one of two is gone',
      'ssl 1.1, ssl 3.0.1',
      'ssl 3.0.2',
      ['upgraded ssl 3.0.1 -> 3.0.2', 'removed ssl 1.1 ->'],
    ],
    ['a second version', 'ssl 3.0.1', 'ssl 3.0.1, ssl 1.1', ['added ssl -> 1.1']],
    [
      'a patch of the same version',
      'ssl 3.0.1',
      'ssl 3.0.1 CVE-2024-2 CVE-2024-1',
      ['patched ssl -> 3.0.1 CVE-2024-1 CVE-2024-2'],
    ],
    ['a known patch', 'ssl 3.0.1 CVE-2024-1', 'ssl 3.0.1 CVE-2024-1', []],
    ['an upgrade makes a patch superfluous', 'ssl 1 CVE-2024-1', 'ssl 2', ['upgraded ssl 1 -> 2']],
    ['a new package with a patch', '', 'ssl 1 CVE-2024-1', ['added ssl -> 1']],
  ])('%s', (_, before, after, changes) => {
    expect(changesOf(before, after)).toEqual(changes)
  })
})

describe('compareNixVersions', () => {
  test('sorts as Nix does', () => {
    // From the tests of Nix: tests/functional/lang/eval-okay-versions.nix.
    const sorted = [
      '',
      '1.0pre1',
      '1.0',
      '1.0a',
      '1.0.1',
      '2.3a',
      '2.3.1',
      '2.3.1c',
      '2.10',
      '20241128113309999999',
    ]
    expect(sorted.toReversed().sort(compareNixVersions)).toEqual(sorted)
    expect(compareNixVersions('2.3-1', '2.3.1')).toBe(0)
  })
})
