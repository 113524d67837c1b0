import { readFile } from 'node:fs/promises'
import { dirname } from 'node:path'
import { type Digest, digestOf } from '../../oci/digest.js'
import { PartFile } from '../../util/part-file.js'

/** Writes down beside a file what it must hash to. */
export async function seal(file: string, digest: Digest): Promise<void> {
  const part = await PartFile.create(dirname(file))
  try {
    await part.write(Buffer.from(digest))
    await part.close()
    await part.rename(sealOf(file))
  } finally {
    await part.discard()
  }
}

/** Whether a file is as it was sealed: a machine that lost its power may have left its name without all of its content. */
export async function isAsSealed(file: string): Promise<boolean> {
  try {
    return digestOf(await readFile(file)) === (await readFile(sealOf(file), 'utf8'))
  } catch {
    return false
  }
}

function sealOf(file: string): string {
  return `${file}.digest`
}
