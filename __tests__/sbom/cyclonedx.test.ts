import { describe, expect, test } from '@jest/globals'
import type { PackageFacts } from '../../src/sbom/contents.js'
import { writeCycloneDx } from '../../src/sbom/cyclonedx.js'
import { parseCycloneDx } from '../../src/sbom/read-cyclonedx.js'
import type { Sbom } from '../../src/sbom/subject.js'
import { PROGRAM_VERSION } from '../../src/util/text.js'
import { digestOf, MINIMAL, PATHS, SAMPLE } from '../support/sboms.js'

// biome-ignore lint/suspicious/noExplicitAny: fields of a JSON document
const write = (sbom: Sbom): any => JSON.parse(writeCycloneDx(sbom))

/** The component of a package with these facts. */
// biome-ignore lint/suspicious/noExplicitAny: fields of a JSON document
function componentWith(facts: Partial<PackageFacts>): any {
  const components = [
    {
      path: PATHS.zlib,
      name: 'zlib',
      version: '1.3',
      references: [],
      package: { sources: [], patches: [], ...facts },
    },
  ]
  return write({ ...MINIMAL, contents: { components, otherLayers: [] } }).components[0]
}

describe('writeCycloneDx', () => {
  test('a small document', () => {
    expect(write(MINIMAL)).toEqual({
      $schema: 'http://cyclonedx.org/schema/bom-1.6.schema.json',
      bomFormat: 'CycloneDX',
      specVersion: '1.6',
      serialNumber: expect.stringMatching(
        /^urn:uuid:[0-9a-f]{8}-[0-9a-f]{4}-5[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/,
      ),
      version: 1,
      metadata: {
        lifecycles: [{ phase: 'post-build' }],
        tools: { components: [{ type: 'application', name: 'nix-multiarch', version: PROGRAM_VERSION }] },
        component: {
          type: 'container',
          'bom-ref': digestOf('5'),
          name: 'fd',
          version: digestOf('5'),
          hashes: [{ alg: 'SHA-256', content: '5'.repeat(64) }],
          purl: `pkg:oci/fd@sha256%3A${'5'.repeat(64)}?arch=amd64`,
          properties: [{ name: 'nix-multiarch:platform', value: 'linux/amd64' }],
        },
      },
      components: [
        {
          type: 'library',
          'bom-ref': PATHS.zlib,
          name: 'zlib',
          version: '1.3',
          properties: [{ name: 'nix:store_path', value: PATHS.zlib }],
        },
      ],
      dependencies: [
        { ref: digestOf('5'), dependsOn: [PATHS.zlib] },
        { ref: PATHS.zlib, dependsOn: [] },
      ],
      compositions: [
        { aggregate: 'complete', assemblies: [digestOf('5')] },
        // Without Nix, nobody knows the references of a store path.
        { aggregate: 'unknown', dependencies: [PATHS.zlib] },
      ],
    })
  })

  test('the same input gives the same bytes, and another input another serial number', () => {
    expect(writeCycloneDx(structuredClone(SAMPLE))).toBe(writeCycloneDx(SAMPLE))
    const renamed = { ...SAMPLE, subject: { ...SAMPLE.subject, name: 'other' } }
    expect(write(renamed).serialNumber).not.toBe(write(SAMPLE).serialNumber)
  })

  test('the time is that of the commit', () => {
    expect(write(SAMPLE).metadata.timestamp).toBe('2024-11-28T10:33:09Z')
  })

  test('the owner of the repository supplies the image and its packages', () => {
    const { metadata, components } = write(SAMPLE)
    expect(metadata.supplier).toEqual({ name: 'ghcr.io/me/tools' })
    expect(components.map(({ supplier }: { supplier: unknown }) => supplier)).toEqual(
      components.map(() => ({ name: 'ghcr.io/me/tools' })),
    )
    expect(metadata.component.purl).toBe(
      `pkg:oci/fd@sha256%3A${'1'.repeat(64)}?arch=arm&repository_url=ghcr.io/me/tools/fd`,
    )
  })

  test('a store path without a version has its hash as the version', () => {
    expect(write(SAMPLE).components[2]).toMatchObject({
      name: 'fd+config_1=x?.toml',
      version: 'c'.repeat(32),
    })
  })

  test('licenses are one expression', () => {
    expect(componentWith({ licenses: 'MIT' }).licenses).toEqual([{ expression: 'MIT' }])
    expect(componentWith({ licenses: 'MIT OR LicenseRef-nixos-unfree' }).licenses).toEqual([
      { expression: 'MIT OR LicenseRef-nixos-unfree' },
    ])
    expect(componentWith({ licenses: 'see LICENSE' }).licenses).toEqual([
      { license: { name: 'see LICENSE' } },
    ])
    expect(componentWith({}).licenses).toBeUndefined()
  })

  test('patches say which vulnerabilities they resolve', () => {
    const [, glibc] = write(SAMPLE).components
    expect(glibc.pedigree.patches).toEqual([
      {
        type: 'unofficial',
        diff: { url: 'https://example.org/patches/CVE-2024-1234.patch' },
        resolves: [
          { type: 'security', id: 'CVE-2024-1234' },
          { type: 'security', id: 'CVE-2024-1235' },
        ],
      },
      {
        type: 'unofficial',
        diff: { url: 'CVE-2024-9.patch' },
        resolves: [{ type: 'security', id: 'CVE-2024-9' }],
      },
      { type: 'unofficial', diff: { url: 'no-etc.patch' } },
    ])
  })

  test('only the hash of a file is a hash of the source', () => {
    const [unpacked, file, unknown] = write(SAMPLE).components[0].externalReferences.slice(1)
    expect(unpacked).not.toHaveProperty('hashes')
    expect(unpacked.comment).toMatch(/NAR: sha256-/)
    expect(file.hashes).toEqual([{ alg: 'SHA-256', content: expect.stringMatching(/^e3b0c44298fc1c149afb/) }])
    expect(unknown).toEqual({ type: 'source-distribution', url: 'mirror://gnu/fd.tar.gz' })
  })

  test('wrong identifiers are left out, and addresses are escaped', () => {
    expect(componentWith({ cpe: 'cpe:2.3:a:gnu', purl: 'github/x' })).not.toHaveProperty('cpe')
    expect(componentWith({ cpe: 'cpe:2.3:a:gnu', purl: 'github/x' })).not.toHaveProperty('purl')
    const addressOf = (homepage: string) => componentWith({ homepage }).externalReferences[0].url
    expect(addressOf('https://example.org/a b|c%20%#é[1]')).toBe(
      'https://example.org/a%20b%7Cc%20%25#%C3%A9%5B1%5D',
    )
    // Two fragments, a port that is a word, and half a character: a reader would refuse the document.
    expect(addressOf('https://a.org/#b#c')).toBe('https%3A%2F%2Fa.org%2F%23b%23c')
    expect(addressOf('https://a.org:b/')).toBe('https%3A%2F%2Fa.org%3Ab%2F')
    expect(addressOf('\ud800')).toBe('%EF%BF%BD')
  })

  test('the layers of a base image are one component, and the document says that it is incomplete', () => {
    const { components, dependencies, compositions } = write(SAMPLE)
    expect(
      components
        .slice(4)
        .map(({ type, name, properties }: Record<string, unknown>) => ({ type, name, properties })),
    ).toEqual([
      {
        type: 'container',
        name: 'debian:12',
        properties: [
          { name: 'nix-multiarch:diff_id', value: digestOf('2') },
          { name: 'nix-multiarch:diff_id', value: digestOf('3') },
        ],
      },
      {
        type: 'container',
        name: 'unknown-layers',
        properties: [{ name: 'nix-multiarch:diff_id', value: digestOf('4') }],
      },
    ])
    const others = [`layers:${digestOf('3')}`, `layers:${digestOf('4')}`]
    expect(dependencies[0]).toEqual({ ref: digestOf('1'), dependsOn: [PATHS.fd, PATHS.zlib, ...others] })
    expect(compositions).toEqual([
      { aggregate: 'incomplete', assemblies: [digestOf('1')] },
      { aggregate: 'incomplete', assemblies: others },
      { aggregate: 'complete', dependencies: [PATHS.fd, PATHS.glibc, PATHS.config] },
      { aggregate: 'unknown', dependencies: [PATHS.zlib] },
    ])
  })

  test('a description cannot change the terminal', () => {
    const sbom = structuredClone(MINIMAL)
    const text = writeCycloneDx({ ...sbom, subject: { ...sbom.subject, name: 'a\u202eb\u009b' } })
    expect(text).toContain('a\\u202eb\\u009b')
  })
})

describe('parseCycloneDx', () => {
  test.each([
    ['everything', SAMPLE],
    ['little', MINIMAL],
  ])('reads a document with %s', (_, sbom) => {
    expect(parseCycloneDx(writeCycloneDx(sbom))).toEqual(sbom)
  })

  test.each([
    ['not JSON', 'x', 'the SBOM is not JSON'],
    ['another format', '{"spdxVersion":"SPDX-2.3"}', 'it is not an SBOM in CycloneDX'],
    [
      'a wrong time',
      writeCycloneDx(SAMPLE).replace('2024-11-28T10', '2024-99-28T10'),
      'metadata.timestamp is not a time',
    ],
    [
      'a wrong size',
      writeCycloneDx(SAMPLE).replace('"4000000"', '"4e"'),
      'nix:narinfo:nar_size is not a whole number',
    ],
    [
      'the document of another program',
      '{"bomFormat":"CycloneDX","metadata":{"component":{"name":"x"}}}',
      'metadata.component has no property nix-multiarch:platform',
    ],
  ])('refuses %s', (_, text, message) => {
    expect(() => parseCycloneDx(text)).toThrow(message)
  })
})
