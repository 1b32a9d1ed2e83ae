import type { Logger } from '../core/log.js'

/**
 * One loaded ONNX graph. Inputs and outputs are named; tensors are row-major. `run` blocks the event loop of
 * its process while it computes (a property of onnxruntime), so it is called in worker processes.
 */
export interface Session {
  /** What runs it, name and version: `onnxruntime-node 1.30.0`. */
  readonly runtime: string
  readonly inputs: readonly string[]
  readonly outputs: readonly string[]
  /** Element type by input name (`int64`), where the runtime tells. */
  readonly input_types: { readonly [input: string]: string }
  /**
   * Declared shapes by output name; a free dimension is undefined. An output without a declared shape is
   * missing here.
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
  /** int64 is BigInt64Array, float16 the raw bits as Uint16Array. Never backed by shared memory. */
  readonly data: Float32Array | Uint16Array | BigInt64Array | Int32Array | Int8Array | Uint8Array
  readonly dims: readonly number[]
}

export type Runtime = 'auto' | 'native' | 'wasm'

export interface SessionOptions {
  /** Threads inside one `run`. Measured not to change bytes; batch size 1 against more does. */
  readonly threads: number
  readonly device?: 'cpu' | 'cuda' | undefined
  /** `auto` (the default) is native where its library loads, else WebAssembly with one warning. */
  readonly runtime?: Runtime | undefined
  /**
   * Keep freed buffers for the next `run`. Right where shapes repeat (GEMM tiles, length buckets); with free
   * shapes the arena only ever grows. Off by default.
   */
  readonly reuse_memory?: boolean | undefined
  /** Receives the warning about a fallback; without it the warning goes through `process.emitWarning`. */
  readonly log?: Logger | undefined
}
