import type { FileSlice } from '../../oci/descriptor.js'
import { type Digest, parseDigest } from '../../oci/digest.js'
import { type Limit, limitConcurrency } from '../../util/async.js'
import { WorkerUnavailable } from './deflate.js'
import { INFLATE_WASM } from './inflate-wasm.js'
import { ARCHIVE_LIMITS } from './limit-archive.js'
import { RequestThread } from './request-thread.js'

/** The digests of a gzip file and of its content. They are computed from the same bytes. */
export interface GzipDigests {
  readonly file: Digest
  readonly content: Digest
}

/** zlib unpacks fewer bytes, of all files together, in less time than a thread needs to start. */
const MIN_BYTES_FOR_START = 12 << 20

/**
 * Computes the digests of gzip files in a thread, with native/inflate.c. The thread reads the files itself, into one buffer: with
 * streams and zlib, 1 GB of content needs 1.5 s more processor time, half of it to collect used buffers. One thread unpacks more
 * than a network of 1 Gbit/s uploads. Each thread needs 15 MB.
 */
export class GzipDigester {
  #thread: DigestThread | undefined
  readonly #queue: Limit = limitConcurrency(1)
  #requestedBytes = 0
  readonly #maxContentBytes: number

  constructor(maxContentBytes = ARCHIVE_LIMITS.content) {
    this.#maxContentBytes = maxContentBytes
  }

  /**
   * Returns `undefined` if the file is not one valid gzip member without optional header fields, or cannot be read; or if no
   * thread can be started, or the files are too small for that. The file can still be valid for `decode`, which says what is
   * wrong.
   */
  async compute(file: FileSlice): Promise<GzipDigests | undefined> {
    this.#requestedBytes += file.size
    if (this.#requestedBytes < MIN_BYTES_FOR_START) return undefined
    try {
      const digests = await this.#queue(() => this.#start().request(file))
      return digests && { file: parseDigest(digests.file), content: parseDigest(digests.content) }
    } catch (error) {
      if (error instanceof WorkerUnavailable) return undefined
      throw error
    }
  }

  /** Ends the thread. The results of files that are not finished are `undefined`. */
  close(): void {
    void this.#thread?.close().catch(() => {})
  }

  #start(): DigestThread {
    this.#thread ??= new RequestThread(WORKER_SCRIPT, {
      code: Buffer.from(INFLATE_WASM, 'base64'),
      maxContentBytes: this.#maxContentBytes,
    })
    return this.#thread
  }
}

type DigestThread = RequestThread<FileSlice, { file: string; content: string } | undefined>

// A string, because each bundle would need a separate file for it. The whole state of native/inflate.c is in its memory, so each
// file begins with a copy of the initial memory. A new instance for each file would need more memory.
const WORKER_SCRIPT = `
const { createHash } = require('node:crypto')
const { closeSync, openSync, readSync } = require('node:fs')
const { parentPort, workerData } = require('node:worker_threads')
const { crc32 } = require('node:zlib')
const MORE = 0
const FULL = 1
const END = 2
const INPUT_BYTES = 1 << 18
const HEADER_BYTES = 10
const HEADER_WITHOUT_OPTIONS = 0x1f8b0800
const TRAILER_BYTES = 8
const wasm = new WebAssembly.Instance(new WebAssembly.Module(workerData.code)).exports
const memory = Buffer.from(wasm.memory.buffer)
const initialMemory = Buffer.from(memory)

class Reader {
  constructor(file, { offset, size }) {
    Object.assign(this, { file, offset, left: size, hash: createHash('sha256') })
  }
  read(buffer) {
    const count = readSync(this.file, buffer, 0, buffer.length, this.offset)
    if (count === 0) throw new Error('truncated')
    this.hash.update(buffer.subarray(0, count))
    this.offset += count
    this.left -= count
    return count
  }
  readExactly(count) {
    const buffer = Buffer.alloc(count)
    for (let at = 0; at < count; ) at += this.read(buffer.subarray(at))
    return buffer
  }
}

function digestGzip(reader) {
  if (reader.left < HEADER_BYTES + TRAILER_BYTES) return undefined
  if (reader.readExactly(HEADER_BYTES).readUInt32BE(0) !== HEADER_WITHOUT_OPTIONS) return undefined
  memory.set(initialMemory)
  const size = reader.left - TRAILER_BYTES
  const hash = createHash('sha256')
  let checksum = 0
  let contentSize = 0
  let state = MORE
  while (state === MORE && reader.left > TRAILER_BYTES) {
    const start = wasm.room()
    const wanted = Math.min(INPUT_BYTES, reader.left - TRAILER_BYTES)
    let added = reader.read(memory.subarray(start, start + wanted))
    do {
      state = wasm.run(added, reader.left === TRAILER_BYTES ? 1 : 0)
      added = 0
      const content = memory.subarray(wasm.content(), wasm.content() + wasm.content_size())
      if (content.length === 0) continue
      hash.update(content)
      checksum = crc32(content, checksum)
      contentSize += content.length
    } while (state === FULL && contentSize <= workerData.maxContentBytes)
    if (contentSize > workerData.maxContentBytes) return undefined
  }
  if (state !== END || wasm.used() !== size || reader.left !== TRAILER_BYTES) return undefined
  const trailer = reader.readExactly(TRAILER_BYTES)
  if (trailer.readUInt32LE(0) !== checksum || trailer.readUInt32LE(4) !== contentSize % 2 ** 32) return undefined
  return { file: 'sha256:' + reader.hash.digest('hex'), content: 'sha256:' + hash.digest('hex') }
}

function digestSlice(slice) {
  try {
    const file = openSync(slice.path)
    try {
      return digestGzip(new Reader(file, slice))
    } finally {
      closeSync(file)
    }
  } catch {
    return undefined
  }
}

parentPort.on('message', slice => parentPort.postMessage(digestSlice(slice)))
parentPort.postMessage('started')
`
