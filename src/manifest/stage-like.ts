import type { Json } from '../core/json.js'
import type { Fields } from '../core/field.js'

/** The part of a stage declaration that manifests need. */
export interface StageLike {
  readonly name: string
  readonly doc: string
  readonly takes: PortsLike
  readonly makes: PortsLike
  readonly options: Fields
  /** Whether the manifest's `holdout` is its option of that name. */
  readonly takes_holdout?: boolean | undefined
  readonly bind: (options: { readonly [option: string]: Json }) => BoundStageLike
}

type Facts = { readonly [name: string]: Json }

/** A stage with its options. */
export interface BoundStageLike {
  /** The earlier run that it continues from, if any. */
  readonly earlier: string | undefined
  /** Facts for the stages after it: those of `upstream` and its own. */
  readonly facts: (upstream: Facts) => Facts
  readonly check: (
    facts: Facts,
  ) => readonly { readonly option: string; readonly message: string; readonly hint?: string | undefined }[]
}

export type PortsLike = {
  readonly [port: string]: {
    readonly kind: { readonly name: string }
    readonly optional?: boolean | undefined
  }
}

/** Replaced by the manifest's `holdout`, so that a run has one hold-out. */
export const holdoutOption = 'holdout'

/** The options that may be written under the stage's name. */
export function ownOptions(stage: StageLike): Fields {
  if (!(holdoutOption in stage.options) || !stage.takes_holdout) return stage.options
  const { [holdoutOption]: _, ...rest } = stage.options
  return rest
}
