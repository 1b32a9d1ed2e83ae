import { list, number, object, optional, text, type Shape } from '../../core/shape.js'
import { readJson } from '../read-whole.js'
import type { Json } from '../../core/json.js'
import { decompressed } from '../compressed/source.js'
import { crawlRows } from '../crawl/read.js'
import { detectShard } from '../crawl/detect-format.js'
import { notFound, systemCode } from '../store/errors.js'
import { openStore, openUri } from '../store/open.js'
import { resultPath } from '../store/result-path.js'
import type { StoreSettings } from '../store/backends.js'
import { storeSource } from '../store/source.js'
import type { ObjectInfo, Store } from '../store/store.js'
import type { ByteSource } from '../source.js'
import type { Inspection } from './inspection.js'
import { inspectRows } from './rows.js'
import { inspectArrow, inspectJson, inspectNpy, inspectParquet, inspectWebDataset } from './tables.js'

export interface InspectOptions {
  /** Rows to show. */
  readonly limit: number
  readonly settings?: StoreSettings | undefined
}

/**
 * Inspects a file, by its bytes and not its name, or a folder of files. Throws `E_NOT_FOUND`,
 * `E_FORMAT_UNKNOWN`, or errors of the format's reader.
 */
export async function inspect(uri: string, { limit, settings }: InspectOptions): Promise<Inspection> {
  const source = await openUri(uri, settings).catch((error: { code?: string }) => {
    if (
      error.code === 'E_NOT_A_FILE' ||
      error.code === 'E_NOT_FOUND' ||
      error.code === 'E_BAD_URI' ||
      systemCode(error) === 'EISDIR'
    )
      return undefined
    throw error
  })
  if (source) return inspectSource(source, limit)
  return inspectFolder(uri, await openStore(uri, settings), limit)
}

export async function inspectSource(source: ByteSource, limit: number): Promise<Inspection> {
  const head = Buffer.from(await source.read(0, Math.min(8, source.size))).toString('latin1')
  if (head.startsWith('ARROW1') || head.startsWith('\xff\xff\xff\xff')) return inspectArrow(source, limit)
  if (head.startsWith('\x93NUMPY')) return inspectNpy(source, limit)
  if (/^\s*[[{]/.test(head)) return inspectJson(source, limit)
  const { format, compression } = await detectShard(source)
  if (format === 'parquet') return inspectParquet(source, limit)
  if (format === 'webdataset' || format === 'img2dataset')
    return inspectWebDataset(decompressed(source, compression), limit)
  return inspectRows(format, crawlRows(format, source, everything, openUri), limit)
}

const everything = { row_start: 0, row_end: undefined, images: false, metadata: ['*'] }

/** Lists the files of an artefact with their kinds; `rows` are those of its record. */
async function inspectFolder(uri: string, store: Store, limit: number): Promise<Inspection> {
  const files: ObjectInfo[] = []
  for await (const info of store.list('')) files.push(info)
  if (files.length === 0) throw notFound(uri)
  const record = await recordOf(uri)
  const sample: { [name: string]: Json }[] = []
  for (const info of files.slice(0, Math.max(limit, 50))) {
    const known = record?.files.find(({ name }) => name === info.key)
    sample.push({
      name: info.key,
      size: info.size,
      rows: known?.rows ?? null,
      sha256: known?.sha256 ?? null,
      ...(await glance(store, info)),
    })
  }
  const columns = [
    { name: 'name', type: 'text' },
    { name: 'size', type: 'integer' },
    { name: 'rows', type: 'integer' },
    { name: 'sha256', type: 'text' },
    { name: 'kind', type: 'text' },
    { name: 'columns', type: 'text' },
  ]
  return {
    kind: record ? 'artefact' : 'folder',
    rows: record?.accounting.rows_out ?? files.length,
    columns,
    sample,
  }
}

/** Larger tars are listed but not read: the record has their rows. */
const maxBytes = 64e6

async function glance(store: Store, info: ObjectInfo): Promise<{ kind: Json; columns: Json }> {
  if (info.size > maxBytes && !/\.parquet$/.test(info.key)) return { kind: null, columns: null }
  const found = await inspectSource(await storeSource(store, info.key, info), 0).catch(() => undefined)
  return {
    kind: found?.kind ?? null,
    columns: found ? found.columns.map(({ name, type }) => `${name}: ${type}`).join(', ') : null,
  }
}

interface ArtefactRecord {
  readonly files: readonly {
    readonly name: string
    readonly sha256: string
    readonly rows?: number | undefined
  }[]
  readonly accounting: { readonly rows_out: number }
}

const artefactRecord: Shape<ArtefactRecord> = object({
  files: list(object({ name: text, sha256: text, rows: optional(number) })),
  accounting: object({ rows_out: number }),
})

/** `<store>/<stage>/data/<fingerprint>` has its record at `<store>/<stage>/records/<fingerprint>.json`. */
async function recordOf(uri: string): Promise<ArtefactRecord | undefined> {
  const path = resultPath(uri)
  if (path?.kind !== 'data') return undefined
  const { store, stage, fingerprint } = path
  const source = await openUri(`${store}${stage}/records/${fingerprint}.json`).catch(() => undefined)
  return source && readJson(source, artefactRecord)
}
