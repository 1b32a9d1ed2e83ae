import { PipelineError } from '../../core/error.js'
import { compressedTarEndings } from '../compressed/compression.js'
import type { ByteSource } from '../source.js'
import type { ImageFields, ShardOutline } from './reading.js'
import type { CrawlRequest, CrawlRow } from './row.js'
import { isParquet, isTar } from './signatures.js'

/**
 * One input format: how its shards are recognised and read. Rows are light: readers are loaded when a shard
 * is opened.
 */
export interface FormatRow {
  /** As in `input.format`. */
  readonly name: string
  /** For the reference of `input.format`. */
  readonly doc: string
  /** Endings of file names, in lower case and whole (`.tar.gz` is one); the first is the usual one. */
  readonly endings: readonly string[]
  /** How its bytes begin, for messages. */
  readonly signature: string
  /** By the first bytes of a shard, at most `headBytes`. */
  readonly matches: (head: Uint8Array) => boolean
  /**
   * Files with the same stem as a shard that distinguish it from another format with the same signature.
   * They are not shards themselves. If `table` exists but `proof` does not, the format is ambiguous.
   */
  readonly companions?: { readonly table: string; readonly proof: string }
  /** Rows in order. `sibling` opens a file next to the shard by its URI. */
  readonly rows: (
    source: ByteSource,
    request: CrawlRequest,
    sibling: (uri: string) => Promise<ByteSource>,
  ) => AsyncIterable<CrawlRow>
  /**
   * What can be known of a shard without reading rows; null if it is damaged, which `ingest` reports. Missing
   * if nothing can be known.
   */
  readonly outline?: (source: ByteSource, fields: ImageFields) => Promise<ShardOutline | null>
}

/**
 * All input formats. The choices of `input.format`, its reference page, selection and detection derive from
 * this table.
 */
export const formats = [
  {
    name: 'parquet',
    doc: 'a caption column, and an image or URL column',
    endings: ['.parquet', '.parq', '.pq'],
    signature: 'parquet (begins with PAR1)',
    matches: isParquet,
    rows: (source, request) =>
      loaded(async () => (await import('./parquet.js')).parquetRows(source, request)),
    outline: async (source, fields) => (await import('./outline.js')).parquetOutline(source, fields),
  },
  {
    name: 'webdataset',
    doc: 'tars with an image and a caption per key',
    endings: ['.tar', ...compressedTarEndings],
    signature: 'a tar, plain or compressed with gzip or zstd',
    matches: isTar,
    rows: (source, request) =>
      loaded(async () => (await import('./webdataset.js')).webdatasetRows(source, request)),
  },
  {
    name: 'img2dataset',
    doc: 'tars of img2dataset, described by the parquet files of the same names',
    endings: ['.tar', ...compressedTarEndings],
    signature: 'a tar, plain or compressed with gzip or zstd',
    matches: isTar,
    companions: { table: '.parquet', proof: '_stats.json' },
    rows: (source, request, sibling) =>
      loaded(async () => {
        const { img2datasetRows } = await import('./img2dataset.js')
        return img2datasetRows(source, await sibling(tableOf(source.uri)), request)
      }),
  },
] as const satisfies readonly FormatRow[]

export type InputFormat = (typeof formats)[number]['name']

const rows: readonly FormatRow[] = formats

export const formatNames = formats.map(({ name }) => name)

/** Throws `E_FORMAT_UNKNOWN` if there is no such format, as in a plan of a newer version. */
export function formatNamed(name: string): FormatRow {
  const row = rows.find((one) => one.name === name)
  if (!row)
    throw new PipelineError({
      code: 'E_FORMAT_UNKNOWN',
      failure: 'manifest',
      message: `there is no input format ${name}`,
      expected: formatNames.join(', '),
    })
  return row
}

/** A name without the ending of its format; undefined if it has none of the endings. */
export function stemOf(name: string, { endings }: FormatRow): string | undefined {
  const lower = name.toLowerCase()
  const ending = endings.find((one) => lower.endsWith(one))
  return ending && name.slice(0, -ending.length)
}

/** URI of the parquet file that describes the samples of an img2dataset tar. */
export function tableOf(uri: string): string {
  const row = formatNamed('img2dataset')
  return `${stemOf(uri, row) ?? uri}${row.companions?.table}`
}

async function* loaded(open: () => Promise<AsyncIterable<CrawlRow>>): AsyncIterable<CrawlRow> {
  yield* await open()
}
