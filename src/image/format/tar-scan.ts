import { type FileHandle, open } from 'node:fs/promises'
import { type TarEntry, type TarInput, tarEntries } from './tar.js'

/** Lists the members of a tar file by its headers alone. Throws an `Error` when the tar is damaged or cut off. */
export async function scanTar(path: string): Promise<TarEntry[]> {
  const file = await open(path)
  try {
    const entries: TarEntry[] = []
    for await (const entry of tarEntries(await fileInput(file))) entries.push(entry)
    return entries
  } finally {
    await file.close()
  }
}

async function fileInput(file: FileHandle): Promise<TarInput> {
  const { size } = await file.stat()
  let position = 0
  return {
    get position() {
      return position
    },
    async read(count) {
      const { buffer, bytesRead } = await file.read(Buffer.alloc(count), 0, count, position)
      position += bytesRead
      return buffer.subarray(0, bytesRead)
    },
    async skip(count) {
      position += count
      if (position > size) throw new Error(`it is cut off: ${position - size} bytes are missing`)
    },
  }
}
