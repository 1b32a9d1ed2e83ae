import { crawlRows } from '../../io/crawl/read.js'
import type { CrawlImage } from '../../io/crawl/row.js'
import { lookAt, type Looked } from './check-image.js'
import type { SplitRows } from './group-rows.js'
import type { RecordLog } from './record-log.js'
import { sampleJson } from './sample-json.js'
import type { Context } from './tasks.js'

/** Images that are decoded together: sharp works on its own threads. */
const lookAhead = 16

/** What became of one sample of the split: its number in the log, or why it has none. */
export type Logged =
  | { readonly index: number; readonly number: number; readonly has_image: boolean }
  | { readonly index: number; readonly reason: string }

interface Pending {
  readonly index: number
  readonly image: CrawlImage | undefined
  readonly looked: Looked | Promise<Looked>
}

/**
 * Streams one split's shard once and logs each sample that can be written; gives every sample exactly once,
 * in order.
 */
export async function* logSplit(
  context: Context<'group'>,
  rows: SplitRows,
  log: RecordLog,
): AsyncGenerator<Logged> {
  const { split, samples, assignments, fields, has_images } = rows
  const source = has_images && samples.length > 0 ? await context.openInput(split.shard) : undefined
  const lost = (index: number, looked: Looked): string | undefined => {
    // A held-out sample needs no cluster.
    const unassigned = samples.holdout[index] ? null : assignments.reason[index]
    if (unassigned) return unassigned
    return looked.trouble === 'image_missing' && samples.url[index] !== null ? undefined : looked.trouble
  }
  const settle = async ({ index, image, looked }: Pending): Promise<Logged> => {
    const found = await looked
    const reason = lost(index, found)
    if (reason !== undefined) return { index, reason }
    const has_image = found.extension !== undefined
    const record = {
      key: samples.key[index] as string,
      extension: found.extension ?? '',
      caption: samples.caption[index] as string,
      json: sampleJson(rows, index),
    }
    const bytes =
      (has_image && image && ((source && log.inputs.placeOf(source, image)) ?? image.bytes)) || nothing
    return { index, number: log.append(record, bytes, assignments.fine[index] as number), has_image }
  }
  const missing = (index: number): Pending => ({
    index,
    image: undefined,
    looked: { trouble: 'image_missing' },
  })
  let at = 0
  if (source) {
    const request = {
      row_start: split.row_start,
      row_end: split.row_end,
      images: true,
      metadata: [],
      ...fields,
    }
    let pending: Pending[] = []
    for await (const row of crawlRows(split.shard.format, source, request, context.openUri)) {
      for (; at < samples.length && samples.row[at] === row.row; at++)
        pending.push({ index: at, image: row.image, looked: lookAt(row.image, context.options.images) })
      if (pending.length < lookAhead) continue
      for (const each of pending) yield await settle(each)
      pending = []
      context.signal.throwIfAborted()
    }
    for (const each of pending) yield await settle(each)
  }
  for (; at < samples.length; at++) yield await settle(missing(at))
}

const nothing = new Uint8Array(0)
