/** Decompresses standard input onto standard output, and fails in the words of the program that it is called for. */
import { Readable } from 'node:stream'
import { buffer } from 'node:stream/consumers'
import { pipeline } from 'node:stream/promises'
import { decompress } from 'fzstd'
import xz from 'xz-decompress'

const [program] = process.argv.slice(2)

try {
  if (program === 'xz') {
    const plain = new xz.XzReadableStream(Readable.toWeb(process.stdin))
    await pipeline(Readable.fromWeb(plain), process.stdout)
  } else process.stdout.write(decompress(await buffer(process.stdin)))
} catch (error) {
  console.error(`${program}: (stdin): File format not recognized: ${error.message}`)
  process.exitCode = 1
}
