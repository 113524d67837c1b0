import { expect, test } from '@jest/globals'
import { lookUpPackages } from '../../src/nix/look-up-packages.js'
import { fakeNix, rejection } from './fakes.js'

const REV = 'a'.repeat(40)

/** The lock file of a flake whose `nixpkgs` is the one of another input. */
const locks = {
  root: 'root',
  nodes: {
    root: { inputs: { nixpkgs: ['tools', 'nixpkgs'], 'nixpkgs-old': 'old', utils: 'utils', tools: 'tools' } },
    tools: { inputs: { nixpkgs: 'nixpkgs_2' } },
    nixpkgs_2: {
      locked: { type: 'github', owner: 'NixOS', repo: 'nixpkgs', rev: REV, narHash: 'sha256-a+b=' },
    },
    old: { locked: { type: 'git', url: 'https://example.org/x?shallow=1', rev: REV, ref: 'main' } },
    utils: { locked: { type: 'github', owner: 'a', repo: 'utils', rev: REV } },
  },
}

const query = {
  flake: 'github:a/b',
  cwd: '/',
  system: 'x86_64-linux',
  names: ['fd', '${throw "x"}'],
  paths: ['/nix/store/x-fd'],
  signal: new AbortController().signal,
}

test.each([
  ['nix (Nix) 2.34.8', '.legacyPackages'],
  ['nix (Nix) 2.8.0', 'legacyPackages'],
])('packages are looked up in each locked nixpkgs (%s)', async (version, attribute) => {
  const nix = fakeNix({
    version,
    answer: args => ({
      stdout: args[0] === 'flake' ? JSON.stringify({ locks }) : `[{"paths":["${args.length}"]}]`,
    }),
  })
  expect(await lookUpPackages(nix, query)).toHaveLength(2)
  const [metadata, ...evaluations] = nix.asked
  expect(metadata).toEqual(['flake', 'metadata', '--json', 'github:a/b'])
  expect(evaluations.map(args => args.find(each => each.includes('#')))).toEqual([
    `github:NixOS/nixpkgs/${REV}?narHash=sha256-a%2Bb%3D#${attribute}`,
    `git+https://example.org/x?shallow=1&ref=main&rev=${REV}#${attribute}`,
  ])
  // A name is never code.
  expect(evaluations[0]?.at(-1)).toContain('\\${throw ')
})

test('a flake without nixpkgs needs one call', async () => {
  const nix = fakeNix({
    answer: () => ({ stdout: JSON.stringify({ locks: { root: 'root', nodes: { root: {} } } }) }),
  })
  expect(await lookUpPackages(nix, query)).toEqual([])
  expect(nix.asked).toHaveLength(1)
})

test('an error in one nixpkgs does not hide the packages of another', async () => {
  const nix = fakeNix({
    answer: args => {
      if (args[0] === 'flake') return { stdout: JSON.stringify({ locks }) }
      return args.join().includes('example.org') ? { stdout: '[1]' } : { code: 1, stderr: 'error: aborted' }
    },
  })
  expect(await lookUpPackages(nix, query)).toEqual([1])
})

test('an error of Nix is thrown', async () => {
  const nix = fakeNix({ answer: () => ({ code: 1, stderr: 'error: no access' }) })
  expect((await rejection(lookUpPackages(nix, query))).message).toContain('no access')
})
