import { cpSync, readFileSync, rmSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import { writeLargeImage } from './support/large-image.js'
import { CLI, type Machine, openMachine, outputOf, ROOT, TOOLS } from './support/machine.js'
import { startRegistry } from './support/registry.js'

const MEBIBYTES = 2048
const LIMIT = 250e6

describe('an image with a layer of 2 GiB from a stream script needs less than 250 MB of memory', () => {
  let machine: Machine
  beforeAll(() => {
    machine = openMachine()
    const flake = join(machine.work, 'flake')
    cpSync(join(ROOT, 'e2e/fixtures/large'), flake, { recursive: true })
    cpSync(join(TOOLS, 'static/x86_64-linux/busybox'), join(flake, 'bin/busybox'))
    writeLargeImage(join(flake, 'image'), MEBIBYTES)
  })
  afterAll(() => machine.remove())

  /** Runs the CLI. Returns the peak memory of its processes in bytes. */
  const peakOf = async (...args: string[]): Promise<number> => {
    const file = join(machine.work, 'peak')
    const wrapper = join(ROOT, 'e2e/support/peak.mjs')
    outputOf(await machine.run(process.execPath, [wrapper, file, process.execPath, CLI, ...args]))
    const peak = Number(readFileSync(file, 'utf8'))
    // Node.js alone needs more than this, so a smaller value means that the measurement failed.
    expect(peak).toBeGreaterThan(30e6)
    return peak
  }
  /** Half of the layer is random and cannot be compressed. */
  const expectWhole = (file: string): void =>
    expect(statSync(join(machine.work, file)).size).toBeGreaterThan((MEBIBYTES / 2) * 2 ** 20)

  test.each(['gzip', 'zstd'])('build with %s', async compression => {
    const args = ['build', '--flake', 'path:flake', '--compression', compression, '--output', compression]
    expect(await peakOf(...args)).toBeLessThan(LIMIT)
    expectWhole(`${compression}/large-x86_64-linux.oci.tar`)
  })

  test('merge into a file', async () => {
    expect(await peakOf('merge', '--archives', 'gzip', '--archive', 'merged.tar')).toBeLessThan(LIMIT)
    expectWhole('merged.tar')
    rmSync(join(machine.work, 'merged.tar'))
  })

  test('merge into a registry', async () => {
    const registry = await startRegistry()
    try {
      const image = `${registry.address}/large`
      expect(await peakOf('merge', '--archives', 'gzip', '--image', image)).toBeLessThan(LIMIT)
      const tags = await fetch(`http://${registry.address}/v2/large/tags/list`)
      expect(await tags.json()).toMatchObject({ tags: ['latest'] })
    } finally {
      await registry.stop()
    }
  })
})
