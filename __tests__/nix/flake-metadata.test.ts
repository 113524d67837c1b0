import { describe, expect, test } from '@jest/globals'
import { cleanUrl, parseFlakeMetadata, readFlakeMetadata } from '../../src/nix/flake-metadata.js'
import type { JsonObject } from '../../src/util/json.js'
import { fakeNix, rejection } from './fakes.js'

const REV = 'a'.repeat(40)
const HASH = `sha256-${'A'.repeat(43)}=`

/** The lock file of a flake with these nodes, and what Nix says about the flake. */
const answerOf = (
  nodes: Record<string, JsonObject>,
  locked: JsonObject = { type: 'path', path: '/w' },
): string => JSON.stringify({ url: 'path:/w', locked, locks: { nodes, root: 'root', version: 7 } })

const inputOf = (locked: JsonObject) =>
  parseFlakeMetadata(answerOf({ root: { inputs: { in: 'node' } }, node: { locked } })).inputs[0]

describe('the sources of a flake', () => {
  // As Nix 2.34.8 prints it; 2.8.0 has `"ref":"master"`, and no `__final` and `fingerprint`.
  const git = { __final: true, ref: 'refs/heads/main', revCount: 2, type: 'git', url: 'file:///home/me/app' }

  test('a clean work tree has a commit, and no folder of this machine', () => {
    const locked = { ...git, narHash: HASH, rev: REV }
    expect(parseFlakeMetadata(answerOf({ root: {} }, locked))).toEqual({
      source: { url: `git+file:app?ref=refs/heads/main&rev=${REV}`, narHash: HASH, revision: REV },
      inputs: [],
    })
  })

  test('a work tree with changes has a hash and no commit', () => {
    const locked = { type: 'git', url: 'file:///home/me/app', dirtyRev: `${REV}-dirty`, narHash: HASH }
    expect(parseFlakeMetadata(answerOf({ root: {} }, locked)).source).toEqual({
      url: 'git+file:app',
      narHash: HASH,
    })
  })

  test('a flake without a lock file and inputs has none', () => {
    expect(parseFlakeMetadata(JSON.stringify({ url: 'path:/w', locked: git })).inputs).toEqual([])
  })
})

describe('the inputs of a flake', () => {
  test.each([
    [{ type: 'github', owner: 'NixOS', repo: 'nixpkgs', rev: REV }, `github:NixOS/nixpkgs/${REV}`],
    [
      { type: 'gitlab', owner: 'a', repo: 'b', rev: REV, host: 'git.example.org', dir: 'nix' },
      `gitlab:a/b/${REV}?dir=nix&host=git.example.org`,
    ],
    [
      { type: 'git', url: 'https://me:secret@example.org/a.git', ref: 'main', rev: REV, submodules: true },
      `git+https://example.org/a.git?ref=main&rev=${REV}&submodules=1`,
    ],
    [
      { type: 'git', url: 'ssh://git@example.org/a.git', rev: REV },
      `git+ssh://git@example.org/a.git?rev=${REV}`,
    ],
    [{ type: 'git', url: '/home/me/dep', rev: REV }, `git+file:dep?rev=${REV}`],
    [
      { type: 'tarball', url: 'https://example.org/a.tar.gz?token=secret&rev=1' },
      'https://example.org/a.tar.gz?rev=1',
    ],
    [{ type: 'file', url: 'file:///home/me/secret-folder/data.json' }, 'file:data.json'],
    [{ type: 'path', path: '/home/me/dep' }, 'path:dep'],
    [{ type: 'path', path: './sub', parent: [] }, 'path:./sub'],
    [{ type: 'hg', url: 'https://example.org/a', rev: REV }, `hg+https://example.org/a?rev=${REV}`],
  ])('%j is written as %s', (locked, url) => {
    expect(inputOf(locked)?.url).toBe(url)
  })

  test('are all listed once, by their shortest name, without those that follow another one', () => {
    const locked = (path: string): JsonObject => ({
      locked: { type: 'path', path: `/${path}`, narHash: HASH },
    })
    const nodes = {
      root: { inputs: { tools: 'tools', nixpkgs: 'nixpkgs_2' } },
      tools: { ...locked('tools'), inputs: { nixpkgs: ['nixpkgs'], utils: 'utils' } },
      utils: { ...locked('utils'), inputs: { systems: 'systems', back: [] } },
      systems: { ...locked('systems'), flake: false },
      nixpkgs_2: { ...locked('nixpkgs'), inputs: { systems: 'systems' } },
    }
    const { inputs } = parseFlakeMetadata(answerOf(nodes))
    expect(inputs.map(({ name, url }) => `${name} ${url}`)).toEqual([
      'nixpkgs path:nixpkgs',
      'nixpkgs/systems path:systems',
      'tools path:tools',
      'tools/utils path:utils',
    ])
    expect(inputs.every(({ narHash }) => narHash === HASH)).toBe(true)
  })

  test('can refer to each other in a circle', () => {
    const locked = { type: 'path', path: '/a' }
    const nodes = {
      root: { inputs: { a: 'a' } },
      a: { locked, inputs: { b: 'b' } },
      b: { locked, inputs: { a: 'a' } },
    }
    expect(parseFlakeMetadata(answerOf(nodes)).inputs.map(({ name }) => name)).toEqual(['a', 'a/b'])
  })

  test('without a valid hash have none', () => {
    expect(inputOf({ type: 'path', path: '/a', narHash: 'later' })).toEqual({ name: 'in', url: 'path:a' })
  })
})

test('an address has no secrets, and no folders of this machine', () => {
  expect(cleanUrl('https://token@example.org/a?access_token=b#c')).toBe('https://example.org/a')
  expect(cleanUrl('git+file:///home/me/a?dir=b')).toBe('git+file:a?dir=b')
  expect(cleanUrl('github:a/b')).toBe('github:a/b')
})

test('Nix is asked without changing the lock file, and its error names the flake', async () => {
  const nix = fakeNix({ answer: () => ({ code: 1, stderr: 'error: no such input' }) })
  const { message } = await rejection(readFlakeMetadata(nix, 'github:a/b', { cwd: '/' }))
  expect(message).toBe('Nix could not read the inputs of the flake github:a/b:\nerror: no such input')
  expect(nix.asked).toEqual([['flake', 'metadata', '--json', '--no-write-lock-file', 'github:a/b']])
})
