import { PipelineError } from '../../core/error.js'
import type { TreeFile } from '../store/tree.js'
import type { InputFile, ShardFormat } from './file.js'

/** `any`: whatever the files are, such as the parts of a model. */
export type AskedFormat = ShardFormat | 'auto' | 'any'

const parquetName = /\.(parquet|parq|pq)$/i
const tarName = /\.tar$/i

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
  if (format === 'parquet')
    return visible.filter(({ name }) => parquetName.test(name)).map((file) => shardOf(file, format))
  if (format !== 'auto')
    return visible.filter(({ name }) => tarName.test(name)).map((file) => shardOf(file, format))
  return pairedShards(visible).filter(({ uri }) => parquetName.test(uri) || tarName.test(uri))
}

/**
 * Tells img2dataset's output from other files by its three names: `N.tar`, `N.parquet` (the tar's metadata,
 * not a shard) and `N_stats.json`. A parquet file beside a tar of the same name without the statistics could
 * be either, and a guess could lose it or count its pairs twice.
 */
export function pairedShards(files: readonly TreeFile[]): InputFile[] {
  const names = new Set(files.map(({ name }) => name))
  return files.flatMap((file) => {
    const stem = /^(.*?)(?:\.parquet|_stats\.json)$/.exec(file.name)?.[1]
    if (stem !== undefined && names.has(`${stem}.tar`)) {
      if (names.has(`${stem}_stats.json`)) return []
      throw ambiguous(file, stem)
    }
    const ours = tarName.test(file.name) && names.has(`${file.name.replace(tarName, '')}_stats.json`)
    return [shardOf(file, ours ? 'img2dataset' : 'auto')]
  })
}

export function shardOf({ uri, size, version, stamp }: TreeFile, format: ShardFormat | 'auto'): InputFile {
  return { uri, size, version, format, ...(stamp === undefined ? {} : { stamp }) }
}

function ambiguous(file: TreeFile, stem: string): PipelineError {
  return new PipelineError({
    code: 'E_INPUT_AMBIGUOUS',
    failure: 'manifest',
    message: 'a parquet file and a tar have the same name, and may hold the same pairs',
    place: file.uri,
    expected: "different names, or img2dataset's `_stats.json` beside them",
    found: `${stem}.tar and ${file.name}`,
    hint: 'set input.format to `img2dataset` (the tars, described by the parquet files), `webdataset` or `parquet`',
  })
}
