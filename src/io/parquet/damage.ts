import { PipelineError } from '../../core/error.js'
import type { ByteSource } from '../source.js'

/** Turns an error of a decoder into one that names file and rows. */
export function damaged(source: ByteSource, thrown: unknown, where = ''): PipelineError {
  if (thrown instanceof PipelineError) return thrown
  const found = thrown instanceof Error ? thrown.message : String(thrown)
  return new PipelineError({
    code: 'E_PARQUET_DAMAGED',
    message: 'this parquet file cannot be read',
    place: `${source.uri}${where}`,
    expected: 'a whole, undamaged parquet file',
    found: found.split('\n')[0],
    hint: 'download the shard again, or drop the whole shard with `ingest.on_broken_shard: drop`',
    cause: thrown,
  })
}
