import { defineStage } from '../define.js'
import { Samples } from '../kinds.js'
import { bySplit } from '../partition.js'
import { options, takesColumn } from './options.js'

/**
 * Measured: about 150,000 captions per second from parquet, 300 MB per second from tars, 1,500 images per
 * second hashed.
 */
const rowSeconds = 1 / 150_000
const byteSeconds = 1 / 300_000_000
const imageSeconds = 1 / 1_500

export const ingest = defineStage({
  name: 'ingest',
  version: 1,
  doc: 'Reads captions and image locations from the crawl; drops unusable rows, each with a reason.',
  takes: {},
  makes: { samples: { kind: Samples } },
  later_files: ['ingest.json'],
  reads_input: true,
  takes_holdout: true,
  rebuildable: true,
  options,
  takes_partition: takesColumn,
  idle: ({ caption }) => (caption === 'seeded' ? [] : ['seed']),
  partition: bySplit(),
  estimate: ({ rows, bytes, options: { holdout }, partition }) => ({
    seconds:
      rows * (rowSeconds + (holdout?.group_by === 'image' ? imageSeconds : 0)) +
      // Formats with a row count in their footer are read by column, the others whole.
      (partition.splits?.[0]?.shard.rows !== undefined ? 0 : bytes * byteSeconds),
    bytes: rows * 140,
    memory_bytes: 150e6 + rows * 700,
  }),
  load: () => import('./run.js'),
})
