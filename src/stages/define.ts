import type { Fields } from '../core/field.js'
import { type BoundStage, bind } from './bind.js'
import type { Ports, StageDeclaration, StageTraits } from './declaration.js'
import type { OneKind, TaskKinds } from './task-kinds.js'

export type { BoundStage, PlannedPartition, RunnableTask } from './bind.js'
export type * from './declaration.js'
export type { Facts } from './facts.js'
export type * from './planning.js'
export type * from './task-context.js'
export { ofKind, type OneKind, type ParamsOf, type TaskKind, taskKind, type TaskKinds } from './task-kinds.js'

/** A stage as the registry, the planner and the runner handle it: its types are hidden behind `bind`. */
export interface AnyStage extends StageTraits {
  readonly options: Fields
  /** The stage with resolved options: defaults applied, checked against the declaration. */
  readonly bind: (options: { readonly [option: string]: unknown }) => BoundStage
}

export function defineStage<
  const T extends Ports,
  const O extends Fields,
  const K extends TaskKinds = OneKind,
>(declaration: StageDeclaration<T, O, K>): StageDeclaration<T, O, K> & AnyStage {
  return { ...declaration, bind: (options) => bind(declaration, options) }
}
