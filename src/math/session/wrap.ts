import { PipelineError } from '../../core/error.js'
import type { Session, Tensor } from '../session.js'

/** The part of onnxruntime's interface used here, common to its native and its WebAssembly package. */
export interface Onnxruntime {
  readonly InferenceSession: {
    create(model: string | Uint8Array, options: object): Promise<OrtSession>
  }
  readonly Tensor: new (type: string, data: unknown, dims: readonly number[]) => OrtTensor
  readonly env?: { logLevel?: string; wasm?: { numThreads?: number; proxy?: boolean } }
}

/**
 * onnxruntime fuses a residual addition and the following layer normalisation into an operator that, on its
 * CPU provider, takes five times as long as the two separate ones: a tenth of the time of a small transformer
 * (docs/decisions/0143).
 */
export const extraSettings = { optimization: { disable_specified_optimizers: 'SkipLayerNormFusion' } }

export interface OrtSession {
  readonly inputNames: readonly string[]
  readonly outputNames: readonly string[]
  readonly inputMetadata?: readonly { name: string; isTensor: boolean; type?: string }[]
  readonly outputMetadata?: readonly {
    name: string
    isTensor: boolean
    shape?: readonly (number | string)[]
  }[]
  run(
    feeds: { [name: string]: OrtTensor },
    fetches?: readonly string[],
  ): Promise<{ [name: string]: OrtTensor }>
  release(): Promise<void>
}

interface OrtTensor {
  readonly type: string
  readonly data: Tensor['data']
  readonly dims: readonly number[]
}

export function wrapSession(ort: Onnxruntime, session: OrtSession, runtime: string): Session {
  const output_dims: { [output: string]: readonly (number | undefined)[] } = {}
  for (const output of session.outputMetadata ?? []) {
    if (output.shape)
      output_dims[output.name] = output.shape.map((size) =>
        typeof size === 'number' && size >= 0 ? size : undefined,
      )
  }
  const input_types: { [input: string]: string } = {}
  for (const input of session.inputMetadata ?? []) if (input.type) input_types[input.name] = input.type
  return {
    runtime,
    input_types,
    inputs: session.inputNames,
    outputs: session.outputNames,
    output_dims,
    async run(feeds, wanted) {
      const given: { [name: string]: OrtTensor } = {}
      for (const name of Object.keys(feeds)) {
        const tensor = feeds[name]!
        given[name] = new ort.Tensor(tensor.type, dataIn(tensor), tensor.dims)
      }
      const results = wanted ? await session.run(given, wanted) : await session.run(given)
      const out: { [name: string]: Tensor } = {}
      for (const name of Object.keys(results)) {
        const tensor = results[name]!
        out[name] = { type: tensor.type as Tensor['type'], data: dataOut(tensor), dims: tensor.dims }
      }
      return out
    },
    close: () => session.release(),
  }
}

/** onnxruntime expects a Float16Array if the engine has one, otherwise the bits as Uint16Array. */
function dataIn(tensor: Tensor): unknown {
  const half = (
    globalThis as { Float16Array?: new (buffer: ArrayBufferLike, offset: number, length: number) => unknown }
  ).Float16Array
  if (tensor.type !== 'float16' || !half) return tensor.data
  return new half(tensor.data.buffer, tensor.data.byteOffset, tensor.data.length)
}

function dataOut(tensor: OrtTensor): Tensor['data'] {
  if (tensor.type !== 'float16' || tensor.data instanceof Uint16Array) return tensor.data
  return new Uint16Array(tensor.data.buffer, tensor.data.byteOffset, tensor.data.length)
}

export function unreadable(model: Uint8Array | string, cause: unknown): PipelineError {
  return new PipelineError({
    code: 'E_MODEL_UNREADABLE',
    message: 'onnxruntime cannot load the model',
    ...(typeof model === 'string' ? { place: model } : {}),
    found: cause instanceof Error ? cause.message.split('\n', 1)[0] : String(cause),
    hint: 'the file may be truncated or damaged, or may use operators that this version does not support',
    cause,
  })
}
