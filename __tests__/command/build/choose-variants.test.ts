import { expect, test } from '@jest/globals'
import { createVariantChooser } from '../../../src/command/build/choose-variants.js'
import type { Log } from '../../../src/host/host.js'
import type { Container } from '../../../src/nix/container.js'
import type { ExecResult } from '../../../src/util/exec.js'
import { derivationOf, fakeNix } from '../../nix/fakes.js'
import { containerOf } from '../../support/archives.js'

/** Containers with a stream. */
const makeContainers = (count: number): Container[] =>
  Array.from({ length: count }, (_, n) => {
    const stream = { derivation: derivationOf(`${n}-stream`), output: 'out' }
    return containerOf(`app${n}`, 'x86_64-linux', { derivation: derivationOf(`${n}`), stream })
  })

function chooser(
  containers: readonly Container[],
  dryRun: Partial<ExecResult>,
  canUse: (variant: Container) => boolean = () => true,
) {
  const nix = fakeNix({ answer: () => ({ stdout: '[]', ...dryRun }) })
  const choose = createVariantChooser(containers, {
    nix,
    host: { log: { debug() {} } as unknown as Log, signal: new AbortController().signal },
    canUse: async variant => canUse(variant),
    nixOptions: ['--option', 'build-poll-interval', '1'],
    extraCaches: ['file:///cache?trusted=1'],
  })
  return { nix, chosen: () => Promise.all(containers.map(async each => (await choose(each)).derivation)) }
}

const toBuild = (...names: string[]): string =>
  [
    `these ${names.length} derivations will be built:`,
    ...names.map(name => `  ${derivationOf(name)}`),
    '',
  ].join('\n')

test('one dry run with the caches of the builds is for fifty containers', async () => {
  const containers = makeContainers(50)
  const { nix, chosen } = chooser(containers, { stderr: toBuild('1-stream', '2', '3-stream', '3') })
  const derivations = await chosen()
  expect(derivations.slice(0, 5)).toEqual(
    ['0-stream', '1', '2-stream', '3-stream', '4-stream'].map(derivationOf),
  )
  expect(nix.asked).toHaveLength(1)
  const [args = []] = nix.asked
  expect(args.slice(0, 13)).toEqual([
    'build',
    '--dry-run',
    '--no-link',
    '--json',
    '--option',
    'build-poll-interval',
    '1',
    '--option',
    'extra-substituters',
    'file:///cache?trusted=1',
    '--option',
    'fallback',
    'true',
  ])
  expect(args.slice(13)).toHaveLength(100)
})

test('Nix is not asked about images that have no stream, or whose stream cannot be run', async () => {
  const [first, second, ...others] = makeContainers(3) as [Container, Container]
  const { stream, ...plain } = second
  const { nix, chosen } = chooser([first, plain, ...others], {}, variant => variant.name === 'none')
  expect(await chosen()).toEqual(['0', '1', '2'].map(derivationOf))
  expect(nix.asked).toEqual([])
})

test('if the dry run fails, streams are built', async () => {
  const { nix, chosen } = chooser(makeContainers(2), { code: 1, stderr: 'error: no daemon' })
  expect(await chosen()).toEqual(['0-stream', '1-stream'].map(derivationOf))
  expect(nix.asked).toHaveLength(1)
})
