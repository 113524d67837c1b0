import { CACHES } from './caches.js'
import { isImageArchive, isIndexArchive, isNothing, isPushed } from './check.js'
import { INSTALL } from './install.js'
import { PLAN } from './plan.js'
import type { Contestant, Scenario } from './scenario.js'

const BOTH = '--systems "x86_64-linux aarch64-linux"'
const BUILD_BOTH = `nix-multiarch build --flake $FLAKE --containers gzip ${BOTH} --output $KEPT/archives`
// Containers' own storage is never used, but podman wants to have one.
const PODMAN = 'podman --storage-driver vfs --root $TMPDIR/images --runroot $TMPDIR/run'

const lines = (...parts: readonly string[]): string => parts.join('\n')

const packOurs = (container: string, compression: string): string =>
  `nix-multiarch build --flake $FLAKE --containers ${container} --systems x86_64-linux --compression ${compression} --output .`

const podmanList = (first: string, second: string): string =>
  lines(
    `podman() { ${PODMAN.replace('podman', 'command podman')} "$@"; }`,
    'podman manifest create bench',
    `podman manifest add bench ${first}`,
    `podman manifest add bench ${second}`,
  )

const DOCKER_ARCHIVES = ['docker-archive:$AMD64_TAR_GZ', 'docker-archive:$ARM64_TAR_GZ'] as const

const joinLayout = lines(
  'oras manifest index create --oci-layout layout:latest amd64 arm64',
  'tar -c -C layout -f out.oci.tar oci-layout index.json blobs',
)

const PACK: readonly Scenario[] = [
  {
    name: 'pack-tar',
    title: 'Pack: one plain docker-archive to one OCI archive, gzip',
    about:
      'Ours begins at the flake: its time holds the evaluation and a build with nothing to do, which the last row shows alone.',
    contestants: [
      {
        name: 'nix-multiarch build',
        script: packOurs('plain', 'gzip'),
        check: isImageArchive('plain-x86_64-linux.oci.tar', 'gzip'),
      },
      {
        name: 'skopeo copy',
        script: 'skopeo copy docker-archive:$AMD64_TAR oci-archive:out.tar',
        check: isImageArchive('out.tar', 'gzip'),
      },
      {
        name: 'nix build (nothing to do)',
        script:
          'nix --extra-experimental-features "nix-command flakes" build --option build-users-group "" --no-link $FLAKE#packages.x86_64-linux.plain',
        check: isNothing,
      },
    ],
  },
  {
    name: 'pack-tar-gz',
    title: 'Pack: one gzipped docker-archive to one OCI archive, gzip',
    about: 'As above; skopeo unpacks the archive to a temporary file first.',
    contestants: [
      {
        name: 'nix-multiarch build',
        script: packOurs('gzip', 'gzip'),
        check: isImageArchive('gzip-x86_64-linux.oci.tar', 'gzip'),
      },
      {
        name: 'skopeo copy',
        script: 'skopeo copy docker-archive:$AMD64_TAR_GZ oci-archive:out.tar',
        check: isImageArchive('out.tar', 'gzip'),
      },
    ],
  },
  {
    name: 'pack-zstd',
    title: 'Pack: one plain docker-archive to one OCI archive, zstd',
    about: 'Both at their own default level of zstd.',
    contestants: [
      {
        name: 'nix-multiarch build',
        script: packOurs('plain', 'zstd'),
        check: isImageArchive('plain-x86_64-linux.oci.tar', 'zstd'),
      },
      {
        name: 'skopeo copy',
        script: 'skopeo copy --dest-compress-format zstd docker-archive:$AMD64_TAR oci-archive:out.tar',
        check: isImageArchive('out.tar', 'zstd'),
      },
    ],
  },
]

