import { describe, expect, test } from '@jest/globals'
import type { Component } from '../../src/sbom/contents.js'
import { writeCycloneDx } from '../../src/sbom/cyclonedx.js'
import { parseCycloneDx } from '../../src/sbom/read-cyclonedx.js'
import { writeSpdx } from '../../src/sbom/spdx.js'
import type { Sbom } from '../../src/sbom/subject.js'
import { PROGRAM_VERSION } from '../../src/util/text.js'
import { digestOf, MINIMAL, SAMPLE } from '../support/sboms.js'

// biome-ignore lint/suspicious/noExplicitAny: fields of a JSON document
const write = (sbom: Sbom): any => JSON.parse(writeSpdx(sbom))

const IMAGE = `SPDXRef-image-${'1'.repeat(64)}`
const FD = `SPDXRef-${'a'.repeat(32)}-fd-10.2.0`
const GLIBC = `SPDXRef-${'b'.repeat(32)}-glibc-2.40-66`
const CONFIG = `SPDXRef-${'c'.repeat(32)}-fd-config-1-x-.toml`
const ZLIB = `SPDXRef-${'d'.repeat(32)}-zlib-1.3`

describe('writeSpdx', () => {
  test('a small document', () => {
    const image = `SPDXRef-image-${'5'.repeat(64)}`
    const unknown = {
      supplier: 'NOASSERTION',
      downloadLocation: 'NOASSERTION',
      filesAnalyzed: false,
      licenseConcluded: 'NOASSERTION',
      licenseDeclared: 'NOASSERTION',
      copyrightText: 'NOASSERTION',
    }
    expect(write(MINIMAL)).toEqual({
      spdxVersion: 'SPDX-2.3',
      dataLicense: 'CC0-1.0',
      SPDXID: 'SPDXRef-DOCUMENT',
      name: 'fd for linux/amd64',
      documentNamespace: expect.stringMatching(/^urn:uuid:[0-9a-f-]{36}$/),
      creationInfo: { created: '1970-01-01T00:00:01Z', creators: [`Tool: nix-multiarch-${PROGRAM_VERSION}`] },
      comment: expect.stringContaining(
        'Licenses, sources, patches and identifiers of packages are not known.',
      ),
      packages: [
        {
          SPDXID: image,
          name: 'fd',
          versionInfo: digestOf('5'),
          ...unknown,
          primaryPackagePurpose: 'CONTAINER',
          checksums: [{ algorithm: 'SHA256', checksumValue: '5'.repeat(64) }],
          externalRefs: [
            {
              referenceCategory: 'PACKAGE-MANAGER',
              referenceType: 'purl',
              referenceLocator: `pkg:oci/fd@sha256%3A${'5'.repeat(64)}?arch=amd64`,
            },
          ],
        },
        {
          SPDXID: ZLIB,
          name: 'zlib',
          versionInfo: '1.3',
          ...unknown,
          externalRefs: [
            {
              referenceCategory: 'OTHER',
              referenceType: 'nix-store-path',
              referenceLocator: `/nix/store/${'d'.repeat(32)}-zlib-1.3`,
            },
          ],
        },
      ],
      relationships: [
        { spdxElementId: 'SPDXRef-DOCUMENT', relationshipType: 'DESCRIBES', relatedSpdxElement: image },
        { spdxElementId: image, relationshipType: 'CONTAINS', relatedSpdxElement: ZLIB },
      ],
    })
  })

  test('the same input gives the same bytes', () => {
    expect(writeSpdx(structuredClone(SAMPLE))).toBe(writeSpdx(SAMPLE))
  })

  test('the creator is the program, and the owner of the repository', () => {
    expect(write(SAMPLE).creationInfo).toEqual({
      created: '2024-11-28T10:33:09Z',
      creators: [`Tool: nix-multiarch-${PROGRAM_VERSION}`, 'Organization: ghcr.io/me/tools'],
    })
  })

  test('a package says where its sources are, without a checksum that is not its own', () => {
    const fd = write(SAMPLE).packages[1]
    expect(fd).toMatchObject({
      SPDXID: FD,
      supplier: 'Organization: ghcr.io/me/tools',
      downloadLocation: 'https://example.org/fd/archive/v10.2.0.tar.gz',
      licenseDeclared: 'MIT OR Apache-2.0',
      homepage: 'https://example.org/fd',
      sourceInfo: expect.stringMatching(
        /^Built from \S+ \(unpacked, as a NAR: sha256-\S+\), \S+ \(sha256-\S+\), mirror:\/\/gnu\/fd\.tar\.gz$/,
      ),
    })
    expect(fd).not.toHaveProperty('checksums')
  })

  test('licenses without an identifier are declared', () => {
    const { packages, hasExtractedLicensingInfos } = write(SAMPLE)
    expect(packages[2].licenseDeclared).toContain('LicenseRef-nixos-unfree')
    expect(hasExtractedLicensingInfos).toEqual([
      {
        licenseId: 'LicenseRef-nixos-unfree',
        name: 'unfree',
        extractedText: 'The flake states the license "unfree", which SPDX does not list.',
      },
    ])
  })

  test('patches are annotations, and fixes of vulnerabilities', () => {
    const { annotations, externalRefs } = write(SAMPLE).packages[2]
    expect(annotations.map(({ comment }: { comment: string }) => comment)).toEqual([
      'Built with the patch https://example.org/patches/CVE-2024-1234.patch, ' +
        'which resolves CVE-2024-1234, CVE-2024-1235',
      'Built with the patch CVE-2024-9.patch, which resolves CVE-2024-9',
      'Built with the patch no-etc.patch',
    ])
    expect(externalRefs.map((each: Record<string, string>) => each.referenceType)).toEqual([
      'cpe23Type',
      'nix-store-path',
      'nix-nar-hash',
      'fix',
    ])
  })

  /** A run that only has the published CycloneDX writes the same documents again. */
  test('documents that are written from CycloneDX are the same', () => {
    const facts = {
      description: 'a\nb',
      homepage: 'https://example.org/a b',
      licenses: 'see LICENSE (a)',
      cpe: 'wrong',
      sources: [
        { url: 'https://example.org/a b%' },
        { url: 'a relative/address' },
        { url: 'https://example.org/1', hash: `blake3-${'A'.repeat(43)}=` },
        { url: 'https://example.org/2', hash: `sha256-${'A'.repeat(40)}` },
        { url: 'https://example.org/3', hash: `blake3-${'A'.repeat(43)}=`, unpacked: true },
      ],
      patches: [
        {
          name: 'CVE-2024-1234.patch',
          url: 'https://example.org/commit/1?a=<b>',
          resolves: ['CVE-2024-1234'],
        },
        { name: 'a b.patch', resolves: [] },
      ],
    }
    const [first] = SAMPLE.contents.components
    const odd = { ...(first as Component), package: facts }
    const contents = { components: [odd, ...SAMPLE.contents.components.slice(1)], otherLayers: [] }
    for (const sbom of [SAMPLE, MINIMAL, { ...SAMPLE, contents }]) {
      const read = parseCycloneDx(writeCycloneDx(sbom))
      expect(writeSpdx(read)).toBe(writeSpdx(sbom))
      expect(writeCycloneDx(read)).toBe(writeCycloneDx(sbom))
    }
  })

  test('relationships are what the image contains, and the references of store paths', () => {
    const { relationships } = write(SAMPLE)
    const ofType = (type: string) =>
      relationships
        .filter(({ relationshipType }: Record<string, string>) => relationshipType === type)
        .map(({ spdxElementId, relatedSpdxElement }: Record<string, string>) => [
          spdxElementId,
          relatedSpdxElement,
        ])
    expect(ofType('DESCRIBES')).toEqual([['SPDXRef-DOCUMENT', IMAGE]])
    expect(ofType('CONTAINS')).toEqual([
      [IMAGE, FD],
      [IMAGE, GLIBC],
      [IMAGE, CONFIG],
      [IMAGE, ZLIB],
      [IMAGE, `SPDXRef-layers-${'3'.repeat(64)}`],
      [IMAGE, `SPDXRef-layers-${'4'.repeat(64)}`],
    ])
    expect(ofType('DEPENDS_ON')).toEqual([
      [FD, GLIBC],
      [FD, CONFIG],
    ])
  })

  test('the packages in the layers of a base image are not listed', () => {
    expect(write(SAMPLE).packages[5]).toMatchObject({
      name: 'debian:12',
      versionInfo: digestOf('3'),
      comment: expect.stringContaining('packages are not listed'),
    })
  })
})
