import type { Contestant } from './scenario.js'

/** An image to push: its flake and its two docker-archives, as variables for scripts. */
export interface Source {
  readonly flake: string
  readonly container: string
  readonly archives: readonly [amd64: string, arm64: string]
}

export const PLAIN: Source = {
  flake: '$FLAKE',
  container: 'plain',
  archives: ['$AMD64_TAR', '$ARM64_TAR'],
}
export const GZIPPED: Source = {
  flake: '$FLAKE',
  container: 'gzip',
  archives: ['$AMD64_TAR_GZ', '$ARM64_TAR_GZ'],
}
export const CHANGED: Source = {
  flake: '$CHANGED_FLAKE',
  container: 'plain',
  archives: ['$AMD64_CHANGED', '$ARM64_CHANGED'],
}

/** A way to push an image for both platforms: its name in the tables, and its script. */
export interface Way {
  readonly name: string
  readonly peer?: NonNullable<Contestant['peer']>
  /** Lines at the start of the script. */
  readonly setup?: string
  script(source: Source, target: string): string
}

export const BOTH = '--systems "x86_64-linux aarch64-linux"'

/** Builds the two archives from which a merge starts. */
export const BUILD_BOTH = `nix-multiarch build --flake $FLAKE --containers gzip ${BOTH} --output $KEPT/archives`

// podman needs a storage folder, although it is not used.
export const PODMAN =
  'podman() { command podman --storage-driver vfs --root $TMPDIR/images --runroot $TMPDIR/run "$@"; }'

export const lines = (...parts: readonly string[]): string => parts.join('\n')

/** The complete script: the setup, and the commands for an image. */
export const fullScript = ({ setup }: Way, script: string): string =>
  setup === undefined ? script : lines(setup, script)

const appendIndex = (target: string): string =>
  `crane index append -m ${target}:amd64 -m ${target}:arm64 -t ${target}:latest`

const options = (option: string): string => (option === '' ? '' : ` ${option}`)

export const ours = (option = ''): Way => ({
  name: 'nix-multiarch publish',
  script: ({ flake, container }, target) =>
    `nix-multiarch publish --flake ${flake} --containers ${container} ${BOTH} --image ${target}${options(option)}`,
})

export const skopeo = (option = ''): Way => ({
  name: 'skopeo copy ×2, crane index append',
  peer: 'skopeo',
  script: ({ archives: [amd64, arm64] }, target) =>
    lines(
      `skopeo copy --dest-tls-verify=false${options(option)} docker-archive:${amd64} docker://${target}:amd64`,
      `skopeo copy --dest-tls-verify=false${options(option)} docker-archive:${arm64} docker://${target}:arm64`,
      appendIndex(target),
    ),
})

/** crane cannot open gzipped docker-archives and does not support zstd. */
export const CRANE: Way = {
  name: 'crane push ×2, crane index append',
  peer: 'crane',
  script: ({ archives: [amd64, arm64] }, target) =>
    lines(`crane push ${amd64} ${target}:amd64`, `crane push ${arm64} ${target}:arm64`, appendIndex(target)),
}

export const addAll = (list: string, references: readonly string[]): string =>
  lines(
    `podman manifest create ${list}`,
    ...references.map(reference => `podman manifest add ${list} ${reference}`),
  )

export const podman = (option = '', list = 'bench'): Way => ({
  name: 'podman manifest create, add ×2, push --all',
  peer: 'podman',
  setup: PODMAN,
  script: ({ archives }, target) =>
    lines(
      addAll(
        list,
        archives.map(archive => `docker-archive:${archive}`),
      ),
      `podman manifest push --all --tls-verify=false${options(option)} ${list} docker://${target}:latest`,
    ),
})
