import { sha256 } from '../core/digest.js'
import { byCodeUnit } from '../core/json.js'
import type { InputShard, Split } from '../stages/define.js'
import type { SurveyedShard } from './types.js'

/** Maximum rows of a split; a larger parquet shard is split between row groups. */
export const rowsPerSplit = 250_000

/**
 * Shards and splits in the order of their ids, which derive from identities: neither file names nor the
 * order of a listing can change results. Shards with the same bytes get different ids by an ordinal.
 */
export function cutSplits(
  surveyed: readonly SurveyedShard[],
  rows = rowsPerSplit,
  generationOf: (identity: string) => number = () => 0,
): { shards: InputShard[]; splits: Split[] } {
  const seen = new Map<string, number>()
  const ordered = surveyed.toSorted((a, b) => byCodeUnit(a.identity, b.identity) || byCodeUnit(a.uri, b.uri))
  const cut = ordered.map((shard) => {
    const ordinal = seen.get(shard.identity) ?? 0
    seen.set(shard.identity, ordinal + 1)
    const identity = ordinal === 0 ? shard.identity : `${shard.identity}#${ordinal}`
    const generation = generationOf(identity)
    const input: InputShard = {
      id: sha256(identity).slice(0, 10),
      uri: shard.uri,
      format: shard.format,
      size: shard.size,
      identity,
      ...(shard.rows === undefined ? {} : { rows: shard.rows }),
      ...(shard.reading === undefined ? {} : { reading: shard.reading }),
      ...(generation === 0 ? {} : { generation }),
    }
    return { input, splits: splitsOf(input, shard.row_groups ?? [], rows) }
  })
  cut.sort((a, b) => byCodeUnit(a.input.id, b.input.id))
  return { shards: cut.map(({ input }) => input), splits: cut.flatMap(({ splits }) => splits) }
}

function splitsOf(shard: InputShard, rowGroups: readonly number[], limit: number): Split[] {
  const total = rowGroups.reduce((sum, count) => sum + count, 0)
  if (total <= limit)
    return [
      { id: shard.id, shard, row_start: 0, ...(shard.rows === undefined ? {} : { row_end: shard.rows }) },
    ]
  const splits: Split[] = []
  let start = 0
  let end = 0
  const close = () => {
    if (end > start)
      splits.push({
        id: sha256(`${shard.identity} ${start}`).slice(0, 10),
        shard,
        row_start: start,
        row_end: end,
      })
    start = end
  }
  for (const count of rowGroups) {
    if (end > start && end - start + count > limit) close()
    end += count
  }
  close()
  return splits
}

/** For shards whose rows are not known before reading (tars): a typical size per pair. */
const typicalPairBytes = 20_000

export function rowsOfShard({ rows, size }: InputShard): number {
  return rows ?? Math.max(1, Math.round(size / typicalPairBytes))
}

export function rowsOfSplit({ shard, row_start, row_end }: Split): number {
  return (row_end ?? rowsOfShard(shard)) - row_start
}
