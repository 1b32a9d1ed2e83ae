import type { Gemm } from '../gemm/gemm.js'

const blockRows = 1024

/**
 * Marks near-duplicates among unit vectors: 1 if an earlier vector has a cosine above `similarity`, so the
 * first of every group is kept (SemDeDup, Abbas et al. 2023, equation in its appendix: the maximum over the
 * strict upper triangle). Compares all pairs, a million at a time.
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
