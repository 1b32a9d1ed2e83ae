import type { CatalogueSet } from './catalogue.js'

/** README.md with the front matter from which Hugging Face `datasets` takes its configurations: one an expert. */
export function datasetCard(sets: readonly CatalogueSet[], experts: number): string {
  const configs = sets.flatMap(({ name, files }) => [
    `- config_name: ${name}`,
    '  data_files:',
    `  - split: ${name === 'holdout' ? 'test' : 'train'}`,
    '    path:',
    ...patterns(name, files).map((pattern) => `    - "${pattern}"`),
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

/** More groups than this are named by a pattern, which takes in whatever else lies in the store. */
const mostGroups = 64

/** Tars where there are any, else lists; relative to the folder that holds the groups, where this card belongs when it is uploaded. */
function patterns(name: string, files: CatalogueSet['files']): string[] {
  const extension = files.some(({ path }) => path.endsWith('.tar')) ? 'tar' : 'parquet'
  const groups = new Set(files.filter(({ path }) => path.endsWith(extension)).map(({ path }) => path.slice(0, path.indexOf('/'))))
  return (groups.size > mostGroups ? ['*'] : [...groups]).map((group) => `${group}/${name}/*.${extension}`)
}
