import type { Json } from '../core/json.js'
import type { Fields } from '../core/field.js'

/** What manifests need to know of a stage; every stage declaration has this shape. */
export interface StageLike {
  readonly name: string
  readonly doc: string
  readonly takes: PortsLike
  readonly makes: PortsLike
  readonly options: Fields
  /** Its option `holdout` is the manifest's member of that name. */
  readonly takes_holdout?: boolean | undefined
  readonly bind: (options: { readonly [option: string]: Json }) => BoundStageLike
}

type Facts = { readonly [name: string]: Json }

/** A stage with its options. */
export interface BoundStageLike {
  /** The earlier run that it goes on from, if it does. */
  readonly earlier: string | undefined
  /** What stages after it are told: `upstream` and its own. */
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

/** The manifest's own `holdout` takes the place of this option, so that a run has one hold-out. */
export const holdoutOption = 'holdout'

/** The options that people may write under the stage's name. */
export function ownOptions(stage: StageLike): Fields {
  if (!(holdoutOption in stage.options) || !stage.takes_holdout) return stage.options
  const { [holdoutOption]: _, ...rest } = stage.options
  return rest
}
