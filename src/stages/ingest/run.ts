import { writeIngested } from '../../artefacts/ingested.js'
import { PipelineError } from '../../core/error.js'
import { canonicalJson } from '../../core/json.js'
import { readingWith } from '../../core/shard-reading.js'
import { crawlRows } from '../../io/crawl/read.js'
import type { CrawlRow } from '../../io/crawl/row.js'
import { encodeDropped } from '../../io/tables/dropped.js'
import { encodeSamples } from '../../io/tables/samples.js'
import type { Split, TaskContext } from '../define.js'
import { CaptionChooser } from './caption.js'
import { SampleColumns } from './collect.js'
import { isHeldOut } from './holdout.js'
import { LeftOutCounts } from './left-out.js'
import { takesColumn, type IngestOptions } from './options.js'

const checkEveryRows = 1024

export async function run(context: TaskContext<IngestOptions>): Promise<void> {
  const split = context.splits[0] as Split
  const columns = new SampleColumns()
  const chooser = new CaptionChooser(context.options, split.shard.identity)
  let read = 0
  const seen = { images: false }
  const leftOut = new LeftOutCounts()
  try {
    for await (const row of await rowsOf(context, split, leftOut)) {
      if (read++ % checkEveryRows === 0) {
        context.signal.throwIfAborted()
        context.progress(read, split.row_end === undefined ? undefined : split.row_end - split.row_start)
      }
      seen.images ||= row.image !== undefined
      await take(context.options, split, row, chooser, columns)
    }
    context.account.rowsIn(read)
  } catch (error) {
    if (context.options.on_broken_shard !== 'drop' || !isBroken(error)) throw error
    const rows = split.row_end === undefined ? Math.max(1, read) : split.row_end - split.row_start
    columns.clear()
    columns.drop(split.row_start, 'shard_broken', `${error.message}: ${error.place ?? split.shard.uri}`)
    context.account.rowsIn(rows)
    context.account.dropped('shard_broken', rows)
    context.note('broken', { place: error.place ?? split.shard.uri, message: error.message })
    context.log.warn({ place: error.place, rows }, `a broken shard was dropped: ${error.message}`)
    await put(context, columns, seen.images)
    return
  }
  if (Object.keys(columns.aside).length > 0) context.note('captions_set_aside', columns.aside)
  leftOut.report(context)
  const dropped = columns.dropped()
  for (const reason of dropped.reason) context.account.dropped(reason)
  context.account.rowsOut(columns.length)
  context.account.expanded(columns.length + dropped.length - read)
  await put(context, columns, seen.images)
}

async function rowsOf(
  { options, openInput, openUri, remark }: TaskContext<IngestOptions>,
  split: Split,
  leftOut: LeftOutCounts,
): Promise<AsyncIterable<CrawlRow>> {
  const source = await openInput(split.shard)
  return crawlRows(
    split.shard.format,
    source,
    {
      row_start: split.row_start,
      row_end: split.row_end,
      images: options.holdout?.group_by === 'image',
      caption_field: options.caption_field,
      image_field: options.image_field,
      url_field: options.url_field,
      metadata: options.metadata,
      reading: readingWith(split.shard.reading, (column) => takesColumn(options, column)),
      leftOut: (field, why) => leftOut.add(field, why),
      remark,
    },
    openUri,
  )
}

async function take(
  options: IngestOptions,
  split: Split,
  row: CrawlRow,
  chooser: CaptionChooser,
  columns: SampleColumns,
): Promise<void> {
  if (row.trouble) return columns.drop(row.row, row.trouble.reason, row.trouble.detail)
  const { usable: captions, unusable } = chooser.sort(row.captions)
  const each = options.caption === 'each'
  // With `each`, captions are counted. Otherwise rows are: a row without a usable caption is dropped for the
  // reason of its first one.
  if (each) for (const { reason, detail } of unusable) columns.drop(row.row, reason, detail)
  else if (captions.length > 0) for (const { reason } of unusable) columns.setAside(reason)
  else columns.drop(row.row, unusable[0]?.reason as string, unusable[0]?.detail as string)
  if (captions.length === 0) return
  if (!row.image && row.url === undefined) {
    const { reason, detail } = row.no_image ?? { reason: 'image_missing', detail: '' }
    for (let lost = each ? captions.length : 1; lost > 0; lost--) columns.drop(row.row, reason, detail)
    return
  }
  const key = `${split.shard.id}${String(row.row).padStart(8, '0')}`
  const holdout = options.holdout ? await isHeldOut(options.holdout, row, captions[0] as string, key) : false
  const metadata = Object.keys(row.metadata).length > 0 ? canonicalJson(row.metadata) : null
  const whole = {
    row: row.row,
    captions: captions.length > 1 ? captions : null,
    holdout,
    member: row.image?.member ?? null,
    offset: row.image?.offset ?? 0,
    size: row.image?.size ?? 0,
    url: row.url ?? null,
    metadata,
  }
  if (each && captions.length > 1)
    captions.forEach((caption, k) => columns.add({ ...whole, key: `${key}-${k}`, caption }))
  else columns.add({ ...whole, key, caption: captions[chooser.pick(captions, row.row)] as string })
}

async function put(
  { out, options: { caption_field, image_field, url_field } }: TaskContext<IngestOptions>,
  columns: SampleColumns,
  images: boolean,
): Promise<void> {
  await out.put('samples.arrow', encodeSamples(columns.samples()), columns.length)
  const dropped = columns.dropped()
  await out.put('dropped.arrow', encodeDropped(dropped), dropped.length)
  await writeIngested(out, { fields: { caption_field, image_field, url_field }, images })
}

const brokenCodes = new Set([
  'E_COMPRESSED',
  'E_FORMAT_UNKNOWN',
  'E_PARQUET_DAMAGED',
  'E_TAR_CORRUPT',
  'E_TAR_TRUNCATED',
  'E_SHORT_READ',
  'E_COLUMN',
  'E_COLUMN_TYPE',
  'E_IMG2DATASET_ORDER',
  'E_IMG2DATASET_TAR_MISSING',
  'E_NOT_FOUND',
])

function isBroken(error: unknown): error is PipelineError {
  return error instanceof PipelineError && brokenCodes.has(error.code)
}
