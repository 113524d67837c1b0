import { mkdirSync, rmSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { afterEach, beforeEach, expect, test } from '@jest/globals'
import { packArchive } from '../../../src/command/build/pack-archive.js'
import { merge } from '../../../src/command/merge/merge.js'
import { openArchive } from '../../../src/command/shared/open-archive.js'
import { encodePlan } from '../../../src/command/shared/plan-document.js'
import { createArchiveAnnotations } from '../../../src/command/shared/platform-image.js'
import {
  readSourceAnnotations,
  recordSourceAnnotations,
} from '../../../src/command/shared/source-annotations.js'
import { SOURCE_ANNOTATIONS } from '../../../src/oci/annotation-keys.js'
import type { Annotations } from '../../../src/oci/descriptor.js'
import { type Manifest, parseManifest } from '../../../src/oci/image.js'
import { platformOf } from '../../../src/oci/platform.js'
import { containerOf } from '../../support/archives.js'
import { imageOf, randomLayer, seeded } from '../../support/images.js'
import { LayoutBuilder } from '../../support/layout.js'
import { BOTH, type MergeRig, mergeRig } from './merge-rig.js'

let rig: MergeRig
beforeEach(async () => {
  rig = await mergeRig()
})
afterEach(() => rig.close())

const about = { version: '1.0.0', imageTag: '1.0.0' }

/** Writes the archives of a build whose images Nix wrote as OCI layouts with these annotations. */
async function build(annotations: Annotations): Promise<void> {
  for (const system of BOTH) {
    const image = imageOf([randomLayer(seeded(1), 1000)], platformOf(system).architecture)
    const builder = new LayoutBuilder()
    const layout = join(rig.folder, 'layout')
    for (const { name, body } of builder.members([
      builder.image(image, {}, undefined, [], { annotations }),
    ])) {
      mkdirSync(dirname(join(layout, name)), { recursive: true })
      writeFileSync(join(layout, name), body ?? '')
    }
    const file = join(rig.folder, `one-${system}.oci.tar`)
    await packArchive(containerOf('one', system, about), layout, rig.runOf('first'), {
      file,
      encoding: 'gzip',
    })
    rmSync(layout, { recursive: true })
  }
}

/** The manifests of the images that a tag points to. */
function manifestsOf(tag: string): Manifest[] {
  const { manifests } = rig.registry.repository('o/one')
  return rig
    .indexAt(tag)
    .manifests.map(({ digest }) => parseManifest(manifests.get(digest)?.bytes ?? Buffer.alloc(0)))
}

test('annotations of the manifest that Nix built are kept from build to merge, and when nothing changed', async () => {
  const source = { 'org.example.base': 'debian', 'org.opencontainers.image.description': 'replaced' }
  await build(source)
  const archive = await openArchive(join(rig.folder, 'one-x86_64-linux.oci.tar'))
  expect(archive?.sourceAnnotations).toEqual(source)
  await merge(rig.request({ annotations: 'manifest:org.example.base=given' }), rig.runOf('first'))
  const described = { 'org.opencontainers.image.description': 'The container one' }
  expect(manifestsOf('latest').map(({ annotations }) => annotations)).toMatchObject(
    BOTH.map(() => ({ ...described, 'org.example.base': 'given' })),
  )
  expect(rig.indexAt('latest').annotations).not.toHaveProperty('org.example.base')
  // The next run has no archives. What the inputs replaced comes back without them.
  for (const system of BOTH) rmSync(join(rig.folder, `one-${system}.oci.tar`))
  const digest = rig.tag('latest') as NonNullable<ReturnType<typeof rig.tag>>
  const systems = BOTH.map(system => {
    const container = containerOf('one', system, about)
    const facts = createArchiveAnnotations(container, rig.runOf('second'))
    return { system, derivation: container.derivation, facts }
  })
  const standing = { image: `${rig.registry.host}/o/one@${digest}`, digest }
  const one = { name: 'one', imageName: 'one', build: false, why: '', version: '1.0.0', systems, standing }
  const plan = join(rig.folder, 'plan.json')
  writeFileSync(plan, encodePlan({ format: 1, containers: [one] }))
  await merge(rig.request({ plan, tags: 'next' }), rig.runOf('second'))
  expect(manifestsOf('next').map(({ annotations }) => annotations)).toMatchObject(
    BOTH.map(() => ({ ...described, 'org.example.base': 'debian' })),
  )
})

test('times in the annotations of Nix are not content', async () => {
  await build({ 'org.opencontainers.image.created': '2026-01-01T00:00:00Z', a: 'b' })
  await merge(rig.request(), rig.runOf('first'))
  const before = rig.tag('1.0.0')
  await build({ 'org.opencontainers.image.created': '2026-02-02T00:00:00Z', a: 'b' })
  await merge(rig.request(), rig.runOf('first'))
  expect(rig.tag('1.0.0')).toBe(before)
  await build({ a: 'c' })
  await expect(merge(rig.request(), rig.runOf('first'))).rejects.toThrow('1.0.0 already points to')
})

test('an annotation of the inputs for one platform is on its manifest only', async () => {
  await build({})
  const annotations = 'manifest[linux/arm64]:only=arm\nmanifest:each=both'
  await merge(rig.request({ annotations }), rig.runOf('first'))
  expect(manifestsOf('latest').map(({ annotations: { only, each } = {} }) => [only, each])).toEqual([
    [undefined, 'both'],
    ['arm', 'both'],
  ])
  expect(rig.indexAt('latest').annotations).not.toHaveProperty('only')
})

test('a record of annotations', () => {
  expect(recordSourceAnnotations({})).toEqual({})
  expect(recordSourceAnnotations(undefined)).toEqual({})
  const record = recordSourceAnnotations({ b: '2', a: '1' })
  expect(record).toEqual({ [SOURCE_ANNOTATIONS]: '{"a":"1","b":"2"}' })
  expect(readSourceAnnotations(record)).toEqual({ a: '1', b: '2' })
  expect(readSourceAnnotations(undefined)).toEqual({})
  // An archive must not set what only this program may say.
  const forged = { [SOURCE_ANNOTATIONS]: JSON.stringify({ [SOURCE_ANNOTATIONS]: 'x', ok: 'y' }) }
  expect(readSourceAnnotations(forged)).toEqual({ ok: 'y' })
  for (const text of ['{', '[]', '{"a":1}'])
    expect(() => readSourceAnnotations({ [SOURCE_ANNOTATIONS]: text })).toThrow('the record of annotations')
})
