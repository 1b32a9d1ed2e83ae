import { crawlRows } from '../../io/crawl/read.js'
import type { CrawlImage } from '../../io/crawl/row.js'
import { checkImage, type ImageCheck } from './check-image.js'
import type { SplitRows } from './group-rows.js'
import type { SampleJournal } from './sample-journal.js'
import { sampleJson } from './sample-json.js'
import type { Context } from './tasks.js'

/** Number of images decoded at once: sharp works on its own threads. */
const lookAhead = 16

/** The outcome for one sample of the split: its number in the journal, or why it has none. */
export type Journaled =
  | { readonly index: number; readonly number: number; readonly has_image: boolean }
  | { readonly index: number; readonly reason: string }

interface Pending {
  readonly index: number
  /** The crawl's own. */
  readonly key?: string | undefined
  readonly image: CrawlImage | undefined
  readonly check: ImageCheck | Promise<ImageCheck>
}

/**
 * Streams one split's shard once and appends each sample that can be written to the journal; yields every
 * sample exactly once, in order.
 */
export async function* journalSplit(
  context: Context<'group'>,
  rows: SplitRows,
  journal: SampleJournal,
): AsyncGenerator<Journaled> {
  const { split, samples, assignments, fields, has_images } = rows
  const source = has_images && samples.length > 0 ? await context.openInput(split.shard) : undefined
  const dropReason = (index: number, check: ImageCheck): string | undefined => {
    // A held-out sample needs no cluster.
    const unassigned = samples.holdout[index] ? null : assignments.reason[index]
    if (unassigned) return unassigned
    const only = split.shard.reading?.take === 'images'
    return check.trouble === 'image_missing' && samples.url[index] !== null && !only
      ? undefined
      : check.trouble
  }
  const settle = async ({ index, key, image, check }: Pending): Promise<Journaled> => {
    const found = await check
    const reason = dropReason(index, found)
    if (reason !== undefined) return { index, reason }
    const has_image = found.extension !== undefined
    const record = {
      key: samples.key[index] as string,
      extension: found.extension ?? '',
      caption: samples.caption[index] as string,
      json: sampleJson(rows, index, key),
    }
    const bytes =
      (has_image && image && ((source && journal.inputs.locate(source, image)) ?? image.bytes)) || noBytes
    return { index, number: journal.append(record, bytes, assignments.fine[index] as number), has_image }
  }
  const missing = (index: number): Pending => ({
    index,
    image: undefined,
    check: { trouble: 'image_missing' },
  })
  let at = 0
  if (source) {
    const { take, img2dataset } = split.shard.reading ?? {}
    const request = {
      reading: { take, img2dataset },
      row_start: split.row_start,
      row_end: split.row_end,
      images: true,
      keys: true,
      metadata: [],
      ...fields,
    }
    let pending: Pending[] = []
    for await (const row of crawlRows(split.shard.format, source, request, context.openUri)) {
      for (; at < samples.length && samples.row[at] === row.row; at++)
        pending.push({
          index: at,
          key: row.key,
          image: row.image,
          check: checkImage(row.image, context.options.images),
        })
      if (pending.length < lookAhead) continue
      for (const each of pending) yield await settle(each)
      pending = []
      context.signal.throwIfAborted()
    }
    for (const each of pending) yield await settle(each)
  }
  for (; at < samples.length; at++) yield await settle(missing(at))
}

const noBytes = new Uint8Array(0)
