import { createHash, randomFillSync } from 'node:crypto'
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

const MIB = 2 ** 20
/** More than a frame of zstd, which would otherwise find the repetition. */
const PIECE_MIB = 4

/**
 * Writes the parts of a docker-archive for linux/amd64 with one layer that contains one file: `head`, `piece`, which is repeated
 * `count` times, and `tail`. Half of each MiB is random, half is zeros.
 */
export function writeLargeImage(folder: string, mebibytes: number): void {
  const size = mebibytes * MIB
  const count = mebibytes / PIECE_MIB
  const start = tarHeader('large', size)
  const piece = Buffer.alloc(PIECE_MIB * MIB)
  for (let at = 0; at < piece.length; at += MIB) randomFillSync(piece, at, MIB / 2)
  const end = Buffer.alloc(1024)
  const hash = createHash('sha256').update(start)
  for (let n = 0; n < count; n++) hash.update(piece)
  const diffId = `sha256:${hash.update(end).digest('hex')}`
  const tail = [
    end,
    Buffer.alloc((512 - ((start.length + end.length) % 512)) % 512),
    ...entry('config.json', configOf(diffId)),
    ...entry('manifest.json', '[{"Config":"config.json","RepoTags":["large:1"],"Layers":["layer.tar"]}]'),
    end,
  ]
  mkdirSync(folder, { recursive: true })
  const write = (name: string, bytes: Uint8Array | string): void => writeFileSync(join(folder, name), bytes)
  write('head', Buffer.concat([tarHeader('layer.tar', start.length + size + end.length), start]))
  write('piece', piece)
  write('count', String(count))
  write('tail', Buffer.concat(tail))
}

function entry(name: string, content: string): Buffer[] {
  const bytes = Buffer.from(content)
  return [tarHeader(name, bytes.length), bytes, Buffer.alloc((512 - (bytes.length % 512)) % 512)]
}

function configOf(diffId: string): string {
  const rootfs = { type: 'layers', diff_ids: [diffId] }
  return JSON.stringify({ architecture: 'amd64', os: 'linux', config: {}, rootfs })
}

/** The header of a regular file in POSIX ustar format. */
function tarHeader(name: string, size: number): Buffer {
  const header = Buffer.alloc(512)
  const octal = (value: number, at: number, digits: number): void => {
    header.write(value.toString(8).padStart(digits, '0'), at)
  }
  header.write(name, 0)
  octal(0o644, 100, 7)
  octal(0, 108, 7)
  octal(0, 116, 7)
  octal(size, 124, 11)
  octal(1, 136, 11)
  header.write('        0', 148)
  header.write('ustar\x0000', 257)
  octal(
    header.reduce((sum, byte) => sum + byte, 0),
    148,
    6,
  )
  header[154] = 0
  return header
}
