import { PipelineError } from '../core/error.js'
import { halfToFloat } from '../core/half.js'
import type { ByteSource } from './source.js'

/** NumPy's array file, format version 1.0 (numpy/lib/format.py), C order, little endian. */

export type NpyDtype = 'float32' | 'float16'

const descriptors = { float32: '<f4', float16: '<f2' } as const
const sizes = { float32: 4, float16: 2 } as const
const magic = [0x93, 0x4e, 0x55, 0x4d, 0x50, 0x59]

/** The header alone, padded to a multiple of 64 bytes, for arrays that are written in pieces after it. */
export function npyHeader(dtype: NpyDtype, shape: readonly number[]): Uint8Array {
  const dimensions = shape.length === 1 ? `${shape[0]},` : shape.join(', ')
  const dictionary = `{'descr': '${descriptors[dtype]}', 'fortran_order': False, 'shape': (${dimensions}), }`
  const length = Math.ceil((10 + dictionary.length + 1) / 64) * 64
  const header = new Uint8Array(length).fill(0x20)
  header.set([...magic, 1, 0, (length - 10) & 0xff, (length - 10) >> 8])
  header.set(new TextEncoder().encode(dictionary), 10)
  header[length - 1] = 0x0a
  return header
}

/** A whole array: Float32Array as float32, Uint16Array as the bits of float16. */
export function encodeNpy(data: Float32Array | Uint16Array, shape: readonly number[]): Uint8Array {
  const count = shape.reduce((product, extent) => product * extent, 1)
  if (count !== data.length)
    throw new RangeError(`an array of shape ${shape.join('×')} has ${count} numbers, got ${data.length}`)
  const header = npyHeader(data instanceof Float32Array ? 'float32' : 'float16', shape)
  const bytes = new Uint8Array(header.byteLength + data.byteLength)
  bytes.set(header)
  bytes.set(new Uint8Array(data.buffer, data.byteOffset, data.byteLength), header.byteLength)
  return bytes
}

export interface NpyFile {
  readonly dtype: NpyDtype
  readonly shape: readonly number[]
  /**
   * Rows [start, end) of the first dimension, row-major, float16 widened; into the beginning of `into`, if
   * given. One range request.
   */
  readRows(start: number, end: number, into?: Float32Array): Promise<Float32Array>
}

/** Throws `E_NPY` for anything but a C-ordered little-endian float array whose size fits its shape. */
export async function openNpy(source: ByteSource): Promise<NpyFile> {
  const head = await source.read(0, Math.min(10, source.size))
  if (head.length < 10 || magic.some((byte, i) => head[i] !== byte))
    throw refuse(
      source,
      'a NumPy array file',
      `it begins with ${Buffer.from(head.subarray(0, 6)).toString('hex')}`,
    )
  const wide = (head[6] ?? 1) >= 2
  const prefix = wide ? 12 : 10
  const lengths = wide ? await source.read(8, 12) : head.subarray(8, 10)
  const headerLength = lengths.reduce((sum, byte, i) => sum + byte * 256 ** i, 0)
  const text = new TextDecoder('latin1').decode(
    await source.read(prefix, Math.min(prefix + headerLength, source.size)),
  )
  const descriptor = /'descr': *'([^']*)'/.exec(text)?.[1]
  const dtype = (['float32', 'float16'] as const).find((name) => descriptors[name] === descriptor)
  const shape = /'shape': *\(([\d, ]*)\)/
    .exec(text)?.[1]
    ?.split(',')
    .filter((part) => part.trim() !== '')
    .map(Number)
  if (!dtype || !shape || !/'fortran_order': *False/.test(text))
    throw refuse(source, 'float32 or float16, C order, little endian', text.trim())
  const start = prefix + headerLength
  const width = shape.slice(1).reduce((product, extent) => product * extent, 1)
  const rowBytes = width * sizes[dtype]
  const expected = start + (shape[0] ?? 1) * rowBytes
  if (source.size !== expected)
    throw refuse(source, `${expected} bytes for shape (${shape.join(', ')})`, `${source.size} bytes`)
  return {
    dtype,
    shape,
    async readRows(first, end, into) {
      const bytes = await source.read(start + first * rowBytes, start + end * rowBytes)
      const rows = into ? into.subarray(0, (end - first) * width) : new Float32Array((end - first) * width)
      // A copy: the bytes need not be aligned, the caller may keep them, and the slice of a Buffer would be a
      // view.
      if (dtype === 'float32') new Uint8Array(rows.buffer, rows.byteOffset, rows.byteLength).set(bytes)
      else halfToFloat(new Uint16Array(new Uint8Array(bytes).buffer), rows)
      return rows
    },
  }
}

function refuse(source: ByteSource, expected: string, found: string): PipelineError {
  return new PipelineError({
    code: 'E_NPY',
    message: 'this array file cannot be used',
    place: source.uri,
    expected,
    found,
  })
}
