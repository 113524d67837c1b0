import { readFileSync, writeFileSync } from 'node:fs'
import { basename, join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals'
import type { BuiltImage, RunReport } from '../../../src/command/shared/build-report.js'
import { readReports, uploadReport } from '../../../src/command/shared/build-report.js'
import { findArchives } from '../../../src/command/shared/find-archives.js'
import { openRunArtifacts } from '../../../src/command/shared/run-artifacts.js'
import type { Artifact, Artifacts } from '../../../src/host/host.js'
import { type TestHost, testHost } from '../../support/host.js'
import { builtOf, reportOf } from '../../support/reports.js'

/** Returns artifacts that record uploads and downloads. */
function createRecordingArtifacts(): Artifacts & {
  readonly files: Map<string, string>
  readonly downloads: string[]
} {
  const files = new Map<string, string>()
  const downloads: string[] = []
  const listed = (): Artifact[] =>
    [...files].map(([name, text], id) => ({ id, name, size: Buffer.byteLength(text) }))
  return {
    files,
    downloads,
    async upload(file) {
      files.set(basename(file), readFileSync(file, 'utf8'))
      return listed().at(-1) as Artifact
    },
    list: async () => listed(),
    async download({ name }, directory) {
      downloads.push(name)
      writeFileSync(join(directory, name), files.get(name) ?? '')
      return join(directory, name)
    },
  }
}

let artifacts: ReturnType<typeof createRecordingArtifacts>
let host: TestHost
beforeEach(() => {
  artifacts = createRecordingArtifacts()
  host = testHost({ kind: 'github', artifacts })
})
afterEach(() => host.remove())

const REPORT = reportOf([builtOf('fd', 'x86_64-linux'), builtOf('rg', 'x86_64-linux', { how: 'cached' })])

/** Returns the reports about images that were merged. */
function reportsOf(
  of: Pick<TestHost, 'artifacts' | 'temp' | 'log'>,
  merged: readonly BuiltImage[] = REPORT.built,
) {
  const images = merged.map(image => ({ ...image, image: { manifest: { digest: image.digest } } }))
  return readReports(openRunArtifacts(of), of.log, images)
}

test('the merge reads the reports of the build jobs', async () => {
  await uploadReport(REPORT, host)
  expect([...artifacts.files.keys()]).toEqual([
    expect.stringMatching(/^nix-multiarch-built-[0-9a-f]{10}\.json$/),
  ])
  expect(await reportsOf(host)).toEqual({ reports: [REPORT], unread: 0 })
})

test('a re-run job overwrites only its own report', async () => {
  const again: RunReport = { ...REPORT, built: REPORT.built.toReversed() }
  await uploadReport(REPORT, host)
  await uploadReport(again, host)
  expect(artifacts.files.size).toBe(1)
  await uploadReport(reportOf([builtOf('fd', 'aarch64-linux')]), host)
  expect(artifacts.files.size).toBe(2)
})

test.each([
  ['text that is not JSON', '{'],
  ['a report with another format', '{"format": 2}'],
  [
    'a report with missing fields',
    JSON.stringify({ format: 1, began: 1, times: {}, built: [{ container: 3 }] }),
  ],
  ['a report with a negative time', JSON.stringify({ format: 1, began: 1, times: { nix: -5 }, built: [] })],
])('%s is skipped', async (_, text) => {
  await uploadReport(REPORT, host)
  artifacts.files.set('nix-multiarch-built-0123456789.json', text)
  expect((await reportsOf(host)).reports).toEqual([REPORT])
})

test('other artifacts are not downloaded, and reports are not archives', async () => {
  artifacts.files.set('nix-multiarch-built-all.json', '{')
  await uploadReport(REPORT, host)
  expect((await reportsOf(host)).reports).toEqual([REPORT])
  const { log } = host
  const source = { artifacts: openRunArtifacts(host), defaultFolder: 'archives', log }
  await expect(findArchives(undefined, source)).rejects.toThrow('no artifact named *.oci.tar')
})

describe('readReports', () => {
  test('returns only the images that were merged', async () => {
    await uploadReport(REPORT, host)
    await uploadReport(reportOf([builtOf('jq', 'x86_64-linux')]), host)
    const { reports } = await reportsOf(host, [builtOf('rg', 'x86_64-linux')])
    expect(reports).toEqual([{ ...REPORT, built: REPORT.built.slice(1) }])
  })

  test('returns nothing if no report is about a merged image', async () => {
    await uploadReport(REPORT, host)
    expect((await reportsOf(host, [builtOf('jq', 'x86_64-linux')])).reports).toEqual([])
    expect((await reportsOf(host, [])).reports).toEqual([])
  })

  test('downloads a limited number of reports', async () => {
    for (let n = 0; n < 70; n++) await uploadReport(reportOf([builtOf(`c${n}`, 'x86_64-linux')]), host)
    const all = Array.from({ length: 70 }, (_, n) => builtOf(`c${n}`, 'x86_64-linux'))
    const { reports, unread } = await reportsOf(host, all)
    expect([reports.length, unread, artifacts.downloads.length]).toEqual([64, 6, 64])
  })

  test('does not download a report that is too large', async () => {
    const sizes = [4 * 1024 * 1024, 4 * 1024 * 1024 + 1]
    const listed = sizes.map((size, id) => ({ id, name: `nix-multiarch-built-000000000${id}.json`, size }))
    for (const { name } of listed) artifacts.files.set(name, JSON.stringify({ format: 1, ...REPORT }))
    const { reports, unread } = await reportsOf({
      ...host,
      artifacts: { ...artifacts, list: async () => listed },
    })
    expect([reports.length, unread]).toEqual([1, 0])
    expect(artifacts.downloads).toEqual([listed[0]?.name])
  })
})

test('a failure of the artifact service causes a warning', async () => {
  const broken = testHost({
    kind: 'github',
    artifacts: {
      ...artifacts,
      list: async () => Promise.reject(new Error('timeout')),
      upload: async () => Promise.reject(new Error('full')),
    },
  })
  await uploadReport(REPORT, broken)
  expect(await reportsOf(broken)).toEqual({ reports: [], unread: 0 })
  expect(broken.logged).toEqual([
    expect.stringMatching(/^warning: .*full$/),
    expect.stringMatching(/^warning: .*timeout$/),
  ])
  broken.remove()
})

test('outside GitHub, nothing is uploaded or read', async () => {
  const local = testHost()
  await uploadReport(REPORT, local)
  expect(await reportsOf(local)).toEqual({ reports: [], unread: 0 })
  local.remove()
})
