import type { CatalogueSet } from './catalogue-set.js'
import { patterns } from './patterns.js'

/**
 * README.md with the front matter from which Hugging Face `datasets` reads its configurations, one per
 * expert. For tars it lists the features: `datasets` would guess them from five samples, and then refuse or
 * silently empty a set with images of several formats.
 */
export function datasetCard(sets: readonly CatalogueSet[], experts: number): string {
  const configs = sets.flatMap((set) => [
    `- config_name: ${set.name}`,
    '  data_files:',
    `  - split: ${splitOf(set.name)}`,
    '    path:',
    ...patterns(set).map((pattern) => `    - "${pattern}"`),
  ])
  const inTars = sets.filter(({ files }) => files.some(({ path }) => path.endsWith('.tar')))
  const described = inTars.flatMap(({ name, formats }) => [
    `- config_name: ${name}`,
    '  features:',
    ...features(formats).map((line) => `  ${line}`),
  ])
  const infos = described.length > 0 ? ['dataset_info:', ...described] : []
  const rows = sets.map(
    ({ name, own, ooc, files, bytes }) => `| ${name} | ${own} | ${ooc} | ${files.length} | ${bytes} |`,
  )
  return [
    '---',
    'configs:',
    ...configs,
    ...infos,
    '---',
    '',
    '# Data experts',
    '',
    `Image-caption pairs in ${experts} training sets, one for each cluster of captions, ` +
      'and what was kept out of training.',
    'Each tar holds, for every sample, the image, its caption (`.txt`) ' +
      'and what is known about it (`.json`: `key`, `crawl_key` (the',
    'key or path in the crawl), `fine` cluster, `expert`, `ooc`, and the fields of the crawl). Samples ' +
      'with `"ooc": true` belong to another cluster and were mixed in.',
    '',
    '| set | own samples | out of cluster | files | bytes |',
    '|---|---:|---:|---:|---:|',
    ...rows,
    '',
    '`sizes.json` beside the tars of a set holds the samples of each, as open_clip reads it.',
    '',
  ].join('\n')
}

const splitOf = (name: string) => (name === 'holdout' ? 'test' : 'train')

/** The crawl's own fields of the `.json` member are not listed: their names and types vary. */
function features(formats: readonly string[]): string[] {
  const flat = [
    ['key', 'string'],
    ['crawl_key', 'string'],
    ['fine', 'int64'],
    ['expert', 'int64'],
    ['distance', 'float64'],
    ['ooc', 'bool'],
    ['url', 'string'],
  ]
  return [
    ...formats.flatMap((extension) => [`- name: ${extension}`, '  dtype: image']),
    '- name: txt',
    '  dtype: string',
    '- name: json',
    '  struct:',
    ...flat.flatMap(([name, dtype]) => [`  - name: ${name}`, `    dtype: ${dtype}`]),
    ...['__key__', '__url__'].flatMap((name) => [`- name: ${name}`, '  dtype: string']),
  ]
}
