import { createHash, randomFillSync } from 'node:crypto'
import { closeSync, openSync, writeSync } from 'node:fs'

const MIB = 2 ** 20

/** Writes a docker-archive for linux/amd64 with one layer that contains one file. Half of each MiB is random, half is zeros. */
export function writeLargeImage(file: string, mebibytes: number): void {
  const fd = openSync(file, 'w')
  const write = (bytes: Uint8Array): void => {
    for (let at = 0; at < bytes.length; ) at += writeSync(fd, bytes, at)
  }
  const entry = (name: string, content: string): void => {
    write(tarHeader(name, Buffer.byteLength(content)))
    write(Buffer.from(content))
    write(Buffer.alloc((512 - (Buffer.byteLength(content) % 512)) % 512))
  }
  try {
    const size = mebibytes * MIB
    write(tarHeader('layer.tar', 512 + size + 1024))
    const diffId = writeLayer(write, mebibytes)
    entry('config.json', configOf(diffId))
    entry('manifest.json', '[{"Config":"config.json","RepoTags":["large:1"],"Layers":["layer.tar"]}]')
    write(Buffer.alloc(1024))
  } finally {
    closeSync(fd)
  }
}

function writeLayer(write: (bytes: Uint8Array) => void, mebibytes: number): string {
  const hash = createHash('sha256')
  const hashAndWrite = (bytes: Uint8Array): void => {
    hash.update(bytes)
    write(bytes)
  }
  hashAndWrite(tarHeader('large', mebibytes * MIB))
  const piece = Buffer.alloc(MIB)
  for (let count = 0; count < mebibytes; count++) hashAndWrite(randomFillSync(piece, 0, MIB / 2))
  hashAndWrite(Buffer.alloc(1024))
  return `sha256:${hash.digest('hex')}`
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
