import type { EncoderFiles } from '../encoder.js'
import { readJson, unusable } from '../files.js'
import { readSafetensors } from '../static/safetensors.js'
import { widen } from '../static/widen.js'

/** A Dense module: activation(weight · x + bias). */
export interface Dense {
  readonly width_in: number
  readonly width_out: number
  /** [out, in] */
  readonly weight: Float32Array
  readonly bias: Float32Array | undefined
  readonly activation: (value: number) => number
}

const activations: { readonly [name: string]: (value: number) => number } = {
  Identity: (value) => value,
  Tanh: Math.tanh,
  ReLU: (value) => Math.max(0, value),
  Sigmoid: (value) => 1 / (1 + Math.exp(-value)),
}

export async function readDense(
  files: EncoderFiles,
  names: ReadonlySet<string>,
  folder: string,
): Promise<Dense> {
  const name = `${folder}config.json`
  const config = await readJson<{
    in_features: number
    out_features: number
    bias?: boolean
    activation_function?: string
    [key: string]: unknown
  }>(files, names, name)
  if (!config) throw unusable(files, name, 'is missing, but modules.json has a Dense module')
  if (config['use_residual'] === true)
    throw unusable(files, name, 'has a residual connection, which is not supported')
  if (
    typeof config['module_input_name'] === 'string' &&
    config['module_input_name'] !== 'sentence_embedding'
  ) {
    throw unusable(files, name, `reads ${config['module_input_name']}, which is not supported`, {
      expected: 'sentence_embedding',
    })
  }
  const activationName = (config.activation_function ?? 'Tanh').split('.').at(-1) ?? ''
  const activation = activations[activationName]
  if (!activation)
    throw unusable(files, name, `has the activation ${activationName}, which is not supported`, {
      expected: Object.keys(activations).join(', '),
    })

  const weightsName = `${folder}model.safetensors`
  if (!names.has(weightsName))
    throw unusable(files, weightsName, 'is missing', {
      hint: 'pytorch_model.bin is not supported: save the model as safetensors',
    })
  const weightsBytes = await files.read(weightsName)
  try {
    const tensors = readSafetensors(weightsBytes)
    const weight = tensors.get('linear.weight')
    const bias = tensors.get('linear.bias')
    const { in_features: width_in, out_features: width_out } = config
    if (weight?.shape[0] !== width_out || weight.shape[1] !== width_in)
      throw new RangeError(
        `has linear.weight of shape [${weight?.shape.join(', ') ?? ''}], not [${width_out}, ${width_in}]`,
      )
    if ((bias?.shape[0] ?? width_out) !== width_out || (config.bias !== false && !bias))
      throw new RangeError('has no matching bias')
    return { width_in, width_out, weight: widen(weight), bias: bias && widen(bias), activation }
  } catch (error) {
    if (error instanceof RangeError) throw unusable(files, weightsName, error.message)
    throw error
  }
}

export function applyDense(dense: Dense, vector: Float64Array): Float64Array {
  const out = new Float64Array(dense.width_out)
  for (let row = 0; row < dense.width_out; row++) {
    let sum = dense.bias ? (dense.bias[row] as number) : 0
    const from = row * dense.width_in
    for (let j = 0; j < dense.width_in; j++) sum += (dense.weight[from + j] as number) * (vector[j] as number)
    out[row] = dense.activation(sum)
  }
  return out
}
