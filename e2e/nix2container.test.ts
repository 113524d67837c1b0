import { copyFileSync, cpSync, mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from '@jest/globals'
import type { BuiltImage } from '../src/command/shared/build-report.js'
import type { Merged } from '../src/command/shared/merge-result.js'
import { type Machine, openMachine, outputOf, ROOT, resultOf, TOOLS, tool } from './support/machine.js'
import { type RegistryProcess, runImage, startRegistry } from './support/registry.js'

interface Published {
  readonly built: readonly BuiltImage[]
  readonly merged: readonly Merged[]
}

const BOTH = ['--systems', 'x86_64-linux aarch64-linux']
const MACHINES = { 'linux/amd64': 'x86_64', 'linux/arm64': 'aarch64' }

let machine: Machine
let registry: RegistryProcess
beforeAll(async () => {
  machine = openMachine({ emulate: true })
  registry = await startRegistry()
  const flake = join(machine.work, 'flake')
  cpSync(join(ROOT, 'e2e/fixtures/nix2container'), flake, { recursive: true })
  for (const system of ['x86_64-linux', 'aarch64-linux']) {
    mkdirSync(join(flake, system))
    copyFileSync(join(TOOLS, 'static', system, 'busybox'), join(flake, system, 'busybox'))
  }
  mkdirSync(join(flake, 'tools'))
  copyFileSync(join(TOOLS, 'static/x86_64-linux/busybox'), join(flake, 'tools/busybox'))
  copyFileSync(join(TOOLS, 'go-tools/store-layer'), join(flake, 'tools/store-layer'))
})
afterAll(async () => {
  await registry.stop()
  machine.remove()
})

async function publish(...more: readonly string[]): Promise<Published> {
  const args = ['--flake', 'path:flake', '--image', `${registry.address}/owner/{image}`, '--tags', 'latest']
  return resultOf<Published>(await machine.cli(['publish', ...args, ...BOTH, ...more, '--json']))
}

test('an image of nix2container is published for both platforms, and podman runs it', async () => {
  const { merged, built } = await publish()
  expect(built.map(({ platform }) => platform).sort()).toEqual(['linux/amd64', 'linux/arm64'])
  expect(merged[0]?.platforms.map(({ platform }) => platform)).toEqual(['linux/amd64', 'linux/arm64'])
  const name = `${registry.address}/owner/hello:latest`
  await tool('crane', ['validate', '--insecure', '--remote', name])
  for (const [platform, processor] of Object.entries(MACHINES)) {
    expect((await runImage(name, platform, 'podman')).split('\n')).toEqual([
      processor,
      'a layer that is a file',
      'hello from the root',
      'a name that is not ASCII',
      'a name that is not UTF-8',
      'a name of pax',
      'a name of ustar',
      '1000:100 750',
      '0:0 444',
    ])
  }
  const config = await tool('crane', ['config', '--insecure', '--platform', 'linux/arm64', name])
  // As nix2container writes it.
  expect(config).toMatch(
    /^\{"created":"0001-01-01T00:00:00Z","architecture":"arm64","os":"linux","config":\{"Entrypoint":\["\/start"\],"Labels":/,
  )
  const again = await publish()
  expect(again.built).toEqual([])
  expect(again.merged).toMatchObject([{ digest: merged[0]?.digest, unchanged: true }])
})

test('archives of build have the configs of the published images', async () => {
  const args = ['build', '--flake', 'path:flake', ...BOTH, '--output', 'out', '--json']
  const built = resultOf<{ file: string; platform: string }[]>(await machine.cli(args))
  expect(built.map(({ platform }) => platform).sort()).toEqual(Object.keys(MACHINES))
  for (const { file, platform } of built) {
    const archive = `oci-archive:${join(machine.work, file)}`
    const name = `${registry.address}/owner/hello:latest`
    expect(await tool('skopeo', ['inspect', '--config', '--raw', archive])).toBe(
      await tool('crane', ['config', '--insecure', '--platform', platform, name]),
    )
  }
})

test('inspect and publish read the file that Nix built', async () => {
  const find = 'for file in /nix/store/*-image.json; do grep -l arm64 $file || true; done'
  const description = outputOf(await machine.run('bash', ['-c', find])).trim()
  const { code, stdout, stderr } = await machine.cli(['inspect', description, '--paths'])
  expect({ code, stderr }).toMatchObject({ code: 0 })
  expect(stdout).toContain('linux/arm64')
  expect(stdout).toMatch(/-app-1\.0 +2\.0 MB/)
  const image = `${registry.address}/owner/file`
  outputOf(await machine.cli(['publish', description, '--image', image, '--tags', '1.0']))
  const name = `${registry.address}/owner/hello:latest`
  const config = ['config', '--insecure', '--platform', 'linux/arm64']
  expect(await tool('crane', [...config, `${image}:1.0`])).toBe(await tool('crane', [...config, name]))
})

test('a store path that was changed is named', async () => {
  const change =
    'for file in /nix/store/*-root/etc/motd; do chmod u+w $file; echo hello from the ROOT >$file; echo $file; done'
  const files = outputOf(await machine.run('bash', ['-c', change]))
    .trim()
    .split('\n')
  const args = ['build', '--flake', 'path:flake', ...BOTH, '--output', 'changed']
  const { code, stderr } = await machine.cli(args)
  expect(code).toBe(1)
  expect(stderr).toMatch(/should have the diff_id sha256:\w+ but has sha256:/)
  for (const file of files) expect(stderr).toContain(file.replace('/etc/motd', ''))
})
