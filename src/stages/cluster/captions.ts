import type { Centres } from '../../artefacts/centres.js'
import type { QuotedCaption } from '../../artefacts/quality.js'
import { topWords } from '../../math/quality/words.js'
import type { Nearest } from '../../math/nearest/exact.js'
import { distancesTo } from '../../math/nearest/exact.js'
import type { Sample } from './sample.js'

const perExpert = { words: 20, central: 8, marginal: 8 }
const perFine = { words: 8, central: 3, marginal: 2 }
/** Fine clusters described, most populated first. */
const maxFine = 1024
const maxQuoteLength = 200

export async function describeClusters(
  sample: Sample,
  centres: Centres,
  labels: Nearest,
  expertOf: Uint16Array,
) {
  const { captions, points } = sample
  const rows = captions.length
  const vectors = await points.read(0, rows)
  const toExpert = distancesTo(vectors, rows, centres.coarse, Uint32Array.from(expertOf.subarray(0, rows)))
  const expert_words = quote(captions, expertOf, toExpert, centres.coarse.count, perExpert).map(
    (words, expert) => ({
      rows: centres.expert_population[expert]!,
      ...words,
    }),
  )
  const fine = quote(captions, labels.index, labels.distance, centres.fine.count, perFine)
  const described = centres.fine_population
    .map((population, at) => ({ population, at }))
    .sort((a, b) => b.population - a.population || a.at - b.at)
    .slice(0, maxFine)
    .sort((a, b) => a.at - b.at)
  const fine_words = described.map(({ at, population }) => ({
    fine: at,
    expert: centres.fine_to_expert[at]!,
    rows: population,
    ...fine[at]!,
  }))
  return { expert_words, fine_words }
}

function quote(
  captions: readonly string[],
  label: ArrayLike<number>,
  distance: Float32Array,
  clusters: number,
  limits: typeof perExpert,
) {
  const words = topWords(captions, label, clusters, limits.words)
  const members: number[][] = Array.from({ length: clusters }, () => [])
  for (let row = 0; row < captions.length; row++) members[label[row]!]!.push(row)
  return members.map((rows, cluster) => {
    rows.sort((a, b) => distance[a]! - distance[b]! || a - b)
    return {
      words: words[cluster]!,
      central: distinct(captions, rows, distance, limits.central),
      marginal: distinct(captions, rows.toReversed(), distance, limits.marginal),
    }
  })
}

function distinct(
  captions: readonly string[],
  rows: readonly number[],
  distance: Float32Array,
  max: number,
): QuotedCaption[] {
  const quoted = new Map<string, number>()
  for (const row of rows) {
    if (quoted.size === max) break
    const caption = wellFormed(captions[row]!.slice(0, maxQuoteLength))
    if (!quoted.has(caption)) quoted.set(caption, distance[row]!)
  }
  return [...quoted].map(([caption, value]) => ({ caption, distance: value }))
}

/** The slice may end within a surrogate pair. */
function wellFormed(text: string): string {
  return Buffer.from(text, 'utf8').toString('utf8')
}
