import type { Json } from '../core/json.js'
import type { Fields } from '../core/field.js'

/** What manifests need to know of a stage; every stage declaration has this shape. */
export interface StageLike {
  readonly name: string
  readonly doc: string
  readonly takes: PortsLike
  readonly makes: PortsLike
  readonly options: Fields
  readonly facts?: ((options: never, upstream: never) => { readonly [name: string]: Json }) | undefined
  readonly check?:
    | ((options: never, facts: never) => readonly { option: string; message: string; hint?: string }[])
    | undefined
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
  if (!(holdoutOption in stage.options) || stage.name !== 'ingest') return stage.options
  const { [holdoutOption]: _, ...rest } = stage.options
  return rest
}
