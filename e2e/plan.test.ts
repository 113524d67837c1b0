import { readFileSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from '@jest/globals'
import type { Plan } from '../src/command/plan/output.js'
import { CLI, type Machine, openMachine, outputOf, ROOT, resultOf, tool } from './support/machine.js'
import { type RegistryProcess, startRegistry } from './support/registry.js'

const FLAKE = ['--flake', `path:${join(ROOT, 'examples/hello')}`]

let machine: Machine
let registry: RegistryProcess
beforeAll(async () => {
  machine = openMachine({ emulate: true })
  registry = await startRegistry()
})
afterAll(async () => {
  await registry.stop()
  machine.remove()
})

const image = () => ['--image', `${registry.address}/owner/{image}`]
const plan = async (...args: string[]): Promise<Plan['matrix'] & { plan: Plan['document'] }> => {
  const flake = args.includes('--flake') ? [] : FLAKE
  const result = await machine.cli(['plan', ...flake, ...image(), '--json', ...args])
  const { plan, matrix } = resultOf<ReturnType<typeof JSON.parse>>(result)
  return { plan, ...matrix }
}

test('planned containers are built and merged, and the next plan skips them', async () => {
  const first = await plan('--plan', 'plan.json')
  expect(first.include.map(({ name, runner, emulated }) => [name, runner, emulated])).toEqual([
    ['hello for x86_64-linux', 'ubuntu-24.04', false],
    ['hello-stream for x86_64-linux', 'ubuntu-24.04', false],
    ['hello for aarch64-linux', 'ubuntu-24.04-arm', false],
    ['hello-stream for aarch64-linux', 'ubuntu-24.04-arm', false],
  ])
  for (const { container, system } of first.include)
    outputOf(await machine.cli(['build', ...FLAKE, '--containers', container, '--systems', system]))
  outputOf(await machine.cli(['merge', '--plan', 'plan.json', ...image()]))
  const digest = (name: string) =>
    tool('crane', ['digest', '--insecure', `${registry.address}/owner/${name}`])
  const pushed = (await digest('hello:1.0.0')).trim()

  const second = await plan('--plan', 'plan.json')
  expect(second.include).toEqual([])
  expect(second.plan.containers[0]).toMatchObject({
    name: 'hello',
    build: false,
    standing: { image: `${registry.address}/owner/hello@${pushed}`, digest: pushed },
  })
  expect(JSON.parse(readFileSync(join(machine.work, 'plan.json'), 'utf8'))).toEqual(second.plan)

  // The merge needs no archives for unchanged containers.
  rmSync(join(machine.work, 'archives'), { recursive: true })
  outputOf(await machine.cli(['merge', '--plan', 'plan.json', ...image(), '--tags', 'again']))
  expect((await digest('hello:again')).trim()).toBe(pushed)

  expect((await plan('--force')).include).toHaveLength(4)
})

/** The duration in seconds of a command with an empty store. */
async function secondsOf(store: string, command: string, args: readonly string[]): Promise<number> {
  const script = `export NIX_CONFIG="store = $1"; shift; TIMEFORMAT=%R; { time "$@" >/dev/null 2>"$TMPDIR/log" || cat "$TMPDIR/log"; } 2>&1`
  const output = outputOf(await machine.run('bash', ['-euc', script, 'bash', store, command, ...args]))
  if (!/^\d+\.\d+\n$/.test(output)) throw new Error(output)
  return Number(output)
}

const median = (times: readonly number[]): number => times.toSorted((a, b) => a - b)[1] ?? Number.NaN

test('planning a hundred containers takes at most 1.5 times as long as evaluating them with Nix', async () => {
  const flake = `path:${join(ROOT, 'bench/plan')}`
  expect((await plan('--flake', flake)).include).toHaveLength(200)
  const names = 'builtins.mapAttrs (_: builtins.mapAttrs (_: container: container.drvPath))'
  const nix = ['--extra-experimental-features', 'nix-command flakes', 'eval', '--json', `${flake}#packages`]
  const times = { bare: [] as number[], plan: [] as number[] }
  for (const n of [1, 2, 3]) {
    const store = (name: string) => join(machine.work, `${name}-${n}`)
    times.bare.push(await secondsOf(store('bare'), 'nix', [...nix, '--apply', names]))
    const planning = [CLI, 'plan', '--flake', flake, ...image()]
    times.plan.push(await secondsOf(store('plan'), process.execPath, planning))
  }
  expect(median(times.plan)).toBeLessThanOrEqual(1.5 * median(times.bare))
})
