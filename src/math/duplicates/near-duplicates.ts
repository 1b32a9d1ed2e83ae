import type { Gemm } from '../gemm/gemm.js'

const blockRows = 1024

/**
 * Which of some unit vectors are near-duplicates: 1 where an earlier vector has a cosine above `similarity`.
 * The order decides what stays, so the first of every group does. (SemDeDup, Abbas et al. 2023, eq. of its
 * appendix: the maximum over the strict upper triangle.) All pairs are compared, a million at a time.
 */
export async function nearDuplicates(
  vectors: Float32Array,
  rows: number,
  width: number,
  similarity: number,
  gemm: Gemm,
): Promise<Uint8Array> {
  const duplicate = new Uint8Array(rows)
  for (let start = 0; start < rows; start += blockRows) {
    const end = Math.min(rows, start + blockRows)
    const block = vectors.slice(start * width, end * width)
    for (let from = 0; from < end; from += blockRows) {
      const to = Math.min(from + blockRows, end)
      const columns = to - from
      const products = await gemm.multiply(block, vectors.slice(from * width, to * width), {
        m: end - start,
        k: width,
        n: columns,
        transpose_b: true,
      })
      for (let row = start; row < end; row++) {
        if (duplicate[row]) continue
        const at = (row - start) * columns
        for (let other = from; other < Math.min(to, row); other++) {
          if (products[at + other - from]! > similarity) {
            duplicate[row] = 1
            break
          }
        }
      }
    }
  }
  return duplicate
}
