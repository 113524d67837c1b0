import { cpSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from '@jest/globals'
import type { ImageTree } from '../src/command/inspect/tree.js'
import { type Machine, openMachine, outputOf, ROOT, resultOf, TOOLS } from './support/machine.js'
import { runImage } from './support/registry.js'

const SYSTEMS = ['x86_64-linux', 'aarch64-linux']

let machine: Machine
beforeAll(() => {
  machine = openMachine({ emulate: true })
})
afterAll(() => machine.remove())

const at = (name: string): string => join(machine.work, name)

/** Copies examples/tools, and replaces nixpkgs by a stand-in, because the machines have no access to it. */
function placeTools(): void {
  cpSync(join(ROOT, 'examples/tools'), at('tools'), { recursive: true })
  cpSync(join(ROOT, 'e2e/fixtures/nixpkgs'), at('nixpkgs'), { recursive: true })
  for (const system of SYSTEMS) {
    cpSync(join(TOOLS, 'static', system, 'busybox'), at(`nixpkgs/${system}/busybox`))
  }
  const flake = readFileSync(at('tools/flake.nix'), 'utf8')
  const moved = flake.replace(/nixpkgs\.url = "github:[^"]*"/, `nixpkgs.url = "path:${at('nixpkgs')}"`)
  expect(moved).not.toBe(flake)
  writeFileSync(at('tools/flake.nix'), moved)
}

test('examples/tools: both images have names, annotations and both platforms, and run', async () => {
  placeTools()
  const args = [
    'publish',
    '--flake',
    'path:tools',
    '--systems',
    SYSTEMS.join(' '),
    '--archive',
    '{image}.oci.tar',
  ]
  outputOf(await machine.cli(args))
  for (const [image, version] of [
    ['fd', '10.3.0'],
    ['rg', '15.1.0'],
  ]) {
    const file = at(`${image}.oci.tar`)
    const [tree] = resultOf<ImageTree[]>(await machine.cli(['inspect', '--json', file]))
    expect(tree?.annotations).toMatchObject({
      'org.opencontainers.image.title': image,
      'org.opencontainers.image.version': version,
      'org.opencontainers.image.licenses': 'MIT',
      'org.opencontainers.image.url': `https://example.org/${image}`,
    })
    expect(tree?.platforms.map(({ platform, layers }) => [platform, layers.length])).toEqual([
      ['linux/amd64', 4],
      ['linux/arm64', 4],
    ])
    expect(await runImage(file, 'linux/arm64', 'podman')).toBe(`${image} ${version} on aarch64`)
  }
})
