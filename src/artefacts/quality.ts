import { list, map, nullable, number, object, pair, text, type Shape } from '../core/shape.js'
import { readJsonOf, type Files } from '../io/read-whole.js'
import type { Balance } from '../math/quality/balance.js'
import type { Quantiles } from '../math/quality/quantiles.js'
import type { TopWord } from '../math/quality/words.js'
import { putFigures, type DocumentSink } from './document.js'
import { balance, quantiles } from './figures.js'

export type { TopWord }

/**
 * `quality.json` of the centres: how good the clusters are, measured on the sample that they were fitted to.
 * Distances are Euclidean between unit vectors (0 to 2); lists per expert and per fine cluster are in the
 * order of their numbers.
 */
export interface Quality {
  readonly rows: {
    readonly total: number
    readonly sampled: number
    readonly dropped: { readonly [reason: string]: number }
  }
  readonly width: number
  readonly fine: number
  readonly experts: number
  /**
   * Mean squared distance to the nearest fine centre: after the fit, and before each full pass. `reassigned`:
   * number of centres that had lost all points.
   */
  readonly inertia: { readonly mean: number; readonly passes: readonly number[]; readonly reassigned: number }
  /**
   * `fitted`: as the bounded fit placed the rows. `assigned`: by nearest centre, as in `assign`. `bound`: the
   * option, null for none.
   */
  readonly balance: {
    readonly bound: number | null
    readonly fine: { readonly fitted: Balance; readonly assigned: Balance }
    readonly experts: { readonly fitted: Balance; readonly assigned: Balance }
  }
  /** For experts and for fine clusters, on `rows` sampled rows; −1 to 1. */
  readonly silhouette: {
    readonly rows: number
    readonly experts: number
    readonly by_expert: readonly (number | null)[]
    readonly fine: number
  }
  /**
   * Distance to the nearest fine centre; null if an expert has no rows. A drift report compares new rows with
   * these.
   */
  readonly distance: { readonly all: Quantiles | null; readonly by_expert: readonly (Quantiles | null)[] }
  /**
   * Adjusted Rand index between this fit and one from another seed, on `rows` rows; null if that was not
   * possible.
   */
  readonly stability: Stability | null
  /** Words and captions per expert. */
  readonly expert_words: readonly ClusterWords[]
  /** The same per fine cluster, for the most populated ones. */
  readonly fine_words: readonly (ClusterWords & { readonly fine: number; readonly expert: number })[]
  /** Positions of experts and of the most populated fine centres in a plane. */
  readonly map: CentreMap
}

/**
 * How well a fit with another seed reproduces the partition, on `rows` sampled rows. If those are fewer than
 * the whole sample, the second fit sees less data than the first, which lowers the index.
 */
export interface Stability {
  readonly fine: number
  readonly experts: number
  readonly rows: number
}

/**
 * Words and captions that describe a cluster. From at most 50,000 sampled captions, each truncated to 200
 * characters.
 */
export interface ClusterWords {
  /** All sampled rows of the cluster. */
  readonly rows: number
  readonly words: readonly TopWord[]
  /**
   * Nearest to the cluster's centre, nearest first (an expert's centre is its coarse centre); no caption
   * occurs twice.
   */
  readonly central: readonly QuotedCaption[]
  /** Farthest from it, farthest first. */
  readonly marginal: readonly QuotedCaption[]
}

export interface QuotedCaption {
  readonly caption: string
  readonly distance: number
}

/** The fine centres' first two principal components, weighted by population. */
export interface CentreMap {
  /** Share of the variance between centres that each axis shows. */
  readonly explained: readonly [number, number]
  readonly fine: readonly (MapPoint & { readonly fine: number; readonly expert: number })[]
  /** Coarse centres, by expert. */
  readonly experts: readonly MapPoint[]
}

export interface MapPoint {
  readonly x: number
  readonly y: number
  readonly rows: number
}

const quoted: Shape<readonly QuotedCaption[]> = list(object({ caption: text, distance: number }))
const words = {
  rows: number,
  words: list(object<TopWord>({ word: text, captions: number, lift: number })),
  central: quoted,
  marginal: quoted,
}
const point = { x: number, y: number, rows: number }
const balances = object({ fitted: balance, assigned: balance })

export const quality: Shape<Quality> = object({
  rows: object({ total: number, sampled: number, dropped: map(number) }),
  width: number,
  fine: number,
  experts: number,
  inertia: object({ mean: number, passes: list(number), reassigned: number }),
  balance: object({ bound: nullable(number), fine: balances, experts: balances }),
  silhouette: object({ rows: number, experts: number, by_expert: list(nullable(number)), fine: number }),
  distance: object({ all: nullable(quantiles), by_expert: list(nullable(quantiles)) }),
  stability: nullable(object<Stability>({ fine: number, experts: number, rows: number })),
  expert_words: list(object<ClusterWords>(words)),
  fine_words: list(object({ ...words, fine: number, expert: number })),
  map: object<CentreMap>({
    explained: pair(number),
    fine: list(object({ ...point, fine: number, expert: number })),
    experts: list(object<MapPoint>(point)),
  }),
})

export const qualityName = 'quality.json'

export function writeQuality(out: DocumentSink, document: Quality): Promise<void> {
  return putFigures(out, qualityName, document)
}

export async function readQuality(files: Files): Promise<Quality> {
  return readJsonOf(files, qualityName, quality)
}
