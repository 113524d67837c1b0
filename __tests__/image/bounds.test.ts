import { createHash } from 'node:crypto'
import { open, readdir, readlink } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { gzipSync } from 'node:zlib'
import { describe, expect, test } from '@jest/globals'
import { encodeHeader } from '../../src/image/format/write-tar-header.js'
import { openLayout } from '../../src/image/layout.js'
import type { PackedImage } from '../../src/image/read-image.js'
import { writeArchive } from '../../src/image/write-archive.js'
import { type Blob, type Descriptor, descriptorOf } from '../../src/oci/descriptor.js'
import { blobsOf, makeImage } from '../../src/oci/image.js'
import { dockerArchive, manifestMember } from '../support/docker-archive.js'
import { hexSum, randomImage, seeded, tarOf, zstdStored } from '../support/images.js'
import { packPath, useFolder } from './fixture.js'

const folder = useFolder()
const MIB = 1 << 20

/** A script that writes a docker-archive with one layer of zeros, without creating a file for it. */
async function zeroScript(size: number): Promise<string> {
  const hash = createHash('sha256')
  for (let at = 0; at < size; at += MIB) hash.update(Buffer.alloc(MIB))
  const config = Buffer.from(
    JSON.stringify({
      os: 'linux',
      architecture: 'amd64',
      rootfs: { diff_ids: [`sha256:${hash.digest('hex')}`] },
    }),
  )
  const name = `${hexSum(config)}.json`
  const head = await folder.write('head', encodeHeader({ name: 'l/layer.tar', type: '0', mode: 0o644, size }))
  const tail = await folder.write(
    'tail',
    tarOf([{ name, body: config }, manifestMember(name, null, ['l/layer.tar'])]),
  )
  const script = `#!/bin/sh\ncat ${head}\nhead -c ${size} /dev/zero\ncat ${tail}\n`
  return folder.write('stream', script, 0o755)
}

function archiveOf({ config, layers }: PackedImage): { index: Descriptor[]; blobs: Blob[] } {
  const image = makeImage({ platform: { os: 'linux', architecture: 'amd64' }, config, layers })
  return { index: [descriptorOf(image.manifest)], blobs: [image.manifest, ...blobsOf([image])] }
}

/** The size of all buffers that are still referenced, in bytes: garbage is collected first. */
function liveBuffers(): number {
  setFlagsFromString('--expose-gc')
  runInNewContext('gc')()
  return process.memoryUsage().arrayBuffers
}

/** The number of open files and folders. Other descriptors, such as those of threads, are not counted. */
async function openFiles(): Promise<number> {
  const names = await readdir('/proc/self/fd').catch(() => [])
  const targets = await Promise.all(names.map(name => readlink(`/proc/self/fd/${name}`).catch(() => '')))
  return targets.filter(target => target.startsWith('/')).length
}

describe('resource limits', () => {
  test('memory use does not grow with the layer', async () => {
    const path = await zeroScript(320 * MIB)
    const before = liveBuffers()
    let most = 0
    let next = 0
    const onProgress = (read: number): void => {
      if (read < next) return
      next += 16 * MIB
      most = Math.max(most, liveBuffers() - before)
    }
    const { layers } = await packPath(path, folder.layers, { onProgress })
    expect(layers[0]?.size).toBeLessThan(4 * MIB)
    expect(most).toBeLessThan(96 * MIB)
  }, 60_000)

  test('all files are closed after success and after failure', async () => {
    const whole = dockerArchive(randomImage(seeded(61), { layers: 3 }), { encode: tar => gzipSync(tar) })
    const damaged = Buffer.from(whole)
    damaged.fill(0x55, 3000, 3100)
    const packedImage = await packPath(await folder.write('first', whole), folder.layers)
    const oci = join(folder.path, 'oci.tar')
    await writeArchive(oci, archiveOf(packedImage))
    const archiveFile = await open(oci)
    const before = await openFiles()
    if (process.platform === 'linux') expect(before).toBeGreaterThan(0)
    for (const bytes of [whole, damaged, whole.subarray(0, 5000), tarOf([{ name: 'manifest.json' }])]) {
      for (const wrapped of [bytes, gzipSync(bytes), zstdStored(bytes)]) {
        const path = await folder.write('image', wrapped)
        await packPath(path, folder.layers).catch(() => {})
        await openLayout(path).catch(() => {})
      }
    }
    // A file cannot contain a folder for layers.
    await expect(packPath(oci, join(oci, 'under'))).rejects.toThrow(/ENOTDIR/)
    await delay(50)
    expect(await openFiles()).toBe(before)
    await archiveFile.close()
  })
})
