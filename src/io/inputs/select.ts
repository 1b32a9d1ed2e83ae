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
      : [
          ...visible
            .filter(({ name }) => stemOf(name, formatNamed(format)) !== undefined)
            .map((file) => shardOf(file, format)),
          // Their tars are missing, which must not pass in silence.
          ...(formatNamed(format).companions ? tablesAlone(visible) : []),
        ]
  if (skipped) countOthers(visible, shards, skipped)
  return shards
}

/** `KEY=VALUE` is a partition, whatever KEY begins with. */
export const isHidden = (segment: string) => /^[._]/.test(segment) && !/^[^=]+=/.test(segment)

/** With a compression that is not read. */
export const isCompressed = (name: string): boolean =>
  /\.(tar\.(bz2?|xz|lzma|lz4|lz|z|br|7z)|tbz2?|txz|tlz|taz)$/i.test(name)

function countOthers(files: readonly TreeFile[], shards: readonly InputFile[], skipped: Skipped): void {
  const taken = new Set(shards.map(({ uri }) => uri))
  const withTable = new Set(
    shards.flatMap(({ uri, format, described }) => (format === 'img2dataset' || described ? [uri] : [])),
  )
  // Tables and statistics that describe a shard are read with it.
  const companions = new Set(files.flatMap(({ name, uri }) => (withTable.has(uri) ? companionsOf(name) : [])))
  for (const { name, uri } of files)
    if (!taken.has(uri) && !companions.has(name))
      skipped.add(isCompressed(name) ? 'compressed' : 'other_kind', uri)
}

/** Tables of img2dataset that have statistics and no tar. */
function tablesAlone(files: readonly TreeFile[]): InputFile[] {
  const names = new Set(files.map(({ name }) => name))
  return files.flatMap((file) => (isTableAlone(file.name, names) ? [described(file)] : []))
}

function isTableAlone(name: string, names: ReadonlySet<string>): boolean {
  return formats.some((row) => {
    if (!('companions' in row) || !name.endsWith(row.companions.table)) return false
    const stem = name.slice(0, -row.companions.table.length)
    return names.has(stem + row.companions.proof) && !row.endings.some((ending) => names.has(stem + ending))
  })
}

const described = (file: TreeFile): InputFile => ({ ...shardOf(file, 'auto'), described: true })

export function companionsOf(name: string): string[] {
  return formats.flatMap((row) => {
    if (!('companions' in row)) return []
    const { table, proof } = row.companions
    const stem = stemOf(name, row) ?? (name.endsWith(table) ? name.slice(0, -table.length) : undefined)
    return stem === undefined ? [] : [stem + table, stem + proof]
  })
}

/**
 * Recognises img2dataset's output by its three names: `N.tar`, `N.parquet` (the tar's metadata, not a
 * shard) and `N_stats.json`. A table with statistics and without its tar is `described`: its columns tell
 * whether the images are in it, or gone. A parquet file next to a tar of the same name without the
 * statistics is ambiguous: a wrong guess would lose its pairs or count them twice.
 */
export function pairedShards(files: readonly TreeFile[]): InputFile[] {
  const names = new Set(files.map(({ name }) => name))
  return files.flatMap((file) => {
    if (isTableAlone(file.name, names)) return [described(file)]
    for (const row of formats) {
      if (!('companions' in row)) continue
      const { table, proof } = row.companions
      const stem = [table, proof].find((ending) => file.name.endsWith(ending))
      const pairStem = stem && file.name.slice(0, -stem.length)
      const shard = row.endings.map((ending) => pairStem + ending).find((name) => names.has(name))
      if (pairStem !== undefined && shard !== undefined) {
        if (names.has(pairStem + proof)) return []
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
