/**
 * What decides how a shard is read, besides its bytes and the options. Members are missing where nothing
 * special applies, so that most shards have none; those that are there enter fingerprints.
 */
export interface ShardReading {
  /** Hive partitions: the `KEY=VALUE` folders above the shard. Null: Hive's default partition. */
  readonly partitions?: { readonly [column: string]: string | null } | undefined
  /**
   * A parquet file that img2dataset wrote: with images and a status per row, or the table of a tar that is
   * not there.
   */
  readonly img2dataset?: 'parquet' | 'without_tar' | undefined
  /** Of a tar that is compressed: how. */
  readonly compression?: 'gzip' | 'zstd' | undefined
  /** Of a shard whose rows have images or only URLs: which rows are taken, or what is taken of them. */
  readonly take?: 'images' | 'urls' | undefined
}

/** Whether nothing special applies, so that the member can be left out. */
export function readingOf(reading: ShardReading): ShardReading | undefined {
  const members = Object.entries(reading).filter(([, value]) => value !== undefined)
  return members.length === 0 ? undefined : (Object.fromEntries(members) as ShardReading)
}

/** The reading with only those partitions that `takes` names. */
export function readingWith(
  reading: ShardReading | undefined,
  takes: (column: string) => boolean,
): ShardReading | undefined {
  if (!reading?.partitions) return reading
  const taken = Object.entries(reading.partitions).filter(([column]) => takes(column))
  return readingOf({ ...reading, partitions: taken.length > 0 ? Object.fromEntries(taken) : undefined })
}
