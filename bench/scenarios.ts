import { CACHES } from './caches.js'
import { isImageArchive, isIndexArchive, isNothing } from './check.js'
import { INSTALL } from './install.js'
import { PLAN } from './plan.js'
import { PUSH } from './push.js'
import type { Scenario } from './scenario.js'
import { STREAMS } from './streams.js'
import { addAll, BOTH, BUILD_BOTH, GZIPPED, lines, PODMAN } from './ways.js'

const packOurs = (container: string, compression: string): string =>
  `nix-multiarch build --flake $FLAKE --containers ${container} --systems x86_64-linux --compression ${compression} --output .`

const podmanToArchive = (references: readonly string[]): string =>
  lines(PODMAN, addAll('bench', references), 'podman manifest push --all bench oci-archive:$PWD/out.oci.tar')

const joinLayout = lines(
  'oras manifest index create --oci-layout layout:latest amd64 arm64',
  'tar -c -C layout -f out.oci.tar oci-layout index.json blobs',
)

const PACK: readonly Scenario[] = [
  {
    name: 'pack-tar',
    title: 'Pack: one plain docker-archive to one OCI archive, gzip',
    about:
      'Ours starts from the flake: its time includes the evaluation and a build with nothing to do, which the last row shows separately.',
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
    about: 'The same; skopeo unpacks the archive to a temporary file first.',
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
    about: 'Both use their default zstd level.',
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
    about: 'No compression. All start from the two archives of `nix-multiarch build`.',
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
        script: podmanToArchive([
          'oci-archive:$KEPT/archives/gzip-x86_64-linux.oci.tar',
          'oci-archive:$KEPT/archives/gzip-aarch64-linux.oci.tar',
        ]),
        check: isIndexArchive('out.oci.tar'),
      },
    ],
  },
  {
    name: 'merge-whole',
    title: 'Build and merge to a file: two gzipped docker-archives to one multi-arch archive',
    about: 'Includes compression; without a registry or daemon.',
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
        script: podmanToArchive(GZIPPED.archives.map(archive => `docker-archive:${archive}`)),
        check: isIndexArchive('out.oci.tar'),
      },
    ],
  },
]

const START: Scenario = {
  name: 'start',
  title: 'Start-up, whole process',
  about: '`node -e 0` shows the start-up time of Node.js alone.',
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

export const SCENARIOS: readonly Scenario[] = [
  ...PACK,
  ...MERGE,
  ...PUSH,
  ...STREAMS,
  ...PLAN,
  INSTALL,
  CACHES,
  START,
]
