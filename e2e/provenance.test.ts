import { cpSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals'
import { GIT_VARIABLES } from '../__tests__/support/git-variables.js'
import type { BuildOrigin } from '../src/attestation/build-origin.js'
import { openArchive } from '../src/command/shared/open-archive.js'
import { type Machine, type MachineOptions, openMachine, outputOf, ROOT, TOOLS } from './support/machine.js'
import { makeKey, nix } from './support/signed-cache.js'

/** An image that needs a store path from a cache, one that is in the store, and one that must be built. */
const OUTPUTS = `
  outputs = { self, tools, utils, data }:
    let
      busybox = "\${./bin}/busybox";
      run = name: text: derivation {
        inherit name;
        system = "x86_64-linux";
        builder = busybox;
        args = [ "sh" "-euc" text ];
      };
      write = name: run name "echo \${name} >$out";
      present = write "present";
      substituted = write "substituted";
      built = write "built";
    in {
      packages.x86_64-linux = {
        inherit present substituted;
        app = run "app.tar" ''
          { \${busybox} printf 'program %s\\ntag 1\\nname app\\n' \${./bin}/pack
            echo "greeting $(\${busybox} cat \${present} \${substituted} \${built} \${data}/greeting \${tools.file} | \${busybox} tr '\\n' ' ')"
          } >recipe
          \${./bin}/pack pack recipe $out
        '' // { imageName = "app"; };
      };
    };
`

let machine: Machine
afterEach(() => machine.remove())
const at = (name: string): string => join(machine.work, name)

async function runGit(folder: string, ...args: readonly string[]): Promise<void> {
  outputOf(await machine.run('git', ['-C', folder, ...args]))
}

async function commitAll(folder: string): Promise<void> {
  await runGit(folder, 'init', '--quiet', '--initial-branch', 'main')
  await runGit(folder, 'add', '--all')
  await runGit(folder, 'commit', '--quiet', '--message', 'All')
}

/** A repository with a flake. It has inputs of several kinds, and one that follows another. */
async function placeFlake(): Promise<void> {
  // Git and Nix demand that the user owns the files.
  for (const folder of ['app/bin', 'tools', 'utils', 'data'])
    outputOf(await machine.run('mkdir', ['-p', at(folder)]))
  cpSync(join(TOOLS, 'static/x86_64-linux/busybox'), at('app/bin/busybox'))
  cpSync(join(ROOT, 'examples/hello/bin/x86_64-linux'), at('app/bin/pack'))
  writeFileSync(at('data/greeting'), 'Hello\n')
  writeFileSync(at('tools/tool'), 'tool\n')
  writeFileSync(at('tools/flake.nix'), '{ outputs = _: { file = ./tool; }; }')
  writeFileSync(
    at('utils/flake.nix'),
    `{ inputs.tools.url = "git+file://${at('tools')}"; inputs.more.url = "path:${at('tools')}"; outputs = _: { }; }`,
  )
  const inputs = `
    inputs.tools.url = "git+file://${at('tools')}?ref=main";
    inputs.utils = { url = "path:${at('utils')}"; inputs.tools.follows = "tools"; };
    inputs.data = { url = "path:${at('data')}"; flake = false; };
  `
  writeFileSync(at('app/flake.nix'), `{ ${inputs} ${OUTPUTS} }`)
  await commitAll(at('tools'))
  await commitAll(at('app'))
}

/** Builds the image for a provenance, and returns what its archive says about the build. */
async function build(flake: string, ...more: readonly string[]): Promise<BuildOrigin> {
  const args = [
    'build',
    '--flake',
    flake,
    '--containers',
    'app',
    '--output',
    'out',
    '--attest',
    'true',
    ...more,
  ]
  outputOf(await machine.cli(args))
  const origin = (await openArchive(at('out/app-x86_64-linux.oci.tar')))?.origin
  if (origin === undefined) throw new Error('the archive does not say how it was built')
  return origin
}

/** What Nix says about the flake. */
async function metadataOf(flake: string) {
  return JSON.parse(outputOf(await nix(machine, ['flake', 'metadata', '--json', flake])))
}

/** There are no users for builds, so plain calls of `nix build` need this setting. */
const ROOT_ONLY: MachineOptions = { conf: ['build-users-group ='] }
const DAEMON: MachineOptions = { user: 'runner', daemon: true, conf: ['trusted-users = root runner'] }

describe.each<readonly [string, MachineOptions]>([
  ['current', { nix: 'current', ...ROOT_ONLY }],
  ['2.8', { nix: 'debian-12', ...ROOT_ONLY }],
  ['current with a daemon', { nix: 'current', ...DAEMON }],
])('what a build says about itself, with Nix %s', (_, options) => {
  beforeEach(async () => {
    machine = openMachine({ ...options, env: GIT_VARIABLES })
    await placeFlake()
  })

  test('the hashes of all inputs are those of the lock file', async () => {
    outputOf(await nix(machine, ['flake', 'lock', './app']))
    await runGit(at('app'), 'add', '--all')
    await runGit(at('app'), 'commit', '--quiet', '--message', 'Lock')
    const { nodes } = JSON.parse(readFileSync(at('app/flake.lock'), 'utf8'))
    const { flake, flakeInputs, nixVersion, derivation } = await build('./app')
    const hashOf = (node: string): string => nodes[node].locked.narHash
    expect(flakeInputs.map(({ name, narHash }) => [name, narHash])).toEqual([
      ['data', hashOf('data')],
      ['tools', hashOf('tools')],
      ['utils', hashOf('utils')],
      ['utils/more', hashOf('more')],
    ])
    expect(flakeInputs[1]).toMatchObject({
      url: `git+file:tools?ref=main&rev=${nodes.tools.locked.rev}`,
      revision: nodes.tools.locked.rev,
    })
    const { locked, revision } = await metadataOf('./app')
    expect(flake).toMatchObject({ narHash: locked.narHash, revision })
    expect(JSON.stringify([flake, flakeInputs])).not.toContain(machine.work)
    expect(outputOf(await machine.run('nix', ['--version']))).toContain(nixVersion)
    const path = outputOf(await nix(machine, ['eval', '--raw', './app#app.drvPath']))
    expect(derivation).toBe(path)
  })

  test('a work tree with changes has the hash of its files and no commit', async () => {
    await build('./app')
    writeFileSync(at('app/flake.nix'), `${readFileSync(at('app/flake.nix'), 'utf8')}\n`)
    const { flake } = await build('./app')
    const { locked } = await metadataOf('./app')
    expect(flake).toEqual({ url: 'git+file:app', narHash: locked.narHash })
  })

  test('store paths were built, downloaded from a signed cache, or present', async () => {
    const cache = at('cache')
    const { secretKey, publicKey } = await makeKey(machine, 'e2e-provenance-1')
    writeFileSync(at('key'), secretKey)
    const pathOf = async (name: string): Promise<string> =>
      outputOf(await nix(machine, ['eval', '--raw', `path:app#${name}`]))
    outputOf(await nix(machine, ['build', '--no-link', 'path:app#substituted', 'path:app#present']))
    const substituted = await pathOf('substituted')
    outputOf(await nix(machine, ['copy', '--to', `file://${cache}?secret-key=${at('key')}`, substituted]))
    outputOf(await nix(machine, ['store', 'delete', substituted]))
    const flags = ['--extra-substituters', `file://${cache}`, '--extra-trusted-public-keys', publicKey]
    expect((await build('path:app', ...flags)).storePaths).toEqual({
      builtHere: 2,
      builtRemotely: 0,
      alreadyPresent: 1,
      downloaded: [{ substituter: `file://${cache}`, count: 1 }],
      fromActionsCache: 0,
      signedBy: [{ key: 'e2e-provenance-1', count: 1 }],
      unsigned: 1,
    })
    expect((await build('path:app', ...flags)).storePaths).toMatchObject({
      builtHere: 0,
      alreadyPresent: 4,
      downloaded: [],
      signedBy: [{ key: 'e2e-provenance-1', count: 1 }],
      unsigned: 3,
    })
  })
})
