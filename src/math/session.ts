import type { Logger } from '../core/log.js'

/**
 * A loaded ONNX graph. Inputs and outputs are named; tensors are row-major. `run` blocks the event loop while
 * it computes (a property of onnxruntime), so it is called in worker processes.
 */
export interface Session {
  /** Name and version of the runtime: `onnxruntime-node 1.30.0`. */
  readonly runtime: string
  readonly inputs: readonly string[]
  readonly outputs: readonly string[]
  /** Element type by input name (`int64`), if the runtime provides it. */
  readonly input_types: { readonly [input: string]: string }
  /**
   * Declared shapes by output name; a free dimension is undefined. Outputs without a declared shape are
   * missing.
   */
  readonly output_dims: { readonly [output: string]: readonly (number | undefined)[] }
  run(
    feeds: { readonly [input: string]: Tensor },
    wanted?: readonly string[],
  ): Promise<{ [output: string]: Tensor }>
  close(): Promise<void>
}

export interface Tensor {
  readonly type: 'float32' | 'float16' | 'int64' | 'int32' | 'int8' | 'uint8' | 'bool'
  /** BigInt64Array for int64, raw bits as Uint16Array for float16. Never backed by shared memory. */
  readonly data: Float32Array | Uint16Array | BigInt64Array | Int32Array | Int8Array | Uint8Array
  readonly dims: readonly number[]
}

export type Runtime = 'auto' | 'native' | 'wasm'

export interface SessionOptions {
  /** Threads per `run`. They do not change bytes (measured); a batch of one row does. */
  readonly threads: number
  readonly device?: 'cpu' | 'cuda' | undefined
  /** `auto` (the default) is native if its library loads, otherwise WebAssembly with one warning. */
  readonly runtime?: Runtime | undefined
  /**
   * Keep freed buffers for the next `run`. Useful if shapes repeat (GEMM tiles, length buckets); with varying
   * shapes the arena only grows. Off by default.
   */
  readonly reuse_memory?: boolean | undefined
  /** Receives the warning about the fallback; by default `process.emitWarning`. */
  readonly log?: Logger | undefined
}
