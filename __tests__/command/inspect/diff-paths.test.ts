import { describe, expect, test } from '@jest/globals'
import { diffPaths } from '../../../src/command/inspect/diff-paths.js'
import { storePath } from '../../support/store-images.js'

const of = (...names: string[]) => names.map(name => ({ path: storePath(name) }))
const changed = (a: string[], b: string[]): string[] =>
  diffPaths(of(...a), of(...b)).changed.map(({ name, a, b }) => `${name} ${a.version} → ${b.version}`)

describe('store paths of two images', () => {
  test('came, went, changed and stayed', () => {
    const diff = diffPaths(of('glibc-2.40', 'fd-10.1.0', 'old-1'), of('glibc-2.40', 'fd-10.2.0', 'new-1'))
    expect(diff).toMatchObject({ same: 1, came: of('new-1'), went: of('old-1'), rebuilt: [] })
    expect(diff.changed).toEqual([
      {
        name: 'fd',
        a: { path: storePath('fd-10.1.0'), version: '10.1.0' },
        b: { path: storePath('fd-10.2.0'), version: '10.2.0' },
      },
    ])
  })

  test('outputs go with their like', () => {
    const a = ['glibc-2.40', 'glibc-2.40-bin', 'glibc-2.40-dev']
    const b = ['glibc-2.42-dev', 'glibc-2.42', 'glibc-2.42-bin']
    expect(changed(a, b)).toEqual([
      'glibc 2.40 → 2.42',
      'glibc 2.40-bin → 2.42-bin',
      'glibc 2.40-dev → 2.42-dev',
    ])
  })

  test('a version may lose its suffix', () => {
    expect(changed(['foo-1.0-beta'], ['foo-1.0'])).toEqual(['foo 1.0-beta → 1.0'])
  })

  test('several versions of one thing go together in their order', () => {
    expect(changed(['go-1.9', 'go-1.20'], ['go-1.21', 'go-1.10'])).toEqual([
      'go 1.9 → 1.10',
      'go 1.20 → 1.21',
    ])
  })

  test('where one side has more of them, they only came and went', () => {
    const diff = diffPaths(of('go-1.9', 'go-1.10'), of('go-1.11'))
    expect(diff).toMatchObject({ changed: [], came: of('go-1.11'), went: of('go-1.9', 'go-1.10') })
  })

  test('the same name and version under another hash was rebuilt', () => {
    const [a, b] = [storePath('bash-5.2'), storePath('bash-5.2', 'otherwise')]
    const diff = diffPaths([{ path: a, size: 1 }], [{ path: b, size: 2 }])
    expect(diff).toEqual({
      same: 0,
      came: [],
      went: [],
      changed: [],
      rebuilt: [
        { name: 'bash', a: { path: a, version: '5.2', size: 1 }, b: { path: b, version: '5.2', size: 2 } },
      ],
    })
  })

  test('a path in two layers counts once', () => {
    expect(diffPaths(of('a-1', 'a-1'), of('a-1'))).toMatchObject({ same: 1, came: [], went: [] })
  })
})
