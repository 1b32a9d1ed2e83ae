import type { CatalogueSet } from './catalogue.js'

/** README.md with the front matter from which Hugging Face `datasets` takes its configurations: one an expert. */
export function datasetCard(sets: readonly CatalogueSet[], experts: number): string {
  const configs = sets.flatMap(({ name, files }) => [
    `- config_name: ${name}`,
    '  data_files:',
    `  - split: ${name === 'holdout' ? 'test' : 'train'}`,
    `    path: "*/${name}/*.${files[0]?.path.endsWith('.parquet') ? 'parquet' : 'tar'}"`,
  ])
  const rows = sets.map(({ name, own, ooc, files, bytes }) => `| ${name} | ${own} | ${ooc} | ${files.length} | ${bytes} |`)
  return [
    '---',
    'configs:',
    ...configs,
    '---',
    '',
    '# Data experts',
    '',
    `Image-caption pairs in ${experts} training sets, one for each cluster of captions, and what was kept out of training.`,
    'Each tar holds, for every sample, the image, its caption (`.txt`) and what is known about it (`.json`: `key`, `fine` cluster,',
    '`expert`, `ooc`, and the fields of the crawl). Samples with `"ooc": true` belong to another cluster and were mixed in.',
    '',
    '| set | own samples | out of cluster | files | bytes |',
    '|---|---:|---:|---:|---:|',
    ...rows,
    '',
    '`sizes.json` beside the tars of a set holds the samples of each, as open_clip reads it.',
    '',
  ].join('\n')
}
