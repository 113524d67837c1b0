/**
 * Writes the job summaries that docs/images shows, as Markdown with invented figures:
 *
 *   npm run compile && node scripts/example-summaries.js FOLDER
 *
 * scripts/render-summary.mjs makes a picture of each file.
 */
import { createHash } from 'node:crypto'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { formatPlanSummary } from '../lib/src/command/plan/output.js'
import { formatBuildSummary } from '../lib/src/command/summary/build-summary.js'
import { formatMergeSummary } from '../lib/src/command/summary/merge-summary.js'

const [folder = '.'] = process.argv.slice(2)

const X86 = 'x86_64-linux'
const ARM = 'aarch64-linux'
const RISCV = 'riscv64-linux'
const PLATFORMS = { [X86]: 'linux/amd64', [ARM]: 'linux/arm64', [RISCV]: 'linux/riscv64' }

const digestOf = text => `sha256:${createHash('sha256').update(text).digest('hex')}`

/** Sizes in MB, layers, how each image was made, and when its build started and how long each phase took, in seconds. */
const IMAGES = [
  ['fdContainer', X86, 18.2, 9, 'built', { began: 7.7, build: 21.4, pack: 1.2, upload: 0.5 }],
  ['rgContainer', X86, 14.3, 7, 'fetched', { began: 7.7, build: 3.9, pack: 0.9, upload: 0.5 }],
  ['fdContainer', ARM, 17.8, 9, 'built', { began: 8.1, build: 24.8, pack: 1.3, upload: 0.6 }],
  ['rgContainer', ARM, 14.1, 7, 'cached', { began: 8.1, upload: 0.7 }],
  ['fdContainer', RISCV, 18.9, 9, 'emulated', { began: 8.0, build: 71, pack: 1.6, upload: 0.7 }],
].map(([container, system, size, layers, how, { began, ...times }]) => ({
  container,
  system,
  platform: PLATFORMS[system],
  size: size * 1e6,
  layers,
  digest: digestOf(`${container} ${system}`),
  derivation: '',
  how,
  cached: how === 'cached',
  began: began * 1000,
  times: inMilliseconds(times),
}))

function inMilliseconds(times) {
  return Object.fromEntries(Object.entries(times).map(([phase, seconds]) => [phase, seconds * 1000]))
}

const REPORTS = [
  [X86, { nix: 4.2, evaluate: 3.1, save: 0.9 }],
  [ARM, { nix: 4.6, evaluate: 3.3, save: 0.9 }],
  [RISCV, { nix: 4.4, evaluate: 3.2, save: 0.9 }],
].map(([system, times]) => ({
  began: 0,
  times: inMilliseconds(times),
  built: IMAGES.filter(image => image.system === system),
}))

const platformOf = ({ platform, system, digest, size, layers }) => ({
  platform,
  system,
  digest,
  size,
  layers,
})

function mergedOf(container, pushed, platforms = IMAGES.filter(image => image.container === container)) {
  return {
    container,
    digest: digestOf(container),
    platforms: platforms.map(platformOf),
    unchanged: false,
    kept: false,
    pushed,
  }
}

function pushOf(name, tags, { uploaded, existed, megabytes, left = [] }) {
  const repository = `ghcr.io/owner/${name}`
  return {
    image: `${repository}@${digestOf(name)}`,
    tags: tags.map(tag => `${repository}:${tag}`),
    left: left.map(([tag, why]) => ({ tag: `${repository}:${tag}`, why })),
    blobs: { uploaded, mounted: 0, existed },
    bytesSent: megabytes * 1e6,
    requests: 20,
  }
}

const JQ_PLATFORMS = [
  [X86, 9.3],
  [ARM, 9.1],
].map(([system, size]) => ({
  platform: PLATFORMS[system],
  system,
  digest: digestOf(`jqContainer ${system}`),
  size: size * 1e6,
  layers: 5,
}))

const MERGED = [
  mergedOf('fdContainer', [
    pushOf('fd', ['10.2.1', '10.2', '10', 'latest', 'main', 'sha-3f2a91c'], {
      uploaded: 12,
      existed: 18,
      megabytes: 21.4,
    }),
  ]),
  mergedOf('rgContainer', [
    pushOf('ripgrep', ['14.1.0', '14.1', 'sha-3f2a91c'], {
      uploaded: 4,
      existed: 12,
      megabytes: 5.1,
      left: [
        ['latest', 'it points to the newer version 15.0.1'],
        ['main', 'it points to a later commit, 9c0ffee1a2b3'],
      ],
    }),
  ]),
  {
    ...mergedOf(
      'jqContainer',
      [
        pushOf('jq', ['1.7.1', '1.7', '1', 'latest', 'main', 'sha-3f2a91c'], {
          uploaded: 0,
          existed: 12,
          megabytes: 0,
        }),
      ],
      JQ_PLATFORMS,
    ),
    unchanged: true,
    kept: true,
  },
]

const TIMES = inMilliseconds({ download: 1.9, verify: 0.6, upload: 4.1, tag: 1.3 })

/** The same run for a pull request: nothing is pushed, and unchanged containers have no archive. */
const TRIED = MERGED.slice(0, 2).map(merged => ({
  ...merged,
  pushed: [],
  archive: `${merged.container}.multi-arch.oci.tar`,
}))

const planned = (name, version, systems, decision) => ({
  name,
  imageName: name,
  version,
  systems: systems.map(system => ({ system, derivation: '', facts: {} })),
  ...decision,
})

const PLAN = {
  format: 1,
  containers: [
    planned('fdContainer', '10.2.1', [X86, ARM, RISCV], {
      build: true,
      why: `changed for ${[X86, ARM, RISCV].join(' and ')}`,
    }),
    planned('rgContainer', '14.1.0', [X86, ARM], {
      build: true,
      why: `changed for ${[X86, ARM].join(' and ')}`,
    }),
    planned('jqContainer', '1.7.1', [X86, ARM], {
      build: false,
      why: `unchanged since 1.7.1 (${digestOf('jqContainer').slice(0, 19)}…)`,
      standing: { image: '', digest: digestOf('jqContainer') },
    }),
  ],
}

const MATRIX = {
  include: [
    ['fdContainer rgContainer', X86, 'ubuntu-24.04', false],
    ['fdContainer rgContainer', ARM, 'ubuntu-24.04-arm', false],
    ['fdContainer', RISCV, 'ubuntu-24.04', true],
  ].map(([container, system, runner, emulated]) => ({ name: system, container, system, runner, emulated })),
}

const SUMMARIES = {
  plan: formatPlanSummary(PLAN, MATRIX),
  build: formatBuildSummary(REPORTS[0]),
  merge: formatMergeSummary(MERGED, REPORTS, { times: TIMES }),
  'pull-request': formatMergeSummary(TRIED, REPORTS, {
    times: { download: TIMES.download, verify: TIMES.verify },
    artifacts: { repository: 'owner/tools', run: '17023459012' },
  }),
}

for (const [name, markdown] of Object.entries(SUMMARIES)) {
  writeFileSync(join(folder, `summary-${name}.md`), `${markdown}\n`)
}
