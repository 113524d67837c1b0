import { describe, expect, test } from '@jest/globals'
import { formatPlanSummary } from '../../../src/command/plan/output.js'
import type { PlanDocument } from '../../../src/command/shared/plan-document.js'
import { formatBuildSummary } from '../../../src/command/summary/build-summary.js'
import { formatMergeSummary, formatUnpushedSummary } from '../../../src/command/summary/merge-summary.js'
import { formatDigestCode } from '../../../src/util/markdown.js'
import { builtOf, digestOf, mergedOf, reportOf, sentOf } from '../../support/reports.js'

const X = 'x86_64-linux'
const ARM = 'aarch64-linux'

/** Returns the cells of all table rows that contain the text. */
const rowsWith = (markdown: string, text: string): string[][] =>
  markdown
    .split('\n')
    .filter(line => line.startsWith('| ') && line.includes(text))
    .map(line => line.slice(2, -2).split(' | '))

const code = (name: string): string => formatDigestCode(digestOf(name))

describe('the summary of a merge', () => {
  const fd = mergedOf('fd', [X, ARM], {
    pushed: [
      sentOf('fd', ['1.2.3', 'main'], {
        left: [{ tag: 'ghcr.io/owner/fd:latest', why: 'it points to the newer version 2.0.0' }],
      }),
    ],
  })
  const jq = mergedOf('jq', [X], {
    unchanged: true,
    kept: true,
    pushed: [sentOf('jq', ['1.7'], { blobs: { uploaded: 0, mounted: 0, existed: 9 }, bytesSent: 0 })],
  })
  const reports = [
    reportOf([builtOf('fd', X)]),
    reportOf([builtOf('fd', ARM, { how: 'emulated', times: { build: 61_000, pack: 900 } })]),
  ]
  const summary = formatMergeSummary([fd, jq], reports, { times: { download: 900, upload: 2000 } })

  test('summarizes the run in one sentence', () => {
    expect(summary).toContain('2 containers, 3 images: 1 built, 1 emulated, 1 unchanged; 5.0 MB uploaded.')
  })

  test('lists each platform of each container with its origin', () => {
    expect(rowsWith(summary, 'linux/')).toEqual([
      ['', '`linux/amd64`', 'built in 3.1 s', '7', '12.3 MB', code(`fd ${X}`)],
      ['', '`linux/arm64`', 'built under QEMU in 1 min 01 s', '7', '12.3 MB', code(`fd ${ARM}`)],
      ['', '`linux/amd64`', 'unchanged, from the registry', '7', '12.3 MB', code(`jq ${X}`)],
    ])
    expect(rowsWith(summary, '*all*').map(cells => cells[2])).toEqual([
      '5.0 MB in 4 blobs uploaded, 3 reused',
      'same digest as before, nothing to upload',
    ])
  })

  test('lists the tags, and why others were not changed', () => {
    expect(rowsWith(summary, '[`ghcr.io/')).toEqual([
      [
        '[`ghcr.io/owner/fd`](https://ghcr.io/owner/fd)',
        '`1.2.3` `main`',
        '`latest`: it points to the newer version 2.0.0',
      ],
      ['[`ghcr.io/owner/jq`](https://ghcr.io/owner/jq)', '`1.7`', ''],
    ])
  })

  test('has a pull command with the first tag', () => {
    expect(summary).toContain(
      '```sh\ndocker pull ghcr.io/owner/fd:1.2.3\ndocker pull ghcr.io/owner/jq:1.7\n```',
    )
  })

  test('has a chart of the times, each job from its own start', () => {
    const chart = /```mermaid\n([\s\S]*?)```/.exec(summary)?.[1]?.split('\n') ?? []
    expect(chart).toContain('  section x86_64-linux')
    expect(chart).toContain('  Nix 4.0 s :done, 0, 4000ms')
    expect(chart).toContain('  evaluate 2.0 s :done, 4000, 2000ms')
    expect(chart).toContain('  build fd 3.1 s :active, 7000, 3100ms')
    expect(chart).toContain('  build fd 1 min 01 s :active, 7000, 61000ms')
    expect(chart).toContain('  section merge')
    expect(chart).toContain('  upload 2.0 s :active, 900, 2000ms')
  })

  test('says how to verify signed images, after the pull commands', () => {
    expect(summary).not.toContain('#### Verify')
    const signed = formatMergeSummary([fd], reports, { verification: '```sh\nnix-multiarch verify x\n```' })
    expect(signed).toMatch(/#### Pull[\s\S]*#### Verify\n\n```sh\nnix-multiarch verify x\n```\n\n/)
  })

  test('has fewer details without reports', () => {
    const alone = formatMergeSummary([fd])
    expect(alone).toContain('1 container, 2 images; 5.0 MB uploaded.')
    expect(alone).not.toContain('mermaid')
  })

  test('has the commands to try an artifact of a pull request', () => {
    const tried = formatMergeSummary(
      [{ ...fd, pushed: [], archive: '/tmp/fd.multi-arch.oci.tar' }],
      reports,
      {
        artifacts: { repository: 'owner/tools', run: '17' },
      },
    )
    expect(tried).toContain('nothing was pushed.')
    expect(tried).toContain("gh api 'repos/owner/tools/actions/runs/17/artifacts?name=fd.multi-arch.oci.tar'")
    expect(tried).toContain('gh api "repos/owner/tools/actions/artifacts/$id/zip" > fd.multi-arch.oci.tar')
    expect(tried).toContain('docker load --input fd.multi-arch.oci.tar')
    expect(tried).not.toContain('docker pull')
  })

  test('lists the other archives that can be tried', () => {
    const files = ['fd', 'jq', 'rg'].map(name => mergedOf(name, [X], { archive: `/tmp/${name}.oci.tar` }))
    const tried = formatMergeSummary(files, [], { artifacts: { repository: 'owner/tools', run: '17' } })
    expect(tried).toContain('\n\nOther archives: `jq.oci.tar`, `rg.oci.tar`')
  })

  test('has the number of reports that were not read', () => {
    expect(formatMergeSummary([fd], reports, { unread: 186 })).toContain(
      '\n\n… and 186 more jobs with reports that were not read\n\n',
    )
    expect(summary).not.toContain('more job')
  })

  test('lists the archives in a folder', () => {
    expect(formatMergeSummary([{ ...fd, pushed: [], archive: 'out/fd.tar' }])).toContain('- `out/fd.tar`')
  })
})

describe('the summary of a failed merge', () => {
  test('marks the container whose tags could not be set', () => {
    const images = [mergedOf('fd', [X], { pushed: [sentOf('fd', ['1'])] }), mergedOf('rg', [X])]
    const rows = rowsWith(formatMergeSummary(images, [], { failed: ['rg'] }), '*all*')
    expect(rows.map(([name, , how]) => [name, how])).toEqual([
      ['**`fd`**', '5.0 MB in 4 blobs uploaded, 3 reused'],
      ['**`rg`**', '**failed**: not all tags are set'],
    ])
  })

  test('lists what was not pushed, and says that no tag was changed', () => {
    const images = [{ container: 'fd', platforms: ['linux/amd64', 'linux/arm64'], digest: digestOf('fd') }]
    const markdown = formatUnpushedSummary(images, 'Commit `abc`')
    expect(markdown).toContain('\n\nCommit `abc`\n\nThe merge failed. No tag was changed')
    expect(rowsWith(markdown, '`fd`')).toEqual([
      ['`fd`', '`linux/amd64` `linux/arm64`', '**not pushed**', code('fd')],
    ])
  })
})

describe('the summary of a failed build', () => {
  const unbuilt = [
    { container: 'rg', system: ARM, result: 'failed' },
    { container: 'jq', system: X, result: 'not started' },
  ] as const

  test('lists what failed, what was not started and what was built', () => {
    const markdown = formatBuildSummary(reportOf([builtOf('fd', X)]), { unbuilt })
    expect(markdown).toMatch(/^### Built 1 of 3 images\n/)
    expect(rowsWith(markdown, 'linux/').map(cells => cells.slice(0, 3))).toEqual([
      ['`rg`', '`linux/arm64`', '**failed**'],
      ['`jq`', '`linux/amd64`', '**not started**'],
      ['`fd`', '`linux/amd64`', 'built in 3.1 s'],
    ])
    expect(rowsWith(markdown, '`fd`')[0]?.at(-1)).toBe(code(`fd ${X}`))
  })

  test('exists without a built image', () => {
    expect(formatBuildSummary(reportOf([]), { unbuilt })).toMatch(/^### Built 0 of 2 images\n[\s\S]*failed/)
  })
})

describe('text from a flake', () => {
  const EVIL = 'a | b\n\n# x <img src=y> `c` @who [l](u) ``` :done, 0, 1ms'
  const LEFT = [{ tag: 'ghcr.io/owner/fd:latest', why: EVIL }]
  const plan = {
    format: 1,
    containers: [{ name: EVIL, imageName: EVIL, build: true, why: EVIL, version: EVIL, systems: [] }],
  } satisfies PlanDocument
  const job = { name: EVIL, container: EVIL, system: X, runner: EVIL, emulated: false } as const

  test.each([
    [
      'merge',
      formatMergeSummary(
        [mergedOf(EVIL, [X], { pushed: [sentOf('fd', [EVIL], { left: LEFT })] })],
        [reportOf([builtOf(EVIL, X, { platform: EVIL })])],
      ),
    ],
    ['archives', formatMergeSummary([mergedOf('fd', [X], { archive: EVIL })])],
    [
      'trial',
      formatMergeSummary([mergedOf('fd', [X], { archive: EVIL })], [], {
        artifacts: { repository: EVIL, run: EVIL },
      }),
    ],
    ['build', formatBuildSummary(reportOf([builtOf(EVIL, X)]))],
    ['plan', formatPlanSummary(plan, { include: [job] })],
  ])('cannot break the summary of %s', (_, markdown) => {
    const plain = markdown.replace(/^(`{3,})\w*\n[\s\S]*?^\1$/gm, 'FENCED')
    const outside = plain
      .replace(/\[(`[^`\n]+`)\]\(https:\/\/ghcr\.io\/owner\/fd\)/g, '$1')
      .replace(/`[^`\n]+`/g, '')
      .replace(/<\/?(details|summary)>|<br>/g, '')
      .replace(/<code>sha256:[0-9a-f]{32}<wbr>[0-9a-f]{32}<\/code>/g, '')
    expect(outside).not.toMatch(/<|@|\[|`|^# /m)
    const widths = plain
      .split('\n\n')
      .filter(part => part.startsWith('| '))
      .map(part => new Set(part.split('\n').map(line => line.split('|').length)).size)
    expect(widths.every(count => count === 1)).toBe(true)
  })

  test('cannot add bars to the chart', () => {
    const markdown = formatBuildSummary(reportOf([builtOf('x :crit, 0, 9ms\nclick a href "u"', X)]))
    const chart = /```mermaid\n([\s\S]*?)```/.exec(markdown)?.[1] ?? ''
    expect(chart).not.toMatch(/:crit|^\s*(click|x)/m)
  })
})

test('the summary of many containers is readable and far below the limit', () => {
  const names = Array.from({ length: 1500 }, (_, n) => `container-${n}`)
  const merged = names.map(name => mergedOf(name, [X, ARM], { pushed: [sentOf(name, ['1.0', 'main'])] }))
  const markdown = formatMergeSummary(merged, [reportOf(names.map(name => builtOf(name, X)))])
  expect(Buffer.byteLength(markdown)).toBeLessThan(100_000)
  expect(markdown).toContain('… and 1400 more containers')
  expect(markdown.match(/^docker pull/gm)).toHaveLength(10)
  expect(markdown).toContain('… and 1490 more images')
  expect(markdown.match(/^ {2}build .*ms$/gm)).toHaveLength(12)
})

describe('the summary of a plan', () => {
  const base = {
    imageName: 'x',
    systems: [{ system: X, derivation: '/nix/store/x.drv', facts: {} }],
  } as const
  const document: PlanDocument = {
    format: 1,
    containers: [
      { ...base, name: 'fd', build: true, why: 'its derivation is another', version: '1.2.3' },
      {
        ...base,
        name: 'jq',
        build: false,
        why: 'unchanged',
        standing: { image: 'r/jq', digest: digestOf('jq') },
      },
    ],
  }
  const job = {
    name: 'fd',
    container: 'fd',
    system: X,
    runner: ['self-hosted', 'x'],
    emulated: true,
  } as const

  test('shows for each container if it is built, and why', () => {
    const markdown = formatPlanSummary(document, { include: [job] })
    expect(rowsWith(markdown, '`fd`')).toEqual([
      ['`fd`', '`1.2.3`', 'x86&#95;64', '**build**', 'its derivation is another'],
      ['`fd`', '`x86_64-linux`', '`self-hosted` `x` with QEMU'],
    ])
    expect(rowsWith(markdown, '`jq`')).toEqual([
      ['`jq`', '', 'x86&#95;64', `reuse ${code('jq')}`, 'unchanged'],
    ])
  })

  test('reports if nothing has to be built', () => {
    expect(formatPlanSummary({ format: 1, containers: [] }, { include: [] })).toContain('nothing to do')
  })
})
