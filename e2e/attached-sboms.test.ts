import { mkdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import type { ImageTree } from '../src/command/inspect/tree.js'
import type { Merged } from '../src/command/shared/merge-result.js'
import { parseCycloneDx } from '../src/sbom/read-cyclonedx.js'
import { type Machine, openMachine, outputOf, ROOT, resultOf, tool } from './support/machine.js'
import { type RegistryProcess, startRegistry } from './support/registry.js'

const HELLO = `path:${join(ROOT, 'examples/hello')}`
const TYPES = ['application/spdx+json', 'application/vnd.cyclonedx+json']

let machine: Machine
beforeAll(async () => {
  machine = openMachine({ emulate: true })
  const systems = 'x86_64-linux aarch64-linux'
  outputOf(
    await machine.cli(['build', '--flake', HELLO, '--containers', 'hello', '--systems', systems, '--sbom']),
  )
})
afterAll(() => machine.remove())

/** docker-registry does not have the referrers API. zot has it, in an older form. */
describe.each([
  { name: 'docker-registry', options: [] },
  { name: 'zot', options: ['--program', 'zot'] },
])('SBOMs in $name', ({ name, options }) => {
  let registry: RegistryProcess
  let merged: Merged
  beforeAll(async () => {
    registry = await startRegistry(options)
    merged = await push()
  })
  afterAll(() => registry.stop())

  const at = (digest: string): string => `${registry.address}/owner/hello@${digest}`

  async function push(): Promise<Merged> {
    const image = `${registry.address}/owner/{name}`
    const args = ['merge', '--json', '--image', image, '--tags', '1.0', '--sbom']
    return resultOf<Merged[]>(await machine.cli(args))[0] as Merged
  }

  /** The artifact types and digests that oras finds. oras uses the API, or the tag in its place. */
  async function discover(digest: string): Promise<{ digest: string; artifactType: string }[]> {
    const text = await tool('oras', ['discover', '--plain-http', '--format', 'json', at(digest)])
    const { referrers, manifests = referrers } = JSON.parse(text)
    return manifests
  }

  test('oras finds two SBOMs of each image and of the index', async () => {
    for (const digest of [merged.digest, ...merged.platforms.map(platform => platform.digest)]) {
      const found = await discover(digest)
      const expected = merged.sboms?.map(sbom => sbom.digest) ?? []
      expect(found).toHaveLength(2)
      for (const each of found) expect(expected).toContain(each.digest)
      // zot lists the media type of the config instead.
      if (name !== 'zot') expect(found.map(({ artifactType }) => artifactType).sort()).toEqual(TYPES)
    }
  })

  test('oras downloads an SBOM with its name, and it is about the image of its platform', async () => {
    for (const { platform, digest } of merged.platforms) {
      const sbom = merged.sboms?.find(
        each => each.platform === platform && each.artifactType === 'application/vnd.cyclonedx+json',
      )
      const folder = join(machine.work, `pulled-${name}`)
      mkdirSync(folder, { recursive: true })
      await tool('oras', ['pull', '--plain-http', '--output', folder, at(sbom?.digest ?? '')])
      const { subject, contents } = parseCycloneDx(readFileSync(join(folder, sbom?.fileName ?? '')))
      expect(subject.digest).toBe(digest)
      expect(contents.components.length + contents.otherLayers.length).toBeGreaterThan(0)
    }
  })

  test('inspect shows them with their types and platforms', async () => {
    const [tree] = resultOf<ImageTree[]>(
      await machine.cli(['inspect', '--json', `${registry.address}/owner/hello:1.0`]),
    )
    const subjects = [merged.digest, ...merged.platforms.map(({ digest }) => digest)]
    const expected = subjects.flatMap(subject => TYPES.map(artifactType => `${artifactType} ${subject}`))
    const found = tree?.artifacts?.map(({ artifactType, subject }) => `${artifactType} ${subject}`)
    expect(found?.sort()).toEqual(expected.sort())
  })

  test('a second merge writes nothing', async () => {
    const before = registry.writes()
    expect((await push()).digest).toBe(merged.digest)
    expect(registry.writes()).toBe(before)
  })
})
