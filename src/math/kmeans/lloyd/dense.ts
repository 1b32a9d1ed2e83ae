import type { Random } from '../../../core/random.js'
import type { Gemm } from '../../gemm/gemm.js'
import { squaredNorms, type Matrix } from '../../matrix.js'

const blockRows = 8192

/**
 * Lloyd's algorithm for a matrix in memory; a centre that loses all of its rows moves to a random one. Sums
 * are in float64, in the order of the rows. `centres` are changed in place and returned.
 */
export async function denseLloyd(
  points: Matrix,
  centres: Matrix,
  { iterations, random, gemm }: { readonly iterations: number; readonly random: Random; readonly gemm: Gemm },
): Promise<Matrix> {
  const { rows, width, data } = points
  for (let iteration = 0; iteration < iterations; iteration++) {
    const { sums, members } = await sumClusters(points, centres, gemm)
    for (let centre = 0; centre < centres.rows; centre++) {
      const n = members[centre]!
      const spare = n === 0 ? random.below(rows) * width : 0
      for (let t = 0; t < width; t++)
        centres.data[centre * width + t] = n === 0 ? data[spare + t]! : sums[centre * width + t]! / n
    }
  }
  return centres
}

/** Sums and sizes of the clusters of nearest centres; of equally near centres the first. */
async function sumClusters({ rows, width, data }: Matrix, centres: Matrix, gemm: Gemm) {
  const clusters = centres.rows
  const sums = new Float64Array(clusters * width)
  const members = new Uint32Array(clusters)
  const half = squaredNorms(centres).map((norm) => norm / 2)
  for (let start = 0; start < rows; start += blockRows) {
    const m = Math.min(blockRows, rows - start)
    const block = data.subarray(start * width, (start + m) * width)
    const products = await gemm.multiply(block, centres.data, { m, k: width, n: clusters, transpose_b: true })
    for (let row = 0; row < m; row++) {
      let best = 0
      let highest = Number.NEGATIVE_INFINITY
      for (let centre = 0, at = row * clusters; centre < clusters; centre++, at++) {
        const score = products[at]! - half[centre]!
        if (score > highest) {
          highest = score
          best = centre
        }
      }
      members[best]!++
      for (let t = 0; t < width; t++) sums[best * width + t]! += block[row * width + t]!
    }
  }
  return { sums, members }
}
