import { ZSTDDecoder } from 'zstddec/stream'

/** Of the DOM's types, which a package for Node does not load. */
declare const WebAssembly: {
  instantiate(module: object, imports: { readonly env: object }): Promise<{ readonly exports: unknown }>
}

/** What libzstd exports as WebAssembly. Addresses and sizes are in bytes of `memory`. */
interface Exports {
  readonly memory: { readonly buffer: ArrayBuffer }
  malloc(size: number): number
  ZSTD_createDCtx(): number
  ZSTD_DStreamInSize(): number
  ZSTD_DStreamOutSize(): number
  ZSTD_decompressStream(context: number, output: number, input: number): number
}

/** Results above this are error codes, counted from the largest number down. */
const maxErrorCode = 120

/** By number, as in zstd_errors.h. */
const errors: { readonly [code: number]: string } = {
  10: 'bytes that do not begin a zstd frame',
  14: 'a reserved bit of a frame header',
  16: 'a frame that needs a window of more than 128 MiB',
  20: 'bytes that cannot be decoded',
  22: 'content whose checksum is not the one stored with it',
  32: 'a frame that needs a dictionary',
  64: 'a frame that needs more memory than there is',
}

let compiled: Promise<object> | undefined

/** `zstddec` compiles libzstd; its own loop does not look at errors, and would never end at one. */
function compile(): Promise<object> {
  compiled ??= new Promise((resolve, reject) => {
    class Compiled extends ZSTDDecoder {
      override _init = ({ module }: { readonly module: object }) => resolve(module)
    }
    new Compiled().init().catch(reject)
  })
  return compiled
}

/** A stream of one thread; its memory goes with it. */
export async function openZstdStream(): Promise<ZstdStream> {
  const imports = { env: { emscripten_notify_memory_growth: () => {} } }
  const instance = await WebAssembly.instantiate(await compile(), imports)
  return new ZstdStream(instance.exports as Exports)
}

/**
 * Frames of Zstandard, one after the other, skippable ones included. libzstd compares checksums, and refuses
 * windows of more than 128 MiB by default.
 */
export class ZstdStream {
  private readonly zstd: Exports
  private readonly context: number
  private readonly from: number
  private readonly into: number
  /** Two structures of address, size and position. */
  private readonly input: number
  private readonly output: number
  private hint = 0

  constructor(zstd: Exports) {
    this.zstd = zstd
    this.context = zstd.ZSTD_createDCtx()
    this.from = zstd.malloc(zstd.ZSTD_DStreamInSize())
    this.into = zstd.malloc(zstd.ZSTD_DStreamOutSize())
    this.input = zstd.malloc(12)
    this.output = zstd.malloc(12)
  }

  /** Whether the bytes so far end with a frame. */
  get atEnd(): boolean {
    return this.hint === 0
  }

  /**
   * What the bytes decompress to, in pieces of at most 128 KiB. Each begins with the number of bytes of
   * `piece` that were read for it. Throws an `Error` that says what was found instead of a frame.
   */
  *push(piece: Uint8Array): Iterable<readonly [read: number, bytes: Uint8Array]> {
    const step = this.zstd.ZSTD_DStreamInSize()
    for (let at = 0; at < piece.byteLength; at += step) yield* this.decode(piece.subarray(at, at + step))
  }

  private *decode(piece: Uint8Array): Iterable<readonly [read: number, bytes: Uint8Array]> {
    const { zstd, input, output, from, into } = this
    const capacity = zstd.ZSTD_DStreamOutSize()
    new Uint8Array(zstd.memory.buffer).set(piece, from)
    let read = 0
    let full = false
    // A full output may have left more behind.
    while (read < piece.byteLength || full) {
      write(zstd, input, [from, piece.byteLength, read])
      write(zstd, output, [into, capacity, 0])
      const result = zstd.ZSTD_decompressStream(this.context, output, input) >>> 0
      const code = 2 ** 32 - result
      if (code <= maxErrorCode) throw new Error(errors[code] ?? `bytes that libzstd refuses (${code})`)
      const view = new DataView(zstd.memory.buffer)
      const before = read
      read = view.getUint32(input + 8, true)
      const made = view.getUint32(output + 8, true)
      // Nothing left to read and to flush: the call would ask for the next frame.
      if (read === before && made === 0) return
      this.hint = result
      full = made === capacity
      yield [read - before, new Uint8Array(zstd.memory.buffer.slice(into, into + made))]
    }
  }
}

function write({ memory }: Exports, at: number, values: readonly [number, number, number]): void {
  const view = new DataView(memory.buffer)
  for (const [i, value] of values.entries()) view.setUint32(at + 4 * i, value, true)
}
