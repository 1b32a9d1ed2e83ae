import type { Picture } from './picture.js'
import { structShard, flatShard } from './parquet-shards.js'
import { tarShard } from './tar-shard.js'

/** One file of the corpus. */
export interface ShardFile {
  readonly name: string
  readonly bytes: Uint8Array
}

/** The three layouts of the crawl, and the number of shards in each. */
const layouts = [
  { prefix: 'flat', extension: 'parquet', shards: 3, encode: flatShard },
  { prefix: 'hub', extension: 'parquet', shards: 3, encode: structShard },
  { prefix: 'web', extension: 'tar', shards: 3, encode: tarShard },
] as const

/**
 * Splits pictures, in the given order, into shards of about equal size: snappy parquet, zstd parquet in the
 * hub's layout, and tars.
 */
export async function layOut(pictures: readonly Picture[]): Promise<ShardFile[]> {
  const total = layouts.reduce((sum, layout) => sum + layout.shards, 0)
  const files: ShardFile[] = []
  for (const { prefix, extension, shards, encode } of layouts) {
    for (let shard = 0; shard < shards; shard++) {
      const at = files.length
      const part = pictures.slice(
        Math.round((at * pictures.length) / total),
        Math.round(((at + 1) * pictures.length) / total),
      )
      files.push({
        name: `${prefix}-${String(shard).padStart(5, '0')}.${extension}`,
        bytes: await encode(part),
      })
    }
  }
  return files
}
