import { packageIdentity } from './package-data.js'
import type { Pair } from './pair.js'
import { emojiPairs } from './sources/emoji.js'
import { flagPairs } from './sources/flags.js'
import { iconPairs } from './sources/icons.js'
import { logoPairs } from './sources/logos.js'
import type { Draw } from './wording.js'

export { sourceNames, type Pair, type SourceName, type SvgDrawing } from './pair.js'
export type { Draw } from './wording.js'

/**
 * The pairs of each source, in a fixed order. `draw` chooses among wordings and limits the number of pictures
 * of a kind.
 */
export function pairsBySource(draw: Draw): Pair[][] {
  return [emojiPairs(draw), flagPairs(draw), iconPairs(draw), logoPairs(draw)]
}

/** `name@version` of every package that pictures or words come from. */
export function packageIdentities(): string[] {
  return [
    '@iconify-json/fluent-emoji-flat',
    'emojilib',
    '@iconify-json/circle-flags',
    '@iconify-json/flagpack',
    'countries-list',
    '@iconify-json/mdi',
    '@iconify-json/logos',
  ].map(packageIdentity)
}
