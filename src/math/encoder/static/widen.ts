import { halfToFloat } from '../../../core/half.js'
import type { StoredTensor } from './safetensors.js'

/**
 * Converts a tensor to float32, row-major. Assumes a little-endian machine, like every platform of Node.
 */
export function widen(tensor: StoredTensor): Float32Array {
  const count = tensor.shape.reduce((product, side) => product * side, 1)
  const view = new DataView(tensor.bytes.buffer, tensor.bytes.byteOffset, tensor.bytes.byteLength)
  const out = new Float32Array(count)
  switch (tensor.dtype) {
    case 'F64':
      for (let i = 0; i < count; i++) out[i] = view.getFloat64(8 * i, true)
      return out
    // Copies, since the tensor may not be aligned in the file.
    case 'F32':
      return new Float32Array(new Uint8Array(tensor.bytes).buffer)
    case 'F16':
      return halfToFloat(new Uint16Array(new Uint8Array(tensor.bytes).buffer))
    case 'BF16': {
      const bits = new Uint32Array(out.buffer)
      for (let i = 0; i < count; i++) bits[i] = view.getUint16(2 * i, true) << 16
      return out
    }
    case 'I8':
      out.set(new Int8Array(tensor.bytes.buffer, tensor.bytes.byteOffset, count))
      return out
    default:
      throw new RangeError(`has values of type ${tensor.dtype}, which is not supported`)
  }
}

/** Converts a tensor of indices to uint32. */
export function integers(tensor: StoredTensor): Uint32Array {
  const count = tensor.shape.reduce((product, side) => product * side, 1)
  const view = new DataView(tensor.bytes.buffer, tensor.bytes.byteOffset, tensor.bytes.byteLength)
  const out = new Uint32Array(count)
  for (let i = 0; i < count; i++) {
    if (tensor.dtype === 'I64') out[i] = Number(view.getBigInt64(8 * i, true))
    else if (tensor.dtype === 'I32') out[i] = view.getInt32(4 * i, true)
    else if (tensor.dtype === 'I16') out[i] = view.getInt16(2 * i, true)
    else throw new RangeError(`has indices of type ${tensor.dtype}, which is not supported`)
  }
  return out
}
