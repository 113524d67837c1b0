import { availableParallelism } from 'node:os'
import { promisify } from 'node:util'
import * as zlib from 'node:zlib'
import { DeflateThread } from './deflate-thread.js'
import { DeflateThreads } from './deflate-threads.js'
import { Deflater, deflateCode } from './deflater.js'
import { isDense } from './dense.js'
import { ThreadLost } from './thread-lost.js'

const deflateRaw = promisify(zlib.deflateRaw) as (bytes: Buffer, options: zlib.ZlibOptions) => Promise<Buffer>

/** Content is kept as it is, in blocks of deflate that say so. */
const STORED = 0
/** Of stored content: more than deflate's own marks in a block need. */
const MARKS = 1 << 10

/** The level of zlib that comes nearest to native/deflate.c: 1 % more bytes, in 1.7 times the time. */
const NEAREST = 2

/** A smaller block is done before a thread has been asked. */
const WORTH_A_THREAD = 1 << 17

const MOST_THREADS = 4
const IDLE_MS = 500

/**
 * Deflates a part of a stream, up to a MiB, to a whole byte; `before` is what of the parts before may be referred to. Without a
 * level native/deflate.c does it: the same bytes come of it whatever the runtime and the machine. zlib does it with a level, and
 * where there is no WebAssembly.
 */
export async function deflateBlock(block: Buffer, before: Buffer, level?: number): Promise<Buffer> {
  if (level !== undefined) return byZlib(block, before, level)
  own ??= startOwn()
  return own(block, before)
}

type Deflate = (block: Buffer, before: Buffer) => Promise<Buffer>

let own: Deflate | undefined

function startOwn(): Deflate {
  try {
    return byThreads()
  } catch {
    // No WebAssembly, or no room for it.
    return (block, before) => byZlib(block, before, NEAREST)
  }
}

function byThreads(): Deflate {
  const code = deflateCode()
  const here = new Deflater(code)
  const threads = new DeflateThreads({
    max: Math.min(availableParallelism(), MOST_THREADS),
    idle: IDLE_MS,
    start: () => new DeflateThread(code),
  })
  return async (block, before) => {
    if (block.length < WORTH_A_THREAD) return here.deflate(block, before)
    return threads.deflate(block, before).catch(error => {
      if (!(error instanceof ThreadLost)) throw error
      // It takes longer, and gives the same.
      return here.deflate(block, before)
    })
  }
}

function byZlib(block: Buffer, before: Buffer, level: number): Promise<Buffer> {
  const isStored = isDense(block)
  return deflateRaw(block, {
    level: isStored ? STORED : level,
    memLevel: 9,
    chunkSize: isStored ? block.length + MARKS : Math.max(1024, block.length >>> 1),
    finishFlush: zlib.constants.Z_SYNC_FLUSH,
    ...(before.length > 0 && { dictionary: before }),
  })
}
