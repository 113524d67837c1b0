import { chmod, mkdir, readdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from '@jest/globals'
import { type PushTargets, pushToCaches } from '../../../src/command/build/push-to-caches.js'
import { checkCache, formatCacheChecks } from '../../../src/command/cache.js'
import type { Container } from '../../../src/nix/container.js'
import { type Exec, exec as realExec } from '../../../src/util/exec.js'
import { evaluatedContainer, fakeNix, rejection } from '../../nix/fakes.js'
import { type TestHost, testHost } from '../../support/host.js'

const BUILT = '/nix/store/11111111111111111111111111111111-tool'
const container = (name: string, more: Partial<Container> = {}): Container =>
  evaluatedContainer(name, { attribute: name, derivation: `/nix/store/${name}.drv`, ...more })
const KEY = `mine-1:${Buffer.alloc(64, 7).toString('base64')}`

let host: TestHost
beforeEach(() => {
  host = testHost()
})
afterEach(() => host.remove())

/** A fake Nix that has built one path or none, and a program `cachix` on PATH that writes its input to a file. */
async function createRig(of: { built?: boolean; copies?: boolean; pushes?: boolean } = {}) {
  const { built = true, copies = true, pushes = true } = of
  const bin = join(host.temp, 'bin')
  await mkdir(bin)
  await writeFile(join(bin, 'cachix'), `#!/bin/sh\ncat >"${bin}/pushed"; exit ${pushes ? 0 : 1}`)
  await chmod(join(bin, 'cachix'), 0o755)
  const info = { narHash: 'sha256-x', narSize: 1, references: [], signatures: [], ultimate: true }
  const nix = fakeNix({
    answer: ([verb]) => {
      if (verb === 'path-info') return { stdout: JSON.stringify(built ? { [BUILT]: info } : {}) }
      return copies ? {} : { code: 1, stderr: 'error: no such bucket' }
    },
  })
  const closures: string[][] = []
  const exec: Exec = async (command, args, options) => {
    if (!command.endsWith('/nix-store')) return realExec(command, args, options)
    closures.push(args.slice(3))
    return { code: 0, stdout: `${BUILT}\n`, stderr: '' }
  }
  const run = (containers: readonly Container[], targets: PushTargets) =>
    pushToCaches(nix, containers, targets, { host: { ...host, env: { PATH: bin } }, exec })
  const pushed = () => readFile(join(bin, 'pushed'), 'utf8')
  return { nix, closures, run, pushed }
}

const BOTH: PushTargets = {
  cachix: { name: 'mine', authToken: 'secret-token' },
  store: { uri: 's3://bucket', secretKey: KEY },
}

test('pushes built paths of images and streams to each target', async () => {
  const { nix, closures, run, pushed } = await createRig()
  const stream = { derivation: '/nix/store/b-stream.drv', output: 'out' }
  await run([container('a'), container('b', { stream }), container('a')], BOTH)
  expect(closures).toEqual([['/nix/store/a.drv', '/nix/store/b-stream.drv', '/nix/store/b.drv']])
  expect(await pushed()).toBe(`${BUILT}\n`)
  expect(nix.asked.at(-1)?.slice(0, 2)).toEqual(['copy', '--to'])
  expect(host.logged).toEqual([
    expect.stringMatching(/^info: Pushed 1 path to the Cachix cache mine in /),
    expect.stringMatching(/^info: Pushed 1 path to s3:\/\/bucket in /),
  ])
  expect(host.logged.join()).not.toMatch(/secret|mine-1/)
  expect(await readdir(host.temp)).toEqual(['bin'])
})

test('pushes to the second target if the first one fails, and throws the failure', async () => {
  const { run, pushed } = await createRig({ copies: false })
  const error = await rejection(run([container('a')], { ...BOTH, store: { uri: 's3://bucket' } }))
  expect(error.message).toBe('Pushing to s3://bucket failed:\nerror: no such bucket')
  expect(await pushed()).toBe(`${BUILT}\n`)
})

test('throws two failures as one error', async () => {
  const { run } = await createRig({ copies: false, pushes: false })
  const error = await rejection(run([container('a')], BOTH))
  expect(error.message).toContain('2 of 2 failed:')
  expect(error.message).toContain('- the Cachix cache mine: Pushing to the Cachix cache mine failed')
  expect(error.message).toContain('- s3://bucket: Pushing to s3://bucket failed')
})

test('pushes nothing if nothing was built, and logs this', async () => {
  const { nix, run, pushed } = await createRig({ built: false })
  await run([container('a')], BOTH)
  expect(host.logged).toEqual([
    'info: Nothing was built on this machine: nothing to push to the Cachix cache mine',
    'info: Nothing was built on this machine: nothing to push to s3://bucket',
  ])
  expect(nix.asked.map(([verb]) => verb)).toEqual(['path-info'])
  await expect(pushed()).rejects.toThrow('ENOENT')
})

test('checkCache reports missing derivations for each container', async () => {
  const drv = '/nix/store/00000000000000000000000000000000-tool.drv'
  const stderr = `these 2 derivations will be built:\n  ${drv}\n  /nix/store/a.drv\n`
  const info = { narHash: 'sha256-x', narSize: 1 }
  const infos = [
    { ...info, path: drv, references: [] },
    { ...info, path: '/nix/store/a.drv', references: [drv] },
  ]
  const nix = fakeNix({
    answer: ([verb]) => {
      if (verb === 'build') return { stdout: '[]', stderr }
      return verb === 'path-info' ? { stdout: JSON.stringify(infos) } : {}
    },
  })
  const containers = [container('a'), container('b')]
  const checks = await checkCache(nix, containers, 'https://cache.example.org', host)
  expect(checks).toEqual([
    {
      container: 'a',
      system: 'x86_64-linux',
      derivation: '/nix/store/a.drv',
      cached: false,
      lacking: ['00000000000000000000000000000000-tool.drv', 'a.drv'],
    },
    { container: 'b', system: 'x86_64-linux', derivation: '/nix/store/b.drv', cached: true, lacking: [] },
  ])
  expect(formatCacheChecks(checks)).toBe(
    [
      'a for x86_64-linux: 2 derivations would be built',
      '  00000000000000000000000000000000-tool.drv',
      '  a.drv',
      'b for x86_64-linux: cached',
    ].join('\n'),
  )
})
