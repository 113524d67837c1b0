import type { Check } from './check.js'
import { FIFTY } from './fifty.js'
import { isPushed, REPOSITORY } from './pushed.js'
import type { Contestant, Scenario } from './scenario.js'
import {
  BUILD_BOTH,
  CHANGED,
  CRANE,
  fullScript,
  GZIPPED,
  ours,
  PLAIN,
  podman,
  type Source,
  skopeo,
  type Way,
} from './ways.js'

const TARGET = `$REGISTRY/${REPOSITORY}`

const contestant = (way: Way, source: Source, check: Check = isPushed()): Contestant => ({
  name: way.name,
  script: fullScript(way, way.script(source, TARGET)),
  check,
  ...(way.peer && { peer: way.peer }),
})

/** Not compared with peers, because it starts from the archives of two build jobs. */
const mergeOnly: Contestant = {
  name: 'nix-multiarch merge (the merge job alone)',
  script: `nix-multiarch merge --archives $KEPT/archives --image ${TARGET}`,
  check: isPushed(),
}

/** The image was rebuilt with the same layers, but its derivation differs from the recorded one. */
const rebuilt: Contestant = {
  ...contestant(ours(), { ...PLAIN, flake: '$REBUILT_FLAKE' }),
  name: 'nix-multiarch publish, the same layers from another derivation',
  before: contestant(ours(), PLAIN).script,
}

const PLAIN_WAYS: readonly Way[] = [ours(), skopeo(), CRANE, podman()]
const ZSTD_WAYS: readonly Way[] = [
  ours('--compression zstd'),
  skopeo('--dest-compress-format zstd'),
  podman('--compression-format zstd'),
]

const withPreviousPush = (one: Contestant): Contestant => ({ ...one, before: one.script })

export const PUSH: readonly Scenario[] = [
  {
    name: 'push-tar',
    title: 'Push, cold: two plain docker-archives to one multi-arch tag',
    about: 'The registry is empty before each run.',
    registry: 'fresh',
    contestants: PLAIN_WAYS.map(way => contestant(way, PLAIN)),
  },
  {
    name: 'push-tar-gz',
    title: 'Push, cold: two gzipped docker-archives to one multi-arch tag',
    about:
      'The registry is empty before each run. The merge job starts from the archives of two build jobs. crane cannot open gzipped docker-archives.',
    registry: 'fresh',
    before: BUILD_BOTH,
    contestants: [...[ours(), skopeo(), podman()].map(way => contestant(way, GZIPPED)), mergeOnly],
  },
  {
    name: 'push-zstd',
    title: 'Push, cold, zstd: two plain docker-archives to one multi-arch tag',
    about:
      'The registry is empty before each run. All use their default zstd level; crane does not support zstd.',
    registry: 'fresh',
    contestants: ZSTD_WAYS.map(way => contestant(way, PLAIN, isPushed('zstd'))),
  },
  {
    name: 'push-changed',
    title: 'Push with one layer of 30 changed',
    about:
      'Before each run, the registry contains the previous image, pushed by the same contestant. There are no local caches, as on a fresh runner. The layer has average size and has changed for both platforms.',
    registry: 'restored',
    contestants: PLAIN_WAYS.map(way => ({
      ...contestant(way, CHANGED),
      before: contestant(way, PLAIN).script,
    })),
  },
  {
    name: 'push-again',
    title: 'Push with nothing changed',
    about:
      'The registry contains the same image, pushed from plain docker-archives. There are no local caches, as on a fresh runner.',
    registry: 'restored',
    before: BUILD_BOTH,
    contestants: [...PLAIN_WAYS.map(way => contestant(way, PLAIN)), mergeOnly]
      .map(withPreviousPush)
      .concat(rebuilt),
  },
  FIFTY,
]
