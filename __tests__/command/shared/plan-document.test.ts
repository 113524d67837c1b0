import { expect, test } from '@jest/globals'
import { groupPlannedImages } from '../../../src/command/shared/look-up-published-images.js'
import { encodePlan, type PlanDocument, parsePlan } from '../../../src/command/shared/plan-document.js'
import { describeDifference } from '../../../src/command/shared/published-images.js'
import type { Container } from '../../../src/nix/container.js'
import { DERIVATION, SYSTEM } from '../../../src/oci/annotation-keys.js'
import { digestOf } from '../../../src/oci/digest.js'
import { testHost } from '../../support/host.js'

const container: Container = {
  name: 'fd',
  system: 'x86_64-linux',
  attribute: 'packages.x86_64-linux.fd',
  builder: 'x86_64-linux',
  derivation: '/nix/store/1-fd.drv',
  output: 'out',
  streamed: false,
  imageTag: '1.0.0',
}
const deferred: Container = {
  ...container,
  system: 'aarch64-linux',
  attribute: 'packages.aarch64-linux.fd',
  derivation: '',
  deferred: true,
}

test('a container that its build job evaluates has no derivation in the plan, and is built', () => {
  const host = testHost()
  const ref = { kind: 'unknown' } as never
  const [image] = groupPlannedImages([container, deferred], { ref, version: undefined }, host)
  host.remove()
  expect(image).toMatchObject({ name: 'fd', version: '1.0.0' })
  const systems = image?.systems ?? []
  expect(systems.map(({ system, derivation }) => [system, derivation])).toEqual([
    ['x86_64-linux', '/nix/store/1-fd.drv'],
    ['aarch64-linux', undefined],
  ])
  const plan: PlanDocument = {
    format: 1,
    containers: [{ name: 'fd', imageName: 'fd', build: true, why: 'new', systems }],
  }
  expect(parsePlan(encodePlan(plan), 'plan.json')).toEqual(plan)
  const manifests = ['x86_64-linux', 'aarch64-linux'].map(system => ({
    mediaType: 'application/vnd.oci.image.manifest.v1+json',
    digest: digestOf(Buffer.from(system)),
    size: 1,
    annotations: { [SYSTEM]: system, [DERIVATION]: '/nix/store/1-fd.drv' },
  }))
  expect(describeDifference(manifests, systems)).toBe('changed for aarch64-linux')
})
