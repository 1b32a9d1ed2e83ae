import { encodeModel, type OnnxNode } from '../onnx/model.js'
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

/** Multithreaded float32 matrix product: a [m, k] · b [k, n] = [m, n], row-major. */
export interface Gemm {
  multiply(a: Float32Array, b: Float32Array, shape: Shape): Promise<Float32Array>
  close(): Promise<void>
}

/**
 * Opens a matrix product by onnxruntime, which is as fast as a BLAS and can be installed with npm. The number
 * of threads does not change a bit of the result. A product with a single row uses another kernel, so its
 * last bits differ from the same row in a larger product.
 *
 * onnxruntime's product (MLAS) divides a wide result by columns among the threads, and sums k in longer
 * blocks if a piece is narrow: with `a` not transposed, m < n and k > 128, the last bits then depend on the
 * number of threads (measured). Such a product is computed as (bᵀ·aᵀ)ᵀ, which is divided by rows.
 */
export function openGemm(threads: number): Gemm {
  const sessions = new Map<string, Promise<Session>>()
  const session = (ta: boolean, tb: boolean, wide: boolean) => {
    const key = `${ta}${tb}${wide}`
    let found = sessions.get(key)
    if (!found)
      sessions.set(key, (found = openSession(gemmModel(ta, tb, wide), { threads, reuse_memory: false })))
    return found
  }
  return {
    async multiply(a, b, { m, k, n, transpose_a = false, transpose_b = false }) {
      if (a.length !== m * k || b.length !== k * n) {
        throw new RangeError(`gemm: got ${a.length} and ${b.length} numbers for [${m}, ${k}] · [${k}, ${n}]`)
      }
      const graph = await session(transpose_a, transpose_b, m < n && !transpose_a)
      const feeds = {
        a: { type: 'float32' as const, data: a, dims: transpose_a ? [k, m] : [m, k] },
        b: { type: 'float32' as const, data: b, dims: transpose_b ? [n, k] : [k, n] },
      }
      const { y } = await graph.run(feeds, ['y'])
      return y!.data as Float32Array
    },
    async close() {
      for (const opened of sessions.values()) await (await opened).close()
      sessions.clear()
    },
  }
}

function gemmModel(transposeA: boolean, transposeB: boolean, wide: boolean): Uint8Array {
  return encodeModel({
    opset: 17,
    nodes: wide
      ? [
          {
            op: 'Gemm',
            inputs: ['b', 'a'],
            outputs: ['y_transposed'],
            attributes: orders(!transposeB, !transposeA),
          },
          {
            op: 'Transpose',
            inputs: ['y_transposed'],
            outputs: ['y'],
            attributes: { perm: { ints: [1, 0] } },
          },
        ]
      : [{ op: 'Gemm', inputs: ['a', 'b'], outputs: ['y'], attributes: orders(transposeA, transposeB) }],
    inputs: [
      { name: 'a', type: 'float32', dims: ['a0', 'a1'] },
      { name: 'b', type: 'float32', dims: ['b0', 'b1'] },
    ],
    outputs: [
      { name: 'y', type: 'float32', dims: ['m', 'n'] },
      // Never fetched. As an inner value with one consumer, the optimiser would fold the transpose into the
      // product.
      ...(wide ? [{ name: 'y_transposed', type: 'float32' as const, dims: ['n', 'm'] }] : []),
    ],
  })
}

function orders(transA: boolean, transB: boolean): OnnxNode['attributes'] {
  return { transA: { int: transA ? 1 : 0 }, transB: { int: transB ? 1 : 0 } }
}
