import { expect, test } from '@jest/globals'
import { writeIndexCycloneDx, writeIndexSpdx } from '../../src/sbom/index-sbom.js'
import { digestOf, SAMPLE_INDEX } from '../support/sboms.js'

test('the SBOM of an index lists its platforms in CycloneDX', () => {
  const { metadata, components, dependencies } = JSON.parse(writeIndexCycloneDx(SAMPLE_INDEX))
  expect(metadata.component).toMatchObject({
    'bom-ref': digestOf('6'),
    purl: `pkg:oci/fd@sha256%3A${'6'.repeat(64)}?repository_url=ghcr.io/me/tools/fd`,
  })
  expect(components).toMatchObject([
    {
      type: 'container',
      hashes: [{ alg: 'SHA-256', content: '5'.repeat(64) }],
      properties: [{ name: 'nix-multiarch:platform', value: 'linux/amd64' }],
    },
    {
      purl: `pkg:oci/fd@sha256%3A${'1'.repeat(64)}?arch=arm&repository_url=ghcr.io/me/tools/fd`,
      properties: [{ name: 'nix-multiarch:platform', value: 'linux/arm/v7' }],
    },
  ])
  expect(dependencies[0]).toEqual({ ref: digestOf('6'), dependsOn: [digestOf('5'), digestOf('1')] })
})

test('the SBOM of an index lists its platforms as variants in SPDX', () => {
  const { packages, relationships } = JSON.parse(writeIndexSpdx(SAMPLE_INDEX))
  const [index, amd64, arm] = ['6', '5', '1'].map(digit => `SPDXRef-image-${digit.repeat(64)}`)
  expect(packages.map(({ SPDXID }: { SPDXID: string }) => SPDXID)).toEqual([index, amd64, arm])
  expect(packages[2].comment).toBe('The image for linux/arm/v7.')
  const variants = relationships.filter(
    ({ relationshipType }: Record<string, string>) => relationshipType === 'VARIANT_OF',
  )
  expect(variants).toEqual([
    { spdxElementId: amd64, relationshipType: 'VARIANT_OF', relatedSpdxElement: index },
    { spdxElementId: arm, relationshipType: 'VARIANT_OF', relatedSpdxElement: index },
  ])
})

test('the same index gives the same bytes', () => {
  expect(writeIndexCycloneDx(structuredClone(SAMPLE_INDEX))).toBe(writeIndexCycloneDx(SAMPLE_INDEX))
  expect(writeIndexSpdx(structuredClone(SAMPLE_INDEX))).toBe(writeIndexSpdx(SAMPLE_INDEX))
})
