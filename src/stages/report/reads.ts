/** The parts of other stages' files that the report reads. Members may be missing: then their part of the page is. */

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
  readonly balance: { readonly bound: number | null; readonly fine: { readonly assigned: ReadBalance }; readonly experts: { readonly assigned: ReadBalance } }
  readonly silhouette?: { readonly experts: number; readonly fine: number } | undefined
  readonly stability?: { readonly experts: number; readonly fine: number } | null | undefined
  readonly expert_words?: readonly ReadWords[] | undefined
  readonly fine_words?: readonly (ReadWords & { readonly fine: number })[] | undefined
  readonly map?:
    | {
        readonly experts: readonly { readonly x: number; readonly y: number; readonly rows: number }[]
        readonly fine: readonly { readonly x: number; readonly y: number; readonly rows: number; readonly fine: number; readonly expert: number }[]
      }
    | undefined
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
  readonly verdict: { readonly text: string }
  readonly best_single: { readonly model: string } | null
  readonly notes: readonly string[]
}

/** `routing.json`. */
export interface ReadRouting {
  readonly tasks: readonly {
    readonly task: string
    readonly direction: 'classes' | 'corpus' | 'queries'
    readonly rules: readonly { readonly rule: string; readonly weights: readonly number[]; readonly entropy: number; readonly mean_affinity: number }[]
    readonly classes: readonly { readonly name: string; readonly fine: number; readonly expert: number; readonly distance: number; readonly affinity: number }[] | null
    readonly warnings: readonly { readonly code: string; readonly rule: string | null; readonly message: string }[]
  }[]
}

/** `sizes.json` of the catalogue. */
export type ReadSizes = { readonly [set: string]: { readonly own: number; readonly ooc: number; readonly bytes: number; readonly shards: number } }
