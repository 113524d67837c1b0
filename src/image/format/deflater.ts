import { DeflateMemory } from './deflate-memory.js'
import { DEFLATE_WASM } from './deflate-wasm.js'

/** Compiled code, which other threads can have too. */
export type DeflateCode = object

/** What is used of WebAssembly: the types for Node.js leave it out. */
interface Engine {
  readonly Module: new (bytes: Uint8Array) => DeflateCode
  readonly Instance: new (code: DeflateCode) => { readonly exports: unknown }
}

interface Exports {
  readonly memory: { readonly buffer: SharedArrayBuffer }
  room(): number
  packed(): number
  run(before: number, size: number): number
}

const engine = (): Engine => Reflect.get(globalThis, 'WebAssembly')

/** Raw deflate (RFC 1951) by native/deflate.c, in this thread. */
export class Deflater {
  readonly #wasm: Exports
  readonly #memory: DeflateMemory

  constructor(code: DeflateCode) {
    const { Instance } = engine()
    this.#wasm = new Instance(code).exports as Exports
    const { memory, room, packed } = this.#wasm
    this.#memory = new DeflateMemory({ memory: memory.buffer, room: room(), packed: packed() })
  }

  /**
   * Deflates a block of up to a MiB, to a whole byte and not as the end of a stream; `before` is what came right before it, of
   * which up to 32 KiB may be referred to.
   */
  deflate(block: Uint8Array, before: Uint8Array): Buffer {
    this.#memory.put(block, before)
    return this.#memory.take(this.#wasm.run(before.length, block.length))
  }
}

/** What runs in a `Deflater`. Throws where this runtime has no WebAssembly, or may not use it. */
export function deflateCode(): DeflateCode {
  const { Module } = engine()
  return new Module(Buffer.from(DEFLATE_WASM, 'base64'))
}
