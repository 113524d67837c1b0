import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { exec } from '../../src/util/exec.js'
import { outputOf } from './machine.js'

/** The content of a file in the layers of an OCI archive. Throws if no layer contains the file. */
export async function textInImage(archive: string, name: string): Promise<string> {
  const folder = mkdtempSync(join(tmpdir(), 'image-'))
  try {
    outputOf(await exec('tar', ['-x', '-C', folder, '-f', archive]))
    const blobs = join(folder, 'blobs/sha256')
    for (const blob of readdirSync(blobs)) {
      const { code, stdout } = await exec('tar', ['-xzO', '-f', join(blobs, blob), name])
      if (code === 0) return stdout
    }
    throw new Error(`${archive} has no layer with ${name}`)
  } finally {
    rmSync(folder, { recursive: true })
  }
}

/** The config of the only image in an OCI archive. */
export async function configInArchive(archive: string): Promise<string> {
  const read = async (name: string): Promise<string> =>
    outputOf(await exec('tar', ['-x', '-O', '-f', archive, name]))
  const [{ Config }] = JSON.parse(await read('manifest.json'))
  return read(Config)
}

/** The names of the files in an archive of GitHub's cache client. */
export async function namesInCache(content: Buffer): Promise<string[]> {
  const folder = mkdtempSync(join(tmpdir(), 'cache-'))
  try {
    const file = join(folder, 'cache.tzst')
    writeFileSync(file, content)
    return outputOf(await exec('tar', ['-t', '--zstd', '-P', '-f', file]))
      .trim()
      .split('\n')
  } finally {
    rmSync(folder, { recursive: true })
  }
}
