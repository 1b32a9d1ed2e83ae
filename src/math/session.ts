/**
 * One loaded ONNX graph. Inputs and outputs are named; tensors are row-major. `run` blocks the event loop of its
 * process while it computes (a property of onnxruntime), so it is called in worker processes.
 */
export interface Session {
  readonly inputs: readonly string[]
  readonly outputs: readonly string[]
  run(feeds: { readonly [input: string]: Tensor }, wanted?: readonly string[]): Promise<{ [output: string]: Tensor }>
  close(): Promise<void>
}

export interface Tensor {
  readonly type: 'float32' | 'float16' | 'int64' | 'int32' | 'int8' | 'uint8' | 'bool'
  /** int64 is BigInt64Array, float16 the raw bits as Uint16Array. Never backed by shared memory. */
  readonly data: Float32Array | Uint16Array | BigInt64Array | Int32Array | Int8Array | Uint8Array
  readonly dims: readonly number[]
}

export interface SessionOptions {
  /** Threads inside one `run`. Measured not to change bytes; batch size 1 against more does. */
  readonly threads: number
  readonly device?: 'cpu' | 'cuda' | undefined
}
