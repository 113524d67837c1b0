import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from '@jest/globals'
import type { BuiltImage } from '../src/command/shared/build-report.js'
import type { Merged } from '../src/command/shared/merge-result.js'
import { openMachine, ROOT, resultOf, tool } from './support/machine.js'
import { startRegistry } from './support/registry.js'

interface Published {
  readonly built: readonly BuiltImage[]
  readonly merged: readonly Merged[]
}

test('publish builds both systems, pushes one image with two tags, and leaves no archives', async () => {
  const machine = openMachine({ emulate: true })
  const registry = await startRegistry()
  try {
    const flake = ['--flake', `path:${join(ROOT, 'examples/hello')}`, '--containers', 'hello']
    const systems = ['--systems', 'x86_64-linux aarch64-linux']
    const image = ['--image', `${registry.address}/Owner/{image}`, '--tags', '1.0 latest', '--json']
    const publish = async () =>
      resultOf<Published>(await machine.cli(['publish', ...flake, ...systems, ...image]))
    const { built, merged: all } = await publish()
    const [merged] = all
    expect(built.map(({ system }) => system)).toEqual(['x86_64-linux', 'aarch64-linux'])
    expect(merged?.platforms.map(({ platform }) => platform)).toEqual(['linux/amd64', 'linux/arm64'])
    for (const tag of ['1.0', 'latest']) {
      const name = `${registry.address}/owner/hello:${tag}`
      expect((await tool('crane', ['digest', '--insecure', name])).trim()).toBe(merged?.digest)
      const index = await tool('skopeo', ['inspect', '--raw', '--tls-verify=false', `docker://${name}`])
      const { manifests } = JSON.parse(index) as { manifests: { digest: string }[] }
      expect(manifests.map(({ digest }) => digest)).toEqual(merged?.platforms.map(({ digest }) => digest))
    }
    await tool('crane', ['validate', '--insecure', '--remote', `${registry.address}/owner/hello:1.0`])
    expect(readdirSync(machine.work)).toEqual([])
    const again = await publish()
    expect(again.built).toEqual([])
    expect(again.merged).toMatchObject([{ digest: merged?.digest, unchanged: true }])
  } finally {
    await registry.stop()
    machine.remove()
  }
})
