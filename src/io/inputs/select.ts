import { PipelineError } from '../../core/error.js'
import { formatNamed, formats, type InputFormat, stemOf } from '../crawl/formats.js'
import type { TreeFile } from '../store/tree.js'
import type { InputFile } from './file.js'

/** `any`: whatever the files are, such as the parts of a model. */
export type AskedFormat = InputFormat | 'auto' | 'any'

/**
 * Which files of a folder are shards. Like Spark, it passes over names that begin with `_` or `.`
 * (`_SUCCESS`, `_delta_log/`).
 */
export function selectShards(files: readonly TreeFile[], format: AskedFormat, folder: string): InputFile[] {
  if (format === 'any') return files.map((file) => shardOf(file, 'auto'))
  const visible = files.filter(
    ({ name }) =>
      !name
        .slice(folder.length)
        .split('/')
        .some((segment) => /^[._]/.test(segment)),
  )
  if (format !== 'auto')
    return visible
      .filter(({ name }) => stemOf(name, formatNamed(format)) !== undefined)
      .map((file) => shardOf(file, format))
  return pairedShards(visible).filter(({ uri }) => formats.some((row) => stemOf(uri, row) !== undefined))
}

/**
 * Tells img2dataset's output from other files by its three names: `N.tar`, `N.parquet` (the tar's metadata,
 * not a shard) and `N_stats.json`. A parquet file next to a tar of the same name without the statistics could
 * be either, and a guess could lose it or count its pairs twice.
 */
export function pairedShards(files: readonly TreeFile[]): InputFile[] {
  const names = new Set(files.map(({ name }) => name))
  return files.flatMap((file) => {
    for (const row of formats) {
      if (!('companions' in row)) continue
      const { table, proof } = row.companions
      const stem = [table, proof].find((ending) => file.name.endsWith(ending))
      const described = stem && file.name.slice(0, -stem.length)
      const shard = row.endings.map((ending) => described + ending).find((name) => names.has(name))
      if (described !== undefined && shard !== undefined) {
        if (names.has(described + proof)) return []
        throw ambiguous(file, shard)
      }
      const own = stemOf(file.name, row)
      if (own !== undefined && names.has(own + proof)) return [shardOf(file, row.name)]
    }
    return [shardOf(file, 'auto')]
  })
}

export function shardOf({ uri, size, version, stamp }: TreeFile, format: InputFormat | 'auto'): InputFile {
  return { uri, size, version, format, ...(stamp === undefined ? {} : { stamp }) }
}

function ambiguous(file: TreeFile, shard: string): PipelineError {
  return new PipelineError({
    code: 'E_INPUT_AMBIGUOUS',
    failure: 'manifest',
    message: 'a parquet file and a tar have the same name, and may hold the same pairs',
    place: file.uri,
    expected: "different names, or img2dataset's `_stats.json` beside them",
    found: `${shard} and ${file.name}`,
    hint:
      'set input.format to `img2dataset` (the tars, described by the parquet files), ' +
      '`webdataset` or `parquet`',
  })
}
