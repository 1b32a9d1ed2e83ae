import {
  choice,
  either,
  type Field,
  type Fields,
  flag,
  group,
  int,
  list,
  map,
  num,
  optional,
  text,
} from '../../core/field.js'
import { formatNames, formats } from '../../io/crawl/formats.js'
import { mainMetrics, metricNames } from '../../metrics/metrics.js'
import { pluginsField } from './pipeline-fields.js'
import { identifierPattern } from './text.js'

const place = { env: true, path: 'file' } as const

export const inputFields = {
  uri: either<string | readonly string[]>(
    [
      text({
        doc: 'A folder, file or pattern.',
        pattern: '.',
        examples: ['s3://crawl/cc12m/{00000..01242}.tar', '../data/*.parquet'],
      }),
      list(text({ doc: 'One of several places.', pattern: '.', path: 'file' }), {
        doc: 'Several places.',
        min: 1,
      }),
    ],
    {
      ...place,
      doc:
        'Where the crawl lies: a folder, a file, or a pattern with `*` or `{00000..01242}`; ' +
        'a list for several. Relative to the manifest.',
    },
  ),
  format: choice(['auto', ...formatNames], {
    default: 'auto',
    doc:
      `Layout of the shards; \`auto\` looks at their names and bytes. ` +
      `${formats.map(({ name, doc }) => `\`${name}\`: ${doc}`).join('; ')}.`,
  }),
  rows_per_split: int({
    min: 1,
    default: 250_000,
    doc: 'Parquet shards with more rows are cut at row groups into splits of about this size.',
  }),
} satisfies Fields

/**
 * Stands in the manifest's `holdout`; the ingest stage's own declaration takes its place where it has one.
 */
export const holdoutField = optional(
  group(
    {
      share: num({ min: 0, max: 0.5, doc: 'Share of the samples that is kept out of training.' }),
      seed: int({ min: 0, default: 0, doc: 'Chooses which.' }),
      group_by: text({
        default: 'image',
        pattern: '^[A-Za-z0-9_.-]+$',
        examples: ['image', 'caption', 'product_id'],
        doc:
          'Rows that share it stay on one side: `image`, `caption`, ' +
          'or a member of the metadata (rows without it count for themselves).',
      }),
    },
    { doc: 'Samples kept out of training, for evaluation.' },
  ),
)

const template = text({
  pattern: '\\{c?\\}',
  doc: 'A prompt with `{}` (or `{c}`) where the class name goes.',
  examples: ['a photo of a {}.'],
})

export const evaluationFields = {
  type: choice(['classification', 'retrieval', 'multilabel'], { doc: 'What is measured.' }),
  from: optional(choice(['holdout'], { doc: 'Use the rows that `holdout` kept out, in place of a `uri`.' })),
  uri: optional(
    text({
      ...place,
      pattern: '.',
      doc: 'Folder of WebDataset tars as CLIP_benchmark lays them out, relative to the manifest.',
    }),
  ),
  label: optional(
    text({
      doc:
        'Member of the metadata that holds the class, or the list of classes; ' +
        'its values are the class names.',
      pattern: '.',
    }),
  ),
  where: optional(
    map(
      either<string | number | boolean>(
        [text({ doc: 'Text.' }), num({ doc: 'A number.' }), flag({ doc: 'True or false.' })],
        { doc: 'The value.' },
      ),
      {
        doc: 'Only samples whose metadata have these values.',
      },
    ),
  ),
  classnames: optional(
    text({
      ...place,
      pattern: '.',
      doc:
        'File with one class name a line, in the order of the `.cls` numbers; ' +
        '`classnames.txt` of the folder if left out.',
    }),
  ),
  templates: optional(list(template, { doc: 'Prompts that class names are put into.', min: 1 })),
  routing_templates: optional(
    list(template, { doc: 'Prompts for routing alone, where these should differ.', min: 1 }),
  ),
  metric: optional(
    choice(metricNames, {
      doc:
        `The figure that verdicts are about; \`${mainMetrics.classification}\` ` +
        `or \`${mainMetrics.multilabel}\` if left out.`,
    }),
  ),
} satisfies Fields

/** Members of a manifest. `stages` depends on the pipeline, `holdout` on what the ingest stage takes. */
export function manifestFields(stages: Field, holdout: Field = holdoutField): Fields {
  return {
    name: text({
      pattern: identifierPattern,
      doc: 'Name of the run: letters, digits, `_` and `-`, at most 64.',
    }),
    pipeline: text({
      default: 'mode',
      pattern: '^[A-Za-z0-9._/-]+$',
      doc: 'Name of a shipped pipeline, or path of a pipeline file beside the manifest.',
    }),
    plugins: pluginsField('relative to the manifest'),
    input: group(inputFields, { doc: 'The crawl.' }),
    holdout,
    evaluation: map(group(evaluationFields, { doc: 'One evaluation set.' }), {
      key: identifierPattern,
      default: {},
      doc: 'Evaluation sets by name.',
    }),
    store: text({
      ...place,
      pattern: '.',
      doc: 'Where artefacts live: a folder, relative to the manifest, or an S3 prefix.',
    }),
    profile: optional(
      text({
        pattern: '^[A-Za-z0-9._/-]+$',
        doc: 'Where and how tasks run, if the command line names no other profile.',
      }),
    ),
    stages,
  }
}
