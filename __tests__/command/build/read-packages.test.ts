import { expect, test } from '@jest/globals'
import { readPackages } from '../../../src/command/build/read-packages.js'

const PATH = `/nix/store/${'1'.repeat(32)}-hello-2.12`
const nothing = {
  name: null,
  version: null,
  description: null,
  homepage: null,
  licenses: null,
  cpe: null,
  purl: null,
}

/** What an evaluation says about one package. */
function factsOf(more: object) {
  return readPackages([{ paths: [PATH], ...nothing, sources: [], patches: [], ...more }]).get(PATH)
}

test('each output of a package has its facts', () => {
  const packages = readPackages([
    {
      ...nothing,
      paths: [PATH, `${PATH}-doc`],
      name: 'hello',
      version: '2.12',
      licenses: 'GPL-3.0-or-later',
      sources: [],
      patches: [],
    },
  ])
  expect([...packages.keys()]).toEqual([PATH, `${PATH}-doc`])
  expect(packages.get(`${PATH}-doc`)).toEqual({
    name: 'hello',
    version: '2.12',
    facts: { licenses: 'GPL-3.0-or-later', sources: [], patches: [] },
  })
})

test('a source has the first URL, at the host of a mirror, without its password', () => {
  const hash = `sha256-${'A'.repeat(43)}=`
  const source = {
    urls: ['mirror://gnu/hello/hello-2.12.tar.gz', 'https://other'],
    hash,
    algorithm: null,
    mode: 'flat',
  }
  const unpacked = { urls: ['https://me:secret@example.org/x.tar'], hash, algorithm: null, mode: 'recursive' }
  const local = { urls: [], hash: null, algorithm: null, mode: null }
  expect(factsOf({ sources: [source, unpacked, local] })?.facts.sources).toEqual([
    { url: 'https://ftp.gnu.org/gnu/hello/hello-2.12.tar.gz', hash },
    { url: 'https://example.org/x.tar', hash, unpacked: true },
  ])
})

test('a patch names the vulnerabilities that it resolves', () => {
  const patches = [
    { name: `${'2'.repeat(32)}-fix-build.patch`, url: null },
    { name: 'CVE-2024-1234+cve-2024-99999.patch', url: 'https://example.org/CVE-2023-0001' },
    { name: null, url: 'https://example.org' },
  ]
  expect(factsOf({ patches })?.facts.patches).toEqual([
    { name: 'fix-build.patch', resolves: [] },
    {
      name: 'CVE-2024-1234+cve-2024-99999.patch',
      url: 'https://example.org/CVE-2023-0001',
      resolves: ['CVE-2023-0001', 'CVE-2024-1234', 'CVE-2024-99999'],
    },
  ])
})

test('a text is one line, and an empty one is left out', () => {
  expect(factsOf({ description: ' two\nlines\u001b[31m ', homepage: '' })?.facts).toEqual({
    description: 'two lines',
    sources: [],
    patches: [],
  })
})
