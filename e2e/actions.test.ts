import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from '@jest/globals'
import { type ResultsServiceStandIn, startResultsService } from '../__tests__/support/results-service.js'
import type { Merged } from '../src/command/shared/merge-result.js'
import { headOf, runJob, type StepResult } from './support/action.js'
import { type Machine, openMachine, ROOT, tool } from './support/machine.js'
import { type RegistryProcess, startRegistry } from './support/registry.js'

const TOKEN = 'ghs_plantedTokenOfTheRun0123456789'

let machine: Machine
let service: ResultsServiceStandIn
let registry: RegistryProcess
beforeAll(async () => {
  machine = openMachine({ emulate: true })
  service = await startResultsService()
  registry = await startRegistry()
})
afterAll(async () => {
  machine.remove()
  await service.close()
  await registry.stop()
})

/** Runs an action as the only step of a job, with a new temporary folder. */
async function step(
  action: string,
  job: string,
  inputs: Record<string, string>,
): Promise<{ result: StepResult; outputs: StepResult['outputs'] }> {
  const temp = mkdtempSync(join(machine.work, `${job}-`))
  const { steps } = await runJob({ machine, service, temp, ids: { job } }, [{ action, inputs }])
  const [result] = steps
  if (result === undefined) throw new Error('the action did not run')
  return { result, outputs: result.outputs }
}

const HELLO = 'path:./examples/hello'

test.each(['x86_64-linux', 'aarch64-linux'])(
  'the build job for %s uploads an unzipped artifact for each container',
  async system => {
    const { result, outputs } = await step('.', `build-${system}`, { flake: HELLO, systems: system })
    expect(`${result.stdout}${result.stderr}`).not.toContain('::error')
    expect(result.code).toBe(0)
    expect(outputs.containers?.split('\n').sort()).toEqual(['hello', 'hello-stream'])
    const names = service.artifacts().map(({ name }) => name)
    expect(names).toContain(`hello-${system}.oci.tar`)
    expect(outputs.archives).toBe(outputs['archive-paths'])
    const paths = outputs['archive-paths']?.split('\n') ?? []
    expect(paths).toHaveLength(2)
    for (const path of paths) {
      const stored = service.artifacts().find(({ name }) => path.endsWith(name))
      expect(stored?.content.equals(readFileSync(path))).toBe(true)
    }
  },
)

test('a job that is run again replaces its artifacts', async () => {
  const archives = () => service.artifacts().filter(({ name }) => name.endsWith('.oci.tar'))
  const before = archives().length
  const { result } = await step('.', 'build-x86_64-linux', {
    flake: HELLO,
    systems: 'x86_64-linux',
    containers: 'hello',
  })
  expect(result.code).toBe(0)
  expect(archives()).toHaveLength(before)
})

test('the merge job merges all artifacts and pushes the images', async () => {
  const inputs = { image: `${registry.address}/{owner}/{image}`, tags: 'latest v1', 'github-token': TOKEN }
  const { result, outputs } = await step('merge', 'merge', inputs)
  expect(result.code).toBe(0)
  expect(result.stdout).not.toContain(TOKEN.slice(4).toLowerCase())
  const merged = JSON.parse(outputs.json ?? '') as Merged[]
  expect(merged.map(({ container }) => container)).toEqual(['hello', 'hello-stream'])
  expect(outputs.digest?.split('\n')).toEqual(merged.map(({ digest }) => digest))
  expect(outputs.tags?.split('\n')).toContain(`${registry.address}/owner/hello:v1`)
  for (const image of outputs.image?.split('\n') ?? [])
    await tool('crane', ['validate', '--insecure', '--remote', image])
  const index = JSON.parse(
    await tool('crane', ['manifest', '--insecure', `${registry.address}/owner/hello:latest`]),
  )
  expect(index.annotations).toMatchObject({
    'org.opencontainers.image.source': 'https://github.com/OWNER/nix-multiarch',
    // The commit of the flake, and not of the event.
    'org.opencontainers.image.revision': headOf(ROOT),
  })
})

test('the publish action builds both systems on one runner, pushes them, and sets the outputs of a merge', async () => {
  const { result, outputs } = await step('publish', 'publish', {
    flake: HELLO,
    containers: 'hello',
    systems: 'x86_64-linux aarch64-linux',
    image: `${registry.address}/{owner}/published`,
    tags: 'latest v1',
    'github-token': TOKEN,
  })
  expect(`${result.stdout}${result.stderr}`).not.toContain('::error')
  expect(result.code).toBe(0)
  const { hello } = JSON.parse(outputs.images ?? '')
  expect(hello).toMatchObject({
    platforms: ['linux/amd64', 'linux/arm64'],
    repositories: [`${registry.address}/owner/published`],
    tags: ['latest', 'v1'].map(tag => `${registry.address}/owner/published:${tag}`),
  })
  const latest = `${registry.address}/owner/published:latest`
  expect((await tool('crane', ['digest', '--insecure', latest])).trim()).toBe(hello.digest)
  expect(outputs.digest).toBe(hello.digest)
  expect(Object.keys(outputs)).not.toContain('containers')
  // The archives of a publish are not kept.
  expect(service.artifacts().filter(({ name }) => name.startsWith('published'))).toEqual([])
})

test('on a server without an artifact service, a build and a merge in one job work', async () => {
  const env = { GITHUB_SERVER_URL: 'https://git.example.com' }
  const temp = mkdtempSync(join(machine.work, 'other-server-'))
  const before = service.artifacts().length
  const image = `${registry.address}/other/{image}`
  const flake = { flake: HELLO, containers: 'hello', systems: 'x86_64-linux' }
  const { steps } = await runJob({ machine, service, temp, env }, [
    { action: 'plan', inputs: { ...flake, image } },
    { action: '.', inputs: flake },
    { action: 'merge', inputs: { image, tags: 'v1' } },
  ])
  expect(steps.map(({ code }) => code)).toEqual([0, 0, 0])
  const logs = steps.map(({ stdout }) => stdout)
  expect(logs.join('')).not.toMatch(/^::(error::|warning::.*artifact)/m)
  for (const log of logs) expect(log.match(/has no artifact service/g)).toHaveLength(1)
  expect(steps[2]?.outputs.tags).toBe(`${registry.address}/other/hello:v1`)
  expect(steps[0]?.outputs.plan).toMatch(/^\/.*\.json$/)
  expect(service.artifacts()).toHaveLength(before)
})

test('a merge can write a multi-arch archive without a registry', async () => {
  const folder = join(machine.work, 'from-action')
  const { result, outputs } = await step('merge', 'merge', { archive: join(folder, '{image}.oci.tar') })
  expect(result.code).toBe(0)
  expect(readdirSync(folder).sort()).toEqual(['hello-stream.oci.tar', 'hello.oci.tar'])
  expect(outputs.image).toBe('')
  rmSync(folder, { recursive: true })
})

test('an invalid input fails with an annotation that contains the name of the input', async () => {
  const { result } = await step('.', 'wrong', { systems: 'x86-linux' })
  expect(result.code).not.toBe(0)
  expect(result.stdout).toMatch(/^::error::`systems`: "x86-linux" is not a system/m)
})
