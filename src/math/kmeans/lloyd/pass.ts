import type { RowKey } from '../../../core/random.js'
import { nearestBias, type TopK } from '../../nearest/top-k.js'
import type { Points } from '../../points.js'
import { RelocationCandidates, type RelocationCandidate } from './relocation.js'
import { sameSquared } from '../same-point.js'
import { ClusterSums } from './sums.js'

export interface PassOptions {
  readonly topK: TopK
  readonly key: RowKey
  /** The salt of this pass's draws. */
  readonly pass: number
  /** Added to the squared distance to each centre, where cluster sizes are bounded. */
  readonly price?: Float64Array | undefined
  readonly onBlock?: ((rows: number) => void) | undefined
  readonly signal?: AbortSignal | undefined
}

export interface PassResult {
  readonly sums: ClusterSums
  readonly relocations: readonly RelocationCandidate[]
}

export const passBlockRows = 16384
/** Upper limit on the empty clusters that one pass can relocate. */
export const maxRelocations = 1024

/** Assigns every point to its nearest centre and sums up the clusters: the map half of a Lloyd pass. */
export async function assignPass(
  points: Points,
  centres: Float32Array,
  clusters: number,
  options: PassOptions,
): Promise<PassResult> {
  const { rows, width } = points
  const { topK, key, pass, price } = options
  const table = { centres, count: clusters, bias: nearestBias(centres, clusters, width, price) }
  const sums = new ClusterSums(clusters, width)
  const relocations = new RelocationCandidates(width, Math.min(clusters, maxRelocations))
  for (let start = 0; start < rows; start += passBlockRows) {
    options.signal?.throwIfAborted()
    const end = Math.min(rows, start + passBlockRows)
    const block = await points.read(start, end)
    const { index, score } = await topK.search(block, end - start, table)
    await sums.add(block, end - start, index, topK)
    const bits = new Uint32Array(block.buffer, block.byteOffset, (end - start) * width)
    for (let row = 0; row < end - start; row++) {
      // Unit vectors: 1 − 2·score is the squared distance, exact enough for a draw.
      const squared = 1 - 2 * score[row]! - (price ? price[index[row]!]! : 0)
      if (squared > sameSquared)
        relocations.offer(block, row * width, squared, wordOf(bits, row * width, width), key, pass)
    }
    options.onBlock?.(end - start)
  }
  return { sums, relocations: relocations.take() }
}

/** Identifies a vector in draws, so that its position does not matter. */
function wordOf(bits: Uint32Array, at: number, width: number): number {
  return (bits[at]! ^ Math.imul(bits[at + (width >> 1)]!, 0x9e3779b1)) >>> 0
}