const MERGE: readonly Scenario[] = [
  {
    name: 'merge-archives',
    title: 'Merge: two OCI archives to one multi-arch archive',
    about: 'Nothing is compressed here. All begin at the two archives that `nix-multiarch build` left.',
    before: BUILD_BOTH,
    contestants: [
      {
        name: 'nix-multiarch merge',
        script: 'nix-multiarch merge --archives $KEPT/archives --archive out.oci.tar',
        check: isIndexArchive('out.oci.tar'),
      },
      {
        name: 'oras cp ×2, index create, tar',
        script: lines(
          'oras cp --from-oci-layout $KEPT/archives/gzip-x86_64-linux.oci.tar:1.0.0 --to-oci-layout layout:amd64',
          'oras cp --from-oci-layout $KEPT/archives/gzip-aarch64-linux.oci.tar:1.0.0 --to-oci-layout layout:arm64',
          joinLayout,
        ),
        check: isIndexArchive('out.oci.tar', 'latest'),
      },
      {
        name: 'podman manifest, push to oci-archive',
        script: lines(
          podmanList(
            'oci-archive:$KEPT/archives/gzip-x86_64-linux.oci.tar',
            'oci-archive:$KEPT/archives/gzip-aarch64-linux.oci.tar',
          ),
          'podman manifest push --all bench oci-archive:$PWD/out.oci.tar',
        ),
        check: isIndexArchive('out.oci.tar'),
      },
    ],
  },
  {
    name: 'merge-whole',
    title: 'The whole way to a file: two gzipped docker-archives to one multi-arch archive',
    about: 'Compression included; no registry and no daemon.',
    contestants: [
      {
        name: 'nix-multiarch publish',
        script: `nix-multiarch publish --flake $FLAKE --containers gzip ${BOTH} --archive out.oci.tar`,
        check: isIndexArchive('out.oci.tar'),
      },
      {
        name: 'skopeo copy ×2, oras index create, tar',
        script: lines(
          'skopeo copy docker-archive:$AMD64_TAR_GZ oci:layout:amd64',
          'skopeo copy docker-archive:$ARM64_TAR_GZ oci:layout:arm64',
          joinLayout,
        ),
        check: isIndexArchive('out.oci.tar', 'latest'),
      },
      {
        name: 'podman manifest, push to oci-archive',
        script: lines(
          podmanList(...DOCKER_ARCHIVES),
          'podman manifest push --all bench oci-archive:$PWD/out.oci.tar',
        ),
        check: isIndexArchive('out.oci.tar'),
      },
    ],
  },
]

const publish: Contestant = {
  name: 'nix-multiarch publish',
  script: `nix-multiarch publish --flake $FLAKE --containers gzip ${BOTH} --image $REGISTRY/publish`,
  check: isPushed('publish'),
}
const mergeOnly: Contestant = {
  name: 'nix-multiarch merge (the merge job alone)',
  script: 'nix-multiarch merge --archives $KEPT/archives --image $REGISTRY/merge',
  check: isPushed('merge'),
}
const skopeoAndCrane: Contestant = {
  name: 'skopeo copy ×2, crane index append',
  script: lines(
    'skopeo copy --dest-tls-verify=false docker-archive:$AMD64_TAR_GZ docker://$REGISTRY/crane:amd64',
    'skopeo copy --dest-tls-verify=false docker-archive:$ARM64_TAR_GZ docker://$REGISTRY/crane:arm64',
    'crane index append -m $REGISTRY/crane:amd64 -m $REGISTRY/crane:arm64 -t $REGISTRY/crane:latest',
  ),
  check: isPushed('crane'),
}
const podman: Contestant = {
  name: 'podman manifest create, add ×2, push --all',
  script: lines(
    podmanList(...DOCKER_ARCHIVES),
    'podman manifest push --all --tls-verify=false bench docker://$REGISTRY/podman:latest',
  ),
  check: isPushed('podman'),
}

const again = (contestant: Contestant): Contestant => ({ ...contestant, before: contestant.script })

const PUSH: readonly Scenario[] = [
  {
    name: 'push',
    title: 'The whole way to a registry: two gzipped docker-archives to one multi-arch tag',
    about:
      'The registry is empty before each run. The merge job begins at archives that build jobs made beside each other.',
    registry: 'fresh',
    before: BUILD_BOTH,
    contestants: [publish, skopeoAndCrane, podman, mergeOnly],
  },
  {
    name: 'again',
    title: 'The same push again, nothing changed',
    about: 'The registry has everything; this machine remembers nothing, as a fresh runner.',
    registry: 'kept',
    before: BUILD_BOTH,
    contestants: [again(publish), again(skopeoAndCrane), again(podman), again(mergeOnly)],
  },
]

const START: Scenario = {
  name: 'start',
  title: 'Start-up, whole process',
  about: '`node -e 0` is what Node.js itself takes.',
  timesRuns: 4,
  contestants: [
    ['nix-multiarch --version', 'nix-multiarch --version'],
    ['nix-multiarch --help', 'nix-multiarch --help'],
    ['node -e 0', 'node -e 0'],
    ['skopeo --version', 'skopeo --version'],
    ['podman --version', 'podman --version'],
    ['crane version', 'crane version'],
  ].map(([name = '', script = '']) => ({ name, script, check: isNothing })),
}

export const SCENARIOS: readonly Scenario[] = [...PACK, ...MERGE, ...PUSH, ...PLAN, INSTALL, CACHES, START]
