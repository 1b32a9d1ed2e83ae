import { encodeModel } from '../onnx/model.js'
import type { Session } from '../session.js'
import { openSession } from '../session/open.js'

export interface Shape {
  readonly m: number
  readonly k: number
  readonly n: number
  /** `a` is stored [k, m]. */
  readonly transpose_a?: boolean | undefined
  /** `b` is stored [n, k]. */
  readonly transpose_b?: boolean | undefined
}

/** Float32 matrix product on every core: a [m, k] · b [k, n] = [m, n], row-major. */
export interface Gemm {
  multiply(a: Float32Array, b: Float32Array, shape: Shape): Promise<Float32Array>
  close(): Promise<void>
}

/**
 * The product of onnxruntime, which is as fast as a BLAS and everywhere npm is. The thread count does not change a bit of the
 * result; a product with a single row takes another kernel, so its last bits differ from the same row among others.
 */
export function openGemm(threads: number): Gemm {
  const sessions = new Map<string, Promise<Session>>()
  const session = (ta: boolean, tb: boolean) => {
    const key = `${ta}${tb}`
    let found = sessions.get(key)
    if (!found) sessions.set(key, (found = openSession(gemmModel(ta, tb), { threads, reuse_memory: false })))
    return found
  }
  return {
    async multiply(a, b, { m, k, n, transpose_a = false, transpose_b = false }) {
      if (a.length !== m * k || b.length !== k * n) throw new RangeError(`gemm: got ${a.length} and ${b.length} numbers for [${m}, ${k}] · [${k}, ${n}]`)
      const graph = await session(transpose_a, transpose_b)
      const { y } = await graph.run({
        a: { type: 'float32', data: a, dims: transpose_a ? [k, m] : [m, k] },
        b: { type: 'float32', data: b, dims: transpose_b ? [n, k] : [k, n] },
      })
      return y!.data as Float32Array
    },
    async close() {
      for (const opened of sessions.values()) await (await opened).close()
      sessions.clear()
    },
  }
}

function gemmModel(transposeA: boolean, transposeB: boolean): Uint8Array {
  return encodeModel({
    opset: 17,
    nodes: [{ op: 'Gemm', inputs: ['a', 'b'], outputs: ['y'], attributes: { transA: { int: transposeA ? 1 : 0 }, transB: { int: transposeB ? 1 : 0 } } }],
    inputs: [
      { name: 'a', type: 'float32', dims: ['a0', 'a1'] },
      { name: 'b', type: 'float32', dims: ['b0', 'b1'] },
    ],
    outputs: [{ name: 'y', type: 'float32', dims: ['m', 'n'] }],
  })
}
