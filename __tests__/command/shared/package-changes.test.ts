import { expect, test } from '@jest/globals'
import { formatPackageChanges } from '../../../src/command/shared/package-changes.js'
import type { PackageChange } from '../../../src/sbom/compare.js'

function format(changes: readonly PackageChange[], containers = 1): string {
  const all = Array.from({ length: containers }, (_, n) => ({
    container: `fd${n}`,
    platform: 'linux/amd64',
    since: '1.2.3',
    changes,
  }))
  return formatPackageChanges(all).join('\n')
}

test('each kind of change is one line', () => {
  const text = format([
    { kind: 'added', name: 'bzip2', after: '1.0.8' },
    { kind: 'removed', name: 'gzip', before: '' },
    { kind: 'upgraded', name: 'openssl', before: '3.0.14', after: '3.0.15' },
    { kind: 'downgraded', name: 'zlib', before: '1.3.1', after: '1.3' },
    { kind: 'patched', name: 'curl', after: '8.1', resolves: ['CVE-2024-1', 'CVE-2024-2'] },
    { kind: 'upgraded', name: 'xz', before: '5.4', after: '' },
  ])
  expect(text).toBe(
    [
      '`fd0` for `linux/amd64`, since `1.2.3`:',
      '',
      '- Upgraded: `openssl` 3.0.14 → 3.0.15, `xz` 5.4 → no version',
      '- Downgraded: `zlib` 1.3.1 → 1.3',
      '- New: `bzip2` 1.0.8',
      '- Gone: `gzip`',
      '- Patched: `curl` 8.1 (CVE-2024-1, CVE-2024-2)',
      '',
    ].join('\n'),
  )
})

test('names and versions cannot become Markdown, HTML or mentions', () => {
  const evil = '`|<b>\n# @owner [x](http://x)'
  const text = format([
    { kind: 'upgraded', name: evil, before: evil, after: evil },
    { kind: 'patched', name: evil, after: evil, resolves: [evil] },
  ])
  const outsideOfCode = text.replaceAll(/`[^`]*`/g, '')
  expect(outsideOfCode).not.toMatch(/[<>[|`]|@owner|^#/m)
  expect(text.split('\n')).toHaveLength(5)
})

test('a long list is cut, and says so', () => {
  const changes = Array.from({ length: 500 }, (_, n): PackageChange => {
    return { kind: 'added', name: `package-${n}`, after: '1.0' }
  })
  expect(format(changes)).toMatch(/`package-19` 1\.0, and 480 more\n$/)
  const text = format(changes, 1000)
  expect(text).toContain('… and 980 more containers with other packages')
  expect(text.length).toBeLessThan(20_000)
})

test('a container without changes is not named', () => {
  expect(format([])).toBe('')
})
