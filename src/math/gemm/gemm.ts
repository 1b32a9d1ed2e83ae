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

/** Float32 matrix product on every core: a [m, k] · b [k, n] = [m, n], row-major. */
export interface Gemm {
  multiply(a: Float32Array, b: Float32Array, shape: Shape): Promise<Float32Array>
  close(): Promise<void>
}

/**
 * The product of onnxruntime, which is as fast as a BLAS and everywhere npm is. The thread count does not
 * change a bit of the result; a product with a single row takes another kernel, so its last bits differ from
 * the same row among others.
 *
 * onnxruntime's own product (MLAS) cuts a wide result by columns, one piece a thread, and adds up k in longer
 * blocks where a piece is narrow: with `a` as stored, m < n and k > 128 the last bits then depend on the
 * threads (measured). Such a product is made as (bᵀ·aᵀ)ᵀ, which is cut by rows.
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
      // Never asked for: an inner value with one reader would let the optimiser fold the transpose back into
      // the product.
      ...(wide ? [{ name: 'y_transposed', type: 'float32' as const, dims: ['n', 'm'] }] : []),
    ],
  })
}

function orders(transA: boolean, transB: boolean): OnnxNode['attributes'] {
  return { transA: { int: transA ? 1 : 0 }, transB: { int: transB ? 1 : 0 } }
}
