import { choice, group, int, list, num, optional, text, type OptionsOf } from '../../core/field.js'

export const options = {
  caption: choice(['first', 'longest', 'seeded', 'each'], {
    doc:
      'Which caption of a row that has several is embedded, clustered and trained on; ' +
      '`each` makes a sample of every one.',
    default: 'first',
  }),
  seed: int({ doc: 'Chooses the caption with `caption: seeded`.', min: 0, default: 0 }),
  min_characters: int({
    doc: 'Shorter captions are dropped, blanks at both ends not counted.',
    min: 1,
    default: 1,
  }),
  max_characters: int({
    doc: 'Longer captions are dropped: they are pages, not captions.',
    min: 1,
    default: 20_000,
  }),
  caption_field: optional(
    text({
      doc:
        'Parquet column, or member of a tar’s `.json`, that holds the caption; ' +
        'found by well-known names if left out.',
      pattern: '.',
    }),
  ),
  image_field: optional(
    text({
      doc: 'Parquet column that holds the image bytes; found by well-known names if left out.',
      pattern: '.',
    }),
  ),
  url_field: optional(
    text({
      doc:
        'Parquet column or JSON member that holds the address of the image; ' +
        'found by well-known names if left out.',
      pattern: '.',
    }),
  ),
  metadata: list(text({ doc: 'A field.' }), {
    doc: 'Other fields that go along into the shards; `*` keeps every short one.',
    default: ['*'],
  }),
  on_broken_shard: choice(['fail', 'drop'], {
    doc:
      'What to do with a shard that cannot be read to its end: stop with its place, ' +
      'or drop all of its rows as `shard_broken`.',
    default: 'fail',
  }),
  holdout: optional(
    group(
      {
        share: num({ doc: 'Share of the groups that is kept out of training.', min: 0, max: 0.5 }),
        seed: int({ doc: 'Chooses which.', min: 0, default: 0 }),
        group_by: text({
          doc:
            'Rows that share it stay on one side: `image` (they look alike), ' +
            '`caption` (the same words), or a member of the metadata.',
          default: 'image',
          pattern: '^[A-Za-z0-9_.-]+$',
          examples: ['image', 'caption', 'product_id'],
        }),
      },
      { doc: 'Samples kept out of training, for evaluation.' },
    ),
  ),
}

export type IngestOptions = OptionsOf<typeof options>
