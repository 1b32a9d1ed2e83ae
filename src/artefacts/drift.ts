import { list, nullable, number, object, oneOf, text, type Shape } from '../core/shape.js'
import { readJsonOf, type Files } from '../io/read-whole.js'
import type { Quantiles } from '../math/quality/quantiles.js'
import { putFigures, type DocumentSink } from './document.js'
import { quantiles } from './figures.js'

/**
 * `drift.json`: how well later rows fit the clusters. Shares are of all rows with a vector; distances are
 * Euclidean, to the nearest fine centre.
 */
export interface Drift extends Advice {
  readonly rows: number
  /** Share of rows farther from their centre than 99 % of the rows that the centres were fitted to. */
  readonly beyond: number
  /**
   * Half the summed difference between the experts' shares then and now: 0 identical, 1 nothing in common.
   */
  readonly shift: number
  readonly distance: { readonly now: Quantiles | null; readonly before: Quantiles }
  /**
   * In the order of the experts; an expert that was added since has no earlier figures, and its rows count as
   * beyond.
   */
  readonly by_expert: readonly ExpertDrift[]
  /**
   * The shards with the largest shares beyond, largest first; named by their ids, the prefix of their
   * samples' keys.
   */
  readonly shards: readonly { readonly shard: string; readonly rows: number; readonly beyond: number }[]
}

/**
 * `keep`: nothing to do. `add_expert`: some rows fit no expert. `cluster_again`: most rows are farther out
 * than before.
 */
export interface Advice {
  readonly advice: 'keep' | 'add_expert' | 'cluster_again'
  readonly because: readonly string[]
}

export interface ExpertDrift {
  readonly rows: number
  readonly share: number
  readonly share_before: number
  readonly beyond: number
  readonly now: Quantiles | null
  readonly before: Quantiles | null
}

export const drift: Shape<Drift> = object({
  advice: oneOf('keep', 'add_expert', 'cluster_again'),
  because: list(text),
  rows: number,
  beyond: number,
  shift: number,
  distance: object({ now: nullable(quantiles), before: quantiles }),
  by_expert: list(
    object<ExpertDrift>({
      rows: number,
      share: number,
      share_before: number,
      beyond: number,
      now: nullable(quantiles),
      before: nullable(quantiles),
    }),
  ),
  shards: list(object({ shard: text, rows: number, beyond: number })),
})

export const driftName = 'drift.json'

export function writeDrift(out: DocumentSink, document: Drift): Promise<void> {
  return putFigures(out, driftName, document)
}

export async function readDrift(files: Files): Promise<Drift> {
  return readJsonOf(files, driftName, drift)
}
