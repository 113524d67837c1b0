import { describe, expect, test } from '@jest/globals'
import { type Job, matrixOf } from '../../../src/command/plan/matrix.js'
import { parseRunners } from '../../../src/input/parse.js'
import type { System } from '../../../src/oci/platform.js'

const planned = (name: string, system: System, builder: string = system) => ({ name, system, builder })

const matrix = (
  containers: ReturnType<typeof planned>[],
  runners = '',
  group: 'container' | 'system' = 'container',
) => matrixOf(containers, { runners: parseRunners(runners), group }).include

const many = (count: number, ...systems: System[]) =>
  systems.flatMap(system => Array.from({ length: count }, (_, n) => planned(`c${n}`, system)))

describe('the runner of a job', () => {
  test.each([
    ['x86_64-linux', 'x86_64-linux', '', 'ubuntu-24.04', false],
    ['aarch64-linux', 'aarch64-linux', '', 'ubuntu-24.04-arm', false],
    ['i686-linux', 'i686-linux', '', 'ubuntu-24.04', false],
    ['armv7l-linux', 'armv7l-linux', '', 'ubuntu-24.04', true],
    ['riscv64-linux', 'riscv64-linux', '', 'ubuntu-24.04', true],
    // Cross-compiled: the builder decides.
    ['aarch64-linux', 'x86_64-linux', '', 'ubuntu-24.04', false],
    ['riscv64-linux', 'aarch64-linux', '', 'ubuntu-24.04-arm', false],
    ['riscv64-linux', 'riscv64-linux', 'riscv64-linux=mine', 'mine', false],
    ['riscv64-linux', 'riscv64-linux', 'x86_64-linux=big', 'big', true],
    ['i686-linux', 'i686-linux', 'x86_64-linux=[self-hosted, big]', ['self-hosted', 'big'], false],
    [
      'aarch64-linux',
      'aarch64-linux',
      'aarch64-linux=[self-hosted, linux, arm64]',
      ['self-hosted', 'linux', 'arm64'],
      false,
    ],
  ] as const)(
    'is chosen for %s (builder %s, runners %j): %j, emulated: %j',
    (system, builder, runners, runner, emulated) => {
      expect(matrix([planned('fd', system, builder)], runners)).toEqual([
        { name: `fd for ${system}`, container: 'fd', system, runner, emulated },
      ])
    },
  )
})

describe('the containers of a job', () => {
  test('by default, each job builds one container for one system', () => {
    const jobs = matrix(many(2, 'x86_64-linux', 'aarch64-linux'))
    expect(jobs.map(({ name }) => name)).toEqual([
      'c0 for x86_64-linux',
      'c1 for x86_64-linux',
      'c0 for aarch64-linux',
      'c1 for aarch64-linux',
    ])
  })

  test('with `group: system`, a job builds all containers of one system and runner', () => {
    const jobs = matrix(
      [
        ...many(3, 'x86_64-linux'),
        planned('c0', 'aarch64-linux'),
        planned('c1', 'aarch64-linux', 'x86_64-linux'),
      ],
      '',
      'system',
    )
    expect(jobs.map(({ container, system, runner }) => [container, system, runner])).toEqual([
      ['c0 c2', 'x86_64-linux', 'ubuntu-24.04'],
      ['c1', 'x86_64-linux aarch64-linux', 'ubuntu-24.04'],
      ['c0', 'aarch64-linux', 'ubuntu-24.04-arm'],
    ])
  })

  test('the platforms of a container that one system builds share a job', () => {
    const cross = ['fd', 'rg'].flatMap(name => [
      planned(name, 'x86_64-linux'),
      planned(name, 'aarch64-linux', 'x86_64-linux'),
    ])
    expect(matrix(cross)).toEqual(
      ['fd', 'rg'].map(container => ({
        name: `${container} for x86_64-linux and aarch64-linux`,
        container,
        system: 'x86_64-linux aarch64-linux',
        runner: 'ubuntu-24.04',
        emulated: false,
      })),
    )
    expect(matrix(cross, '', 'system')).toEqual([
      {
        name: 'x86_64-linux and aarch64-linux',
        container: 'fd rg',
        system: 'x86_64-linux aarch64-linux',
        runner: 'ubuntu-24.04',
        emulated: false,
      },
    ])
  })

  test('one runner that emulates two systems has a job for each', () => {
    const jobs = matrix([planned('fd', 'riscv64-linux'), planned('fd', 's390x-linux')])
    expect(jobs.map(({ system }) => system)).toEqual(['riscv64-linux', 's390x-linux'])
  })

  test('no containers give no jobs', () => {
    expect(matrix([])).toEqual([])
    expect(matrix([], '', 'system')).toEqual([])
  })

  test.each([
    [128, ['x86_64-linux', 'aarch64-linux'], 256],
    [129, ['x86_64-linux', 'aarch64-linux'], 130],
    [257, ['x86_64-linux'], 129],
    [1000, ['x86_64-linux', 'aarch64-linux', 'armv7l-linux'], 252],
    [5000, ['x86_64-linux'], 250],
  ] as const)('%d containers for %j are split into %d jobs of equal size', (count, systems, jobs) => {
    const containers = many(count, ...systems)
    const all = matrix(containers)
    expect(all).toHaveLength(jobs)
    expect(all.length).toBeLessThanOrEqual(256)
    const built = all.flatMap(({ container, system }) =>
      container.split(' ').map(name => `${name} ${system}`),
    )
    expect(built).toEqual(containers.map(({ name, system }) => `${name} ${system}`))
    for (const system of systems) {
      const sizes = all.filter(job => job.system === system).map(sizeOf)
      expect(Math.max(...sizes) - Math.min(...sizes)).toBeLessThanOrEqual(1)
    }
    expect(new Set(all.map(({ name }) => name)).size).toBe(jobs)
  })
})

const sizeOf = ({ container }: Job): number => container.split(' ').length
