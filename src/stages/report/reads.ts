import { list, map, optional, type Shape } from './shape.js'

/**
 * The parts of other stages' files that the report reads. Members may be missing: then their part of the page
 * is.
 */

export interface ReadBalance {
  readonly min: number
  readonly median: number
  readonly max: number
  readonly max_over_mean: number
  readonly gini: number
  readonly empty: number
}

interface ReadWords {
  readonly rows: number
  readonly words: readonly { readonly word: string; readonly lift: number }[]
  readonly central: readonly { readonly caption: string }[]
  readonly marginal: readonly { readonly caption: string }[]
}

/** `quality.json` of the centres. */
export interface ReadQuality {
  readonly rows: { readonly sampled: number }
  readonly fine: number
  readonly experts: number
  readonly inertia: { readonly mean: number }
  readonly balance: {
    readonly bound: number | null
    readonly fine: { readonly assigned: ReadBalance }
    readonly experts: { readonly assigned: ReadBalance }
  }
  readonly silhouette?: { readonly experts: number; readonly fine: number } | undefined
  readonly stability?: { readonly experts: number; readonly fine: number } | null | undefined
  readonly expert_words?: readonly ReadWords[] | undefined
  readonly fine_words?: readonly (ReadWords & { readonly fine: number })[] | undefined
  readonly map?:
    | {
        readonly experts: readonly { readonly x: number; readonly y: number; readonly rows: number }[]
        readonly fine: readonly {
          readonly x: number
          readonly y: number
          readonly rows: number
          readonly fine: number
          readonly expert: number
        }[]
      }
    | undefined
}

interface ReadMedian {
  readonly p50: number
}

/** `drift.json`. */
export interface ReadDrift {
  readonly advice: 'keep' | 'add_expert' | 'cluster_again'
  readonly because: readonly string[]
  readonly rows: number
  readonly beyond: number
  readonly shift: number
  readonly distance: { readonly now: ReadMedian | null; readonly before: ReadMedian }
  readonly by_expert: readonly {
    readonly rows: number
    readonly share: number
    readonly share_before: number
    readonly beyond: number
    readonly now: ReadMedian | null
    readonly before: ReadMedian | null
  }[]
}

interface ReadScore {
  readonly task: string
  readonly metric: string
  readonly model: string
  readonly value: number
  readonly low: number
  readonly high: number
}

/** `scores.json`. */
export interface ReadScores {
  readonly tasks: readonly {
    readonly name: string
    readonly type: string
    readonly main_metric: string
    readonly rows: number
    readonly classes: number
    readonly chance: number
    readonly majority: number | null
  }[]
  readonly scores: readonly ReadScore[]
  readonly differences: readonly (ReadScore & { readonly against: string })[]
  readonly verdict: {
    readonly text: string
    readonly by_rule?:
      | {
          readonly [rule: string]: {
            readonly wins: readonly string[]
            readonly losses: readonly string[]
            readonly ties: readonly string[]
          }
        }
      | undefined
  }
  readonly best_single: { readonly model: string } | null
  readonly notes: readonly string[]
}

/** `routing.json`. */
export interface ReadRouting {
  readonly tasks: readonly {
    readonly task: string
    readonly direction: 'classes' | 'corpus' | 'queries'
    readonly rules: readonly {
      readonly rule: string
      readonly weights: readonly number[]
      readonly entropy: number
      readonly mean_affinity: number
    }[]
    readonly classes:
      | readonly {
          readonly name: string
          readonly fine: number
          readonly expert: number
          readonly distance: number
          readonly affinity: number
        }[]
      | null
    readonly warnings: readonly {
      readonly code: string
      readonly rule: string | null
      readonly message: string
    }[]
  }[]
}

/** `sizes.json` of the catalogue. */
export type ReadSizes = {
  readonly [set: string]: {
    readonly own: number
    readonly ooc: number
    readonly bytes: number
    readonly shards: number
  }
}

/** What a trained model notes about itself. */
export interface ReadTraining {
  readonly model: string
  readonly shrinkage?: number | null | undefined
  readonly validation?:
    | { readonly rows: number; readonly cosine: number; readonly reciprocal_rank: number }
    | null
    | undefined
}

const balance: Shape = {
  min: 'number',
  median: 'number',
  max: 'number',
  max_over_mean: 'number',
  gini: 'number',
  empty: 'number',
}
const words: Shape = {
  rows: 'number',
  words: list({ word: 'string', lift: 'number' }),
  central: list({ caption: 'string' }),
  marginal: list({ caption: 'string' }),
}
const point: Shape = { x: 'number', y: 'number', rows: 'number' }
const score: Shape = {
  task: 'string',
  metric: 'string',
  model: 'string',
  value: 'number',
  low: 'number',
  high: 'number',
}

export const qualityShape: Shape = {
  rows: { sampled: 'number' },
  fine: 'number',
  experts: 'number',
  inertia: { mean: 'number' },
  balance: { bound: optional('number'), fine: { assigned: balance }, experts: { assigned: balance } },
  silhouette: optional({ experts: 'number', fine: 'number' }),
  stability: optional({ experts: 'number', fine: 'number' }),
  expert_words: optional(list(words)),
  fine_words: optional(list(words)),
  map: optional({
    experts: list(point),
    fine: list({ ...(point as object), fine: 'number', expert: 'number' }),
  }),
}

const median: Shape = { p50: 'number' }

export const driftShape: Shape = {
  advice: 'string',
  because: list('string'),
  rows: 'number',
  beyond: 'number',
  shift: 'number',
  distance: { now: optional(median), before: median },
  by_expert: list({
    rows: 'number',
    share: 'number',
    share_before: 'number',
    beyond: 'number',
    now: optional(median),
    before: optional(median),
  }),
}

export const scoresShape: Shape = {
  tasks: list({
    name: 'string',
    type: 'string',
    main_metric: 'string',
    rows: 'number',
    classes: 'number',
    chance: 'number',
    majority: optional('number'),
  }),
  scores: list(score),
  differences: list({ ...(score as object), against: 'string' }),
  verdict: {
    text: 'string',
    by_rule: optional(map({ wins: list('string'), losses: list('string'), ties: list('string') })),
  },
  best_single: optional({ model: 'string' }),
  notes: list('string'),
}

export const routingShape: Shape = {
  tasks: list({
    task: 'string',
    direction: 'string',
    rules: list({ rule: 'string', weights: list('number'), entropy: 'number', mean_affinity: 'number' }),
    classes: optional(
      list({ name: 'string', fine: 'number', expert: 'number', distance: 'number', affinity: 'number' }),
    ),
    warnings: list({ code: 'string', rule: optional('string'), message: 'string' }),
  }),
}

export const sizesShape: Shape = map({ own: 'number', ooc: 'number', bytes: 'number', shards: 'number' })

export const trainingShape: Shape = {
  model: 'string',
  shrinkage: optional('number'),
  validation: optional({ rows: 'number', cosine: 'number', reciprocal_rank: 'number' }),
}
