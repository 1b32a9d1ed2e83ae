import { choice, int, num, optional, type OptionsOf } from '../../core/field.js'

export const options = {
  shard_megabytes: int({
    doc: 'Size that an expert’s tars are made to reach, where there are enough pairs.',
    min: 1,
    default: 256,
  }),
  format: choice(['webdataset', 'parquet'], {
    doc:
      '`webdataset`: tars, which trainers read. `parquet`: parquet files with image bytes, ' +
      'for Hugging Face `datasets` and query engines; `train` does not read them.',
    default: 'webdataset',
  }),
  gpus: int({
    doc:
      'GPUs that will train one expert, over all machines: ' +
      'every one of its loaders needs shards of its own.',
    min: 1,
    default: 1,
  }),
  workers: int({
    doc:
      'Processes that read and decode for each GPU. ' +
      'Each expert gets a multiple of GPUs × workers as shards, near `shard_megabytes`.',
    min: 1,
    default: 4,
  }),
  ooc_ratio: num({
    doc: 'Chance of every sample of another expert to enter an expert’s shards as well (out-of-cluster).',
    min: 0,
    max: 1,
    default: 0.02,
  }),
  seed: int({ doc: 'Chooses the out-of-cluster samples and shuffles the tars.', min: 0, default: 0 }),
  order: optional(
    choice(['shuffled', 'stratified', 'batched'], {
      doc:
        'Order of an expert’s samples; left out: `shuffled`. `stratified`: ' +
        'any stretch holds fine clusters in proportion. `batched`: ' +
        'stretches of `batch_rows` samples of one fine cluster each ' +
        '(hard negatives); both matter only where the trainer does not shuffle again.',
    }),
  ),
  batch_rows: optional(
    int({ doc: 'Samples in a stretch of one fine cluster, with `order: batched`; 256 if left out.', min: 2 }),
  ),
  most_lost_share: num({
    doc:
      'Stop where more than this share of a group’s rows was dropped by `ingest`: ' +
      '0.1 stops a crawl of which a tenth is broken.',
    min: 0,
    max: 1,
    default: 1,
  }),
  images: choice(['header', 'decode', 'none'], {
    doc: 'How far each image is looked into before it is written: its header, every pixel, or not at all.',
    default: 'header',
  }),
}

export type WriteOptions = OptionsOf<typeof options>
