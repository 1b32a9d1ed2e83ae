import { defineStage } from '../define.js'
import { Samples } from '../kinds.js'
import { bySplit } from '../partition.js'
import { options } from './options.js'

/**
 * Measured: about 150,000 captions a second from parquet, 300 MB a second from tars, 1,500 images a second to
 * look at.
 */
const rowSeconds = 1 / 150_000
const byteSeconds = 1 / 300_000_000
const lookSeconds = 1 / 1_500

export const ingest = defineStage({
  name: 'ingest',
  version: 1,
  doc:
    'Read captions and the places of images from the crawl; drop what cannot be used, ' +
    'each row with a reason.',
  takes: {},
  makes: { samples: { kind: Samples } },
  later_files: ['ingest.json'],
  reads_input: true,
  takes_holdout: true,
  rebuildable: true,
  options,
  partition: bySplit(),
  estimate: ({ rows, bytes, options: { holdout }, partition }) => ({
    seconds:
      rows * (rowSeconds + (holdout?.group_by === 'image' ? lookSeconds : 0)) +
      // What has a footer with its rows is read by columns, the rest whole.
      (partition.splits?.[0]?.shard.rows !== undefined ? 0 : bytes * byteSeconds),
    bytes: rows * 140,
    memory_bytes: 150e6 + rows * 700,
  }),
  load: () => import('./run.js'),
})
