import { createReadStream } from 'node:fs'
import { dirname } from 'node:path'
import { Readable } from 'node:stream'
import { PartFile } from '../util/part-file.js'
import { notWritten } from '../util/writable.js'

/** Writes the tar inside an `.xz` file to another path, for machines without the program xz; a fourth as fast. */
export async function decompressXz(file: string, path: string): Promise<void> {
  const { default: xz } = await import('xz-decompress')
  const part = await PartFile.create(dirname(path))
  try {
    const compressed = Readable.toWeb(createReadStream(file)) as ReadableStream<Uint8Array>
    for await (const chunk of Readable.fromWeb(new xz.XzReadableStream(compressed) as never))
      await part.write(chunk)
    await part.close()
    await part.rename(path)
  } catch (error) {
    throw notWritten('the unpacked release of Nix', dirname(path), error)
  } finally {
    await part.discard()
  }
}
