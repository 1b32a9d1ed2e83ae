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

const location = { env: true, path: 'file' } as const

export const inputFields = {
  uri: either<string | readonly string[]>(
    [
      text({
        doc: 'A folder, file or pattern.',
        pattern: '.',
        examples: ['s3://crawl/cc12m/{00000..01242}.tar', '../data/*.parquet'],
      }),
      list(text({ doc: 'One of several folders, files or patterns.', pattern: '.', path: 'file' }), {
        doc: 'Several folders, files or patterns.',
        min: 1,
      }),
    ],
    {
      ...location,
      doc:
        'The crawl: a folder, a file, or a pattern with `*` or `{00000..01242}`; ' +
        'or a list of these. Relative to the manifest.',
    },
  ),
  format: choice(['auto', ...formatNames], {
    default: 'auto',
    doc:
      `Format of the shards; \`auto\` detects it from their names and bytes. ` +
      `${formats.map(({ name, doc }) => `\`${name}\`: ${doc}`).join('; ')}.`,
  }),
  ignore: list(text({ doc: 'Pattern relative to the folder of the input.', pattern: '.' }), {
    doc:
      'Files of the input that are not read, such as `*.part` or `old/` (everything below); they are ' +
      'counted. Decides no fingerprint.',
    default: [],
  }),
  take: optional(
    choice(['images', 'urls'], {
      doc:
        'What is read of a crawl that mixes rows with images and rows with only URLs, which is refused ' +
        'otherwise. Shards of the other kind are not read, and counted.',
    }),
  ),
  rows_per_split: int({
    min: 1,
    default: 250_000,
    doc: 'Parquet shards with more rows are divided at row groups into splits of about this size.',
  }),
} satisfies Fields

/** The manifest's `holdout`, unless the ingest stage declares that option itself. */
export const holdoutField = optional(
  group(
    {
      share: num({ min: 0, max: 0.5, doc: 'Share of the samples to hold out of training.' }),
      seed: int({ min: 0, default: 0, doc: 'Seed of the choice.' }),
      group_by: text({
        default: 'image',
        pattern: '^[A-Za-z0-9_.-]+$',
        examples: ['image', 'caption', 'product_id'],
        doc:
          'Rows that share this value are held out together: `image`, `caption`, ' +
          'or a member of the metadata (rows without it are chosen one by one).',
      }),
    },
    { doc: 'Samples held out of training, for evaluation.' },
  ),
)

const template = text({
  pattern: '\\{c?\\}',
  doc: 'A prompt with `{}` (or `{c}`) in place of the class name.',
  examples: ['a photo of a {}.'],
})

export const evaluationFields = {
  type: choice(['classification', 'retrieval', 'multilabel'], { doc: 'What is measured.' }),
  from: optional(choice(['holdout'], { doc: 'Evaluate on the rows of `holdout` instead of a `uri`.' })),
  uri: optional(
    text({
      ...location,
      pattern: '.',
      doc: 'Folder of WebDataset tars in the layout of CLIP_benchmark, relative to the manifest.',
    }),
  ),
  label: optional(
    text({
      doc: 'Member of the metadata with the class name, or the list of class names.',
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
        doc: 'Evaluate only samples whose metadata have these values.',
      },
    ),
  ),
  classnames: optional(
    text({
      ...location,
      pattern: '.',
      doc:
        'File with one class name per line, in the order of the `.cls` numbers; ' +
        'by default `classnames.txt` in the folder.',
    }),
  ),
  templates: optional(list(template, { doc: 'Prompts for the class names.', min: 1 })),
  routing_templates: optional(list(template, { doc: 'Prompts for routing, if they differ.', min: 1 })),
  metric: optional(
    choice(metricNames, {
      doc:
        `The metric of the verdicts; by default \`${mainMetrics.classification}\` ` +
        `or \`${mainMetrics.multilabel}\`.`,
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
      doc: 'Name of a shipped pipeline, or path of a pipeline file, relative to the manifest.',
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
      ...location,
      pattern: '.',
      doc: 'Where artefacts are kept: a folder, relative to the manifest, or an S3 prefix.',
    }),
    profile: optional(
      text({
        pattern: '^[A-Za-z0-9._/-]+$',
        doc: 'Profile (where and how tasks run); `--profile` overrides it.',
      }),
    ),
    stages,
  }
}
