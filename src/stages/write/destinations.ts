import { rowKey, unitOfRow, type RowKey } from '../../core/random.js'
import type { Split } from '../define.js'

/**
 * Which experts' training sets a sample enters besides its own: each with probability `ratio`, by hash of
 * seed, sample and expert.
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

/** By the shard and not the split: how a shard is cut must not change who goes where. */
export const oocKey = (seed: number, split: Split): RowKey => rowKey('ooc', seed, split.shard.identity)
