import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import { startRegistry as startStandIn } from '../__tests__/support/registry.js'
import type { Merged } from '../src/command/shared/merge-result.js'
import { exec } from '../src/util/exec.js'
import { type Machine, openMachine, outputOf, ROOT, resultOf } from './support/machine.js'
import { READERS, type Tree, treeOf } from './support/read-back.js'
import { type RegistryProcess, startRegistry } from './support/registry.js'

const HELLO = `path:${join(ROOT, 'examples/hello')}`
const SYSTEMS = 'x86_64-linux aarch64-linux'

let machine: Machine
let tree: Tree
beforeAll(async () => {
  machine = openMachine({ emulate: true })
  outputOf(await machine.cli(['build', '--flake', HELLO, '--containers', 'hello', '--systems', SYSTEMS]))
  const args = ['merge', '--json', '--archive', '{name}.oci.tar']
  const [merged] = resultOf<Merged[]>(await machine.cli(args))
  const folder = join(machine.work, 'unpacked')
  mkdirSync(folder)
  outputOf(await exec('tar', ['-x', '-C', folder, '-f', join(machine.work, 'hello.oci.tar')]))
  tree = treeOf(folder, merged?.digest ?? '')
})
afterAll(() => machine.remove())

/** The stand-in that other tests use. It must accept the same pushes as real registries. */
async function standIn(): Promise<RegistryProcess> {
  const registry = await startStandIn()
  return {
    address: registry.host,
    writes: () => registry.log.filter(({ method }) => !['GET', 'HEAD'].includes(method)).length,
    stop: () => registry.close(),
  }
}

describe.each([
  { name: 'docker-registry', start: () => startRegistry() },
  { name: 'zot', start: () => startRegistry(['--program', 'zot']) },
  { name: 'the stand-in', start: standIn },
])('one push to $name', ({ start }) => {
  let registry: RegistryProcess
  let first: Merged | undefined
  beforeAll(async () => {
    registry = await start()
    first = await push()
  })
  afterAll(() => registry.stop())

  async function push(): Promise<Merged | undefined> {
    const image = `${registry.address}/owner/{name}`
    const args = ['merge', '--json', '--image', image, '--tags', '1.0 latest']
    return resultOf<Merged[]>(await machine.cli(args))[0]
  }

  test('uploads each blob once, and pushes the index of the archive', () => {
    expect(first?.digest).toBe(tree.index)
    expect(first?.pushed[0]?.blobs).toMatchObject({ existed: 0, uploaded: tree.blobs.length })
  })

  test.each(Object.entries(READERS))(
    '%s reads the image back, and all digests are the same',
    async (_, read) => {
      const all = [tree.index, ...tree.manifests, ...tree.blobs].sort()
      for (const tag of ['1.0', 'latest'])
        expect(await read(`${registry.address}/owner/hello:${tag}`, tree)).toEqual(all)
    },
  )

  test('a second push uploads nothing', async () => {
    const before = registry.writes()
    expect(before).toBeGreaterThan(tree.blobs.length)
    const second = await push()
    expect(second?.digest).toBe(tree.index)
    expect(second?.pushed[0]?.blobs).toMatchObject({ uploaded: 0 })
    expect(registry.writes()).toBe(before)
  })
})
