import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { digestOf } from '../../src/oci/digest.js'
import { exec } from '../../src/util/exec.js'
import { outputOf, TOOLS, tool } from './machine.js'

/** The digests of a multi-arch image: index, manifests, and blobs (configs and layers), without duplicates. */
export interface Tree {
  readonly index: string
  readonly manifests: readonly string[]
  readonly blobs: readonly string[]
}

interface Named {
  readonly digest: string
}

/** The digests in a multi-arch archive that was unpacked into `folder`. `index` is the digest of its index. */
export function treeOf(folder: string, index: string): Tree {
  const read = (digest: string): { manifests: Named[]; config: Named; layers: Named[] } =>
    JSON.parse(readFileSync(join(folder, 'blobs/sha256', digest.replace('sha256:', '')), 'utf8'))
  const manifests = read(index).manifests.map(({ digest }) => digest)
  const blobs = manifests.map(read).flatMap(({ config, layers }) => [config, ...layers])
  return { index, manifests, blobs: [...new Set(blobs.map(({ digest }) => digest))] }
}

/** Reads a whole image from a registry without TLS. Returns the sorted digests of the received bytes. */
export type Reader = (image: string, tree: Tree) => Promise<readonly string[]>

const NO_TLS = ['--src-tls-verify=false', '--dest-tls-verify=false']

/** Independent clients. */
export const READERS: Readonly<Record<string, Reader>> = {
  skopeo: async image => {
    const folder = mkdtempSync(join(tmpdir(), 'read-back-'))
    try {
      const to = `oci:${folder}:1`
      await tool('skopeo', ['copy', '-q', '--all', '--preserve-digests', ...NO_TLS, `docker://${image}`, to])
      const blobs = join(folder, 'blobs/sha256')
      return readdirSync(blobs)
        .map(name => digestOf(readFileSync(join(blobs, name))))
        .sort()
    } finally {
      rmSync(folder, { recursive: true })
    }
  },
  crane: each(
    at => ['crane', 'manifest', '--insecure', at],
    at => ['crane', 'blob', '--insecure', at],
  ),
  oras: each(
    at => ['oras', 'manifest', 'fetch', '--plain-http', '--output', '-', at],
    at => ['oras', 'blob', 'fetch', '--plain-http', '--output', '-', at],
  ),
}

type Command = (at: string) => readonly [string, ...string[]]

/** A client that reads one manifest or blob per call. The index is read by its tag. */
function each(manifest: Command, blob: Command): Reader {
  return async (image, { manifests, blobs }) => {
    const at = (digest: string): string => image.replace(/:[^:/]*$/, `@${digest}`)
    const commands = [
      manifest(image),
      ...manifests.map(digest => manifest(at(digest))),
      ...blobs.map(digest => blob(at(digest))),
    ]
    return (await Promise.all(commands.map(hashOf))).sort()
  }
}

/** The digest of a command's standard output, which may be binary. */
async function hashOf([name, ...args]: readonly [string, ...string[]]): Promise<string> {
  const script = 'set -o pipefail; "$@" | sha256sum'
  const result = await exec('bash', ['-c', script, name, join(TOOLS, 'bin', name), ...args])
  return `sha256:${outputOf(result).slice(0, 64)}`
}
