import { rowKey, unitOfRow, type RowKey } from '../../core/random.js'
import type { IngestOptions } from './options.js'

export interface SortedCaptions {
  /** One line each, in order; empty where none can be used. */
  readonly usable: readonly string[]
  /** The others, each with its drop reason; `caption_missing` where the row has none at all. */
  readonly unusable: readonly { readonly reason: string; readonly detail: string }[]
}

/** Separates usable captions from the rest, and picks one per row. */
export class CaptionChooser {
  private readonly options: IngestOptions
  private readonly key: RowKey

  constructor(options: IngestOptions, shard: string) {
    this.options = options
    this.key = rowKey('caption', options.seed, shard)
  }

  sort(found: readonly string[] | undefined): SortedCaptions {
    if (!found || found.length === 0)
      return { usable: [], unusable: [{ reason: 'caption_missing', detail: '' }] }
    const usable: string[] = []
    const unusable: { reason: string; detail: string }[] = []
    for (const caption of found) {
      const line = caption.replace(/[\r\n\t\v\f]+/g, ' ').trim()
      const reason = this.reasonToDrop(line)
      if (reason === undefined) usable.push(line)
      else unusable.push({ reason, detail: line.slice(0, 80).toWellFormed() })
    }
    return { usable, unusable }
  }

  /**
   * Index of the caption that represents the row. Not called with `each`, where every caption is a sample.
   */
  pick(captions: readonly string[], row: number): number {
    if (this.options.caption === 'seeded') return Math.floor(unitOfRow(this.key, row) * captions.length)
    if (this.options.caption !== 'longest') return 0
    let best = 0
    captions.forEach((caption, i) => {
      if (caption.length > (captions[best] as string).length) best = i
    })
    return best
  }

  private reasonToDrop(caption: string): string | undefined {
    if (caption === '') return 'caption_empty'
    if (caption.length > this.options.max_characters) return 'caption_too_long'
    // U+FFFD marks bytes that were not valid UTF-8; the original words are lost.
    if (!caption.isWellFormed() || caption.includes('\uFFFD')) return 'caption_not_unicode'
    if (caption.includes('\0')) return 'caption_has_nul'
    return caption.length < this.options.min_characters ? 'caption_too_short' : undefined
  }
}
