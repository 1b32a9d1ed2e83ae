import { choice, int, num, type OptionsOf } from '../../manifest/field.js'

export const options = {
  shard_megabytes: int({ doc: 'Size that an expert’s tars are made to reach, where there are enough pairs.', min: 1, default: 256 }),
  min_shards: int({ doc: 'At least so many tars for each expert, for a trainer with that many workers × GPUs.', min: 1, default: 4 }),
  ooc_ratio: num({ doc: 'Chance of every sample of another expert to enter an expert’s shards as well (out-of-cluster).', min: 0, max: 1, default: 0.02 }),
  seed: int({ doc: 'Chooses the out-of-cluster samples and shuffles the tars.', min: 0, default: 0 }),
  images: choice(['header', 'decode', 'none'], {
    doc: 'How far each image is looked into before it is written: its header, every pixel, or not at all.',
    default: 'header',
  }),
}

export type WriteOptions = OptionsOf<typeof options>
