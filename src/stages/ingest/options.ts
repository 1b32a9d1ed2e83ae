import { choice, group, int, list, num, optional, text, type OptionsOf } from '../../core/field.js'

export const options = {
  caption: choice(['first', 'longest', 'seeded', 'each'], {
    doc:
      'Which caption is embedded, clustered and trained on if a row has several; `each` ' +
      'makes a sample of every caption.',
    default: 'first',
  }),
  seed: int({ doc: 'Seed for `caption: seeded`.', min: 0, default: 0 }),
  min_characters: int({
    doc: 'Shorter captions are dropped; blanks at both ends are not counted.',
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
        'Parquet column, or member of a tar’s `.json`, that holds the caption; if omitted, ' +
        'found by well-known names.',
      pattern: '.',
    }),
  ),
  image_field: optional(
    text({
      doc: 'Parquet column that holds the image bytes; if omitted, found by well-known names.',
      pattern: '.',
    }),
  ),
  url_field: optional(
    text({
      doc:
        'Parquet column or JSON member that holds the URL of the image; if omitted, found by ' +
        'well-known names.',
      pattern: '.',
    }),
  ),
  metadata: list(text({ doc: 'Field name.' }), {
    doc:
      'Other fields to copy into the shards; `*` copies every short one. The `KEY=VALUE` folders ' +
      'above a shard are fields too.',
    default: ['*'],
  }),
  on_broken_shard: choice(['fail', 'drop'], {
    doc:
      'What to do with a shard that cannot be read to its end: fail and name the position, ' +
      'or drop all of its rows as `shard_broken`.',
    default: 'fail',
  }),
  holdout: optional(
    group(
      {
        share: num({ doc: 'Share of the groups to keep out of training.', min: 0, max: 0.5 }),
        seed: int({ doc: 'Seed for choosing the groups.', min: 0, default: 0 }),
        group_by: text({
          doc:
            'Rows with the same value stay on one side: `image` (lookalikes), `caption` (the same ' +
            'words), or a metadata field.',
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

export const takesColumn = ({ metadata }: Pick<IngestOptions, 'metadata'>, column: string): boolean =>
  metadata.includes('*') || metadata.includes(column)
