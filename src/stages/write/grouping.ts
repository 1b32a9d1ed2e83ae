import type { Split } from '../define.js'

/**
 * Tars of one expert in one group are numbered within a range of 1000, so that names never clash between
 * groups.
 */
export const tarsPerGroup = 1000

/** Their positions in the journal are in memory, 16 bytes each and a few more for every copy. */
const rowsPerGroup = 4_000_000

/**
 * Groups of splits that are written together: their number is a power of two, such that an average group
 * fills each expert's tars once. A split's group follows from its id alone (ids are hashes), so a shard that
 * is added later changes only its own group, until the crawl has doubled.
 */
export function groupSplits(
  splits: readonly Split[],
  experts: number,
  shardBytes: number,
): { readonly index: number; readonly splits: readonly Split[] }[] {
  const bytes = splits.reduce((sum, split) => sum + bytesOf(split), 0)
  const rows = splits.reduce(
    (sum, { row_start, row_end }) => sum + (row_end === undefined ? 0 : row_end - row_start),
    0,
  )
  const wanted = Math.max(1, bytes / (shardBytes * experts), rows / rowsPerGroup)
  const bits = Math.min(20, Math.round(Math.log2(wanted)))
  const groups = new Map<number, Split[]>()
  for (const split of splits) {
    const index = bits === 0 ? 0 : parseInt(split.id.slice(0, 8), 16) >>> (32 - bits)
    const group = groups.get(index)
    if (group) group.push(split)
    else groups.set(index, [split])
  }
  return [...groups].sort(([a], [b]) => a - b).map(([index, members]) => ({ index, splits: members }))
}

function bytesOf({ shard, row_start, row_end }: Split): number {
  if (shard.rows === undefined || row_end === undefined || shard.rows === 0) return shard.size
  return (shard.size * (row_end - row_start)) / shard.rows
}
