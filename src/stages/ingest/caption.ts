import { rowKey, unitOfRow, type RowKey } from '../../core/random.js'
import type { IngestOptions } from './options.js'

export type ChosenCaptions = { readonly captions: readonly string[]; readonly reason?: undefined } | { readonly captions?: undefined; readonly reason: string; readonly detail: string }

/** Chooses among a row's captions after setting aside the unusable ones; the first one's trouble is the row's where none is left. */
export class CaptionChooser {
  private readonly options: IngestOptions
  private readonly key: RowKey

  constructor(options: IngestOptions, shard: string) {
    this.options = options
    this.key = rowKey('caption', options.seed, shard)
  }

  choose(found: readonly string[] | undefined): ChosenCaptions {
    if (!found || found.length === 0) return { reason: 'caption_missing', detail: '' }
    const usable: string[] = []
    let first: string | undefined
    let firstDetail = ''
    for (const caption of found) {
      const line = caption.replace(/[\r\n\t\v\f]+/g, ' ').trim()
      const trouble = this.troubleOf(line)
      if (!trouble) usable.push(line)
      else if (first === undefined) {
        first = trouble
        firstDetail = line.slice(0, 80)
      }
    }
    if (usable.length === 0) return { reason: first ?? 'caption_missing', detail: firstDetail.toWellFormed() }
    return { captions: usable }
  }

  /** Position of the caption that stands for the row. With `each` all do, and this is not asked. */
  pick(captions: readonly string[], row: number): number {
    if (this.options.caption === 'seeded') return Math.floor(unitOfRow(this.key, row) * captions.length)
    if (this.options.caption !== 'longest') return 0
    let best = 0
    captions.forEach((caption, i) => {
      if (caption.length > (captions[best] as string).length) best = i
    })
    return best
  }

  private troubleOf(caption: string): string | undefined {
    if (caption === '') return 'caption_empty'
    if (caption.length > this.options.max_characters) return 'caption_too_long'
    // U+FFFD stands where bytes were no UTF-8; what the words were is lost.
    if (!caption.isWellFormed() || caption.includes('\uFFFD')) return 'caption_not_unicode'
    if (caption.includes('\0')) return 'caption_has_nul'
    return caption.length < this.options.min_characters ? 'caption_too_short' : undefined
  }
}
