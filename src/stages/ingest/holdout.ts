import { rowKey, unitOfRow } from '../../core/random.js'
import { ImageError } from '../../io/image/image.js'
import { lookalikeHash } from '../../io/image/lookalike.js'
import type { CrawlRow } from '../../io/crawl/row.js'
import type { IngestOptions } from './options.js'

/**
 * Decides by group whether a row is held out: a pure function of the seed and the group, so that shards do
 * not depend on each other.
 */
export async function isHeldOut(
  holdout: NonNullable<IngestOptions['holdout']>,
  row: CrawlRow,
  caption: string,
  key: string,
): Promise<boolean> {
  const group = await groupOf(holdout.group_by, row, caption)
  return (
    unitOfRow(rowKey('holdout', holdout.seed, holdout.group_by, group ?? `row ${key}`), 0) < holdout.share
  )
}

async function groupOf(by: string, row: CrawlRow, caption: string): Promise<string | undefined> {
  if (by === 'caption')
    return caption
      .toLowerCase()
      .replace(/[^\p{L}\p{N}]+/gu, ' ')
      .trim()
  if (by !== 'image') {
    const value = row.metadata[by]
    return value === undefined ? undefined : JSON.stringify(value)
  }
  if (!row.image?.bytes) return row.url
  try {
    return await lookalikeHash(row.image.bytes)
  } catch (error) {
    // `write` decides whether the image is usable; here it just has no lookalikes.
    if (error instanceof ImageError) return undefined
    throw error
  }
}
