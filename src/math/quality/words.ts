import { byCodeUnit } from '../../core/json.js'

export interface TopWord {
  readonly word: string
  /** Captions of the cluster that contain the word. */
  readonly captions: number
  /** Frequency in the cluster, divided by the frequency overall. */
  readonly lift: number
}

/**
 * The words that distinguish a cluster. The score of a word is the number of its captions in the cluster,
 * minus the number expected from the cluster's size, times the share of its captions that are in the cluster.
 * Needs no stop words in any language. Ties are sorted in code unit order.
 */
export function topWords(
  captions: readonly string[],
  label: ArrayLike<number>,
  clusters: number,
  limit: number,
): TopWord[][] {
  const everywhere = new Map<string, number>()
  const inCluster = Array.from({ length: clusters }, () => new Map<string, number>())
  const sizes = new Float64Array(clusters)
  captions.forEach((caption, row) => {
    const cluster = label[row]!
    sizes[cluster] = sizes[cluster]! + 1
    for (const word of wordsOf(caption)) {
      everywhere.set(word, (everywhere.get(word) ?? 0) + 1)
      const here = inCluster[cluster]!
      here.set(word, (here.get(word) ?? 0) + 1)
    }
  })
  return inCluster.map((counts, cluster) => {
    const share = sizes[cluster]! / Math.max(1, captions.length)
    const scored: { word: string; captions: number; score: number; lift: number }[] = []
    for (const [word, count] of counts) {
      const all = everywhere.get(word)!
      const score = (count - all * share) * (count / all)
      if (score > 0) scored.push({ word, captions: count, score, lift: count / all / share })
    }
    // If one cluster has every caption, no word distinguishes it: its most frequent words are used instead.
    if (scored.length === 0)
      for (const [word, count] of counts) scored.push({ word, captions: count, score: count, lift: 1 })
    scored.sort((a, b) => b.score - a.score || byCodeUnit(a.word, b.word))
    return scored
      .slice(0, limit)
      .map(({ word, captions: held, lift }) => ({ word, captions: held, lift: Math.round(lift * 100) / 100 }))
  })
}

const maxWordLength = 40

/** Distinct words of at least two characters, in lower case. */
export function wordsOf(caption: string): Set<string> {
  const words = new Set<string>()
  for (const [word] of caption
    .slice(0, 2000)
    .toLowerCase()
    .matchAll(/[\p{L}\p{M}\p{N}]+/gu)) {
    if (word.length > 1 && word.length <= maxWordLength) words.add(word)
  }
  return words
}
