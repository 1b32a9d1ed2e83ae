import { PipelineError } from '../../core/error.js'
import { formatNamed, formats, type InputFormat, stemOf } from '../crawl/formats.js'
import type { TreeFile } from '../store/tree.js'
import type { InputFile } from './file.js'
import type { Skipped } from './skipped.js'

/** `any`: files of any kind, such as the parts of a model. */
export type RequestedFormat = InputFormat | 'auto' | 'any'

/**
 * Selects the shards among the files of a folder. Like Spark, skips names that begin with `_` or `.`
 * (`_SUCCESS`, `_delta_log/`).
 */
export function selectShards(
  files: readonly TreeFile[],
  format: RequestedFormat,
  folder: string,
  skipped?: Skipped,
): InputFile[] {
  if (format === 'any') return files.map((file) => shardOf(file, 'auto'))
  const visible = files.filter(({ name, uri }) => {
    const hidden = name.slice(folder.length).split('/').some(isHidden)
    if (hidden) skipped?.add('hidden', uri)
    return !hidden
  })
  const shards =
    format === 'auto'
      ? pairedShards(visible).filter(({ uri }) => formats.some((row) => stemOf(uri, row) !== undefined))
      : visible
          .filter(({ name }) => stemOf(name, formatNamed(format)) !== undefined)
          .map((file) => shardOf(file, format))
  if (skipped) countOthers(visible, shards, skipped)
  return shards
}

/** `KEY=VALUE` is a partition, whatever KEY begins with. */
const isHidden = (segment: string) => /^[._]/.test(segment) && !/^[^=]+=/.test(segment)

const compressed = /\.(tar\.(gz|zst|bz2|xz)|tgz|tbz2?|txz|tzst)$/i

function countOthers(files: readonly TreeFile[], shards: readonly InputFile[], skipped: Skipped): void {
  const taken = new Set(shards.map(({ uri }) => uri))
  // Tables and statistics that describe a shard are read with it.
  const described = new Set(files.flatMap(({ name, uri }) => (taken.has(uri) ? companionsOf(name) : [])))
  for (const { name, uri } of files)
    if (!taken.has(uri) && !described.has(name))
      skipped.add(compressed.test(name) ? 'compressed' : 'other_kind', uri)
}

function companionsOf(name: string): string[] {
  return formats.flatMap((row) => {
    const stem = 'companions' in row ? stemOf(name, row) : undefined
    return 'companions' in row && stem !== undefined
      ? [stem + row.companions.table, stem + row.companions.proof]
      : []
  })
}

/**
 * Recognises img2dataset's output by its three names: `N.tar`, `N.parquet` (the tar's metadata, not a
 * shard) and `N_stats.json`. A parquet file next to a tar of the same name without the statistics is
 * ambiguous: a wrong guess would lose its pairs or count them twice.
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
    expected: "different names, or img2dataset's `_stats.json` next to them",
    found: `${shard} and ${file.name}`,
    hint:
      'set input.format to `img2dataset` (the tars, described by the parquet files), ' +
      '`webdataset` or `parquet`',
  })
}
