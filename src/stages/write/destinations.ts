import { rowKey, unitOfRow, type RowKey } from '../../core/random.js'
import type { Split } from '../define.js'

/**
 * The other experts whose training sets also get a sample: each with probability `ratio`, by hash of seed,
 * sample and expert.
 */
export function outOfClusterExperts(
  key: RowKey,
  row: number,
  own: number,
  experts: number,
  ratio: number,
): number[] {
  const entered: number[] = []
  if (ratio === 0) return entered
  for (let expert = 0; expert < experts; expert++)
    if (expert !== own && unitOfRow(key, row, expert) < ratio) entered.push(expert)
  return entered
}

/** Keyed by the shard, not the split: how a shard is split must not change who gets a sample. */
export const outOfClusterKey = (seed: number, split: Split): RowKey =>
  rowKey('ooc', seed, split.shard.identity)
