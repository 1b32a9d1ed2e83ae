import type { Pair, SourceName } from './pair.js'

/**
 * A drawn pair, as stored in the crawl. `bytes` is a PNG, except in the few rows that are spoiled on purpose.
 */
export interface Picture {
  readonly name: string
  readonly caption: string
  readonly bytes: Uint8Array
  readonly metadata: Metadata
}

/**
 * The other fields of a row. Only rows of its own source have a label, as in a crawl that combines several
 * sites.
 */
export interface Metadata {
  readonly source: SourceName
  readonly from: string
  readonly twins: string
  readonly emoji_group?: string
  readonly continent?: string
  readonly icon_category?: string
}

/** The field that holds the label of a source; logos have none. */
const labelField = {
  emoji: 'emoji_group',
  flags: 'continent',
  icons: 'icon_category',
  logos: undefined,
} as const

export function picture(pair: Pair, bytes: Uint8Array): Picture {
  const field = labelField[pair.source]
  const label = field && pair.label !== null ? { [field]: pair.label } : {}
  return {
    name: pair.id,
    caption: pair.caption,
    bytes,
    metadata: { source: pair.source, from: pair.from, twins: pair.group, ...label },
  }
}
