import { join } from 'node:path'
import { CLI, TOOLS } from '../../e2e/support/machine.js'

/** The new image, in the formats that the contestants need. */
export interface PushInput {
  /** A folder with an archive for each system. */
  readonly archives: string
  /** A multi-arch OCI archive. */
  readonly archive: string
  /** The unpacked archive. */
  readonly layout: string
}

/** A program that pushes. */
export interface Contestant {
  readonly name: string
  command(input: PushInput, image: string): readonly string[]
}

const program = (name: string): string => join(TOOLS, 'bin', name)

const skopeo = (...options: readonly string[]): Contestant['command'] => {
  const policy = join(TOOLS, 'etc/policy.json')
  const copy = [program('skopeo'), '--policy', policy, 'copy', '--all', '--dest-tls-verify=false', ...options]
  return ({ archive }, image) => [...copy, `oci-archive:${archive}`, `docker://${image}`]
}

export const CONTESTANTS: readonly Contestant[] = [
  {
    name: 'nix-multiarch merge',
    command({ archives }, image) {
      const [, repository = '', tag = ''] = /^(.*):([^:]+)$/.exec(image) ?? []
      return [process.execPath, CLI, 'merge', '--archives', archives, '--image', repository, '--tags', tag]
    },
  },
  { name: 'skopeo copy --all', command: skopeo() },
  { name: 'skopeo copy --all --retry-times 5', command: skopeo('--retry-times', '5') },
  {
    name: 'crane push',
    command: ({ layout }, image) => [program('crane'), 'push', '--insecure', layout, image],
  },
]
