import { choice, int, num, optional, type OptionsOf } from '../../core/field.js'

export const options = {
  shard_megabytes: int({
    doc: 'Target size of an expert’s shards, if it has enough pairs.',
    min: 1,
    default: 256,
  }),
  format: choice(['webdataset', 'parquet'], {
    doc:
      '`webdataset`: tars, for trainers. `parquet`: parquet files with image bytes, for ' +
      'Hugging Face `datasets` and query engines; `train` does not read them.',
    default: 'webdataset',
  }),
  gpus: int({
    doc: 'GPUs that will train one expert, over all machines: each of its data loaders needs its own shards.',
    min: 1,
    default: 1,
  }),
  workers: int({
    doc:
      'Data loader processes per GPU. The number of an expert’s shards is a multiple of ' +
      'GPUs × workers, with sizes near `shard_megabytes`.',
    min: 1,
    default: 4,
  }),
  ooc_ratio: num({
    doc:
      'Probability that a sample of another expert is also written to an expert’s shards ' +
      '(out-of-cluster).',
    min: 0,
    max: 1,
    default: 0.02,
  }),
  seed: int({ doc: 'Seed for the out-of-cluster samples and for shuffling the shards.', min: 0, default: 0 }),
  order: optional(
    choice(['shuffled', 'stratified', 'batched'], {
      doc:
        'Order of an expert’s samples; default: `shuffled`. `stratified`: any run of samples ' +
        'has fine clusters in proportion. `batched`: runs of `batch_rows` samples from one ' +
        'fine cluster each (hard negatives). Both matter only if the trainer does not shuffle ' +
        'again.',
    }),
  ),
  batch_rows: optional(
    int({ doc: 'Samples per run from one fine cluster, with `order: batched`; 256 if omitted.', min: 2 }),
  ),
  most_lost_share: num({
    doc:
      'Fail if `ingest` dropped more than this share of a group’s rows: 0.1 stops a crawl ' +
      'of which a tenth is broken.',
    min: 0,
    max: 1,
    default: 1,
  }),
  images: choice(['header', 'decode', 'none'], {
    doc: 'How each image is checked before it is written: its header, every pixel, or not at all.',
    default: 'header',
  }),
}

export type WriteOptions = OptionsOf<typeof options>
