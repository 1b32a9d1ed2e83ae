/**
 * The kinds of task that a stage is divided into, each with the type of its parameters. A stage whose tasks
 * are all alike declares none: they have the kind `task` and no parameters.
 */
export type TaskKinds = { readonly [kind: string]: TaskKind<unknown> }

/** Carries the type of a kind's parameters; it has no value. */
export interface TaskKind<P = undefined> {
  readonly _params?: P
}

export function taskKind<P = undefined>(): TaskKind<P> {
  return {}
}

export type ParamsOf<K> = K extends TaskKind<infer P> ? P : never

/** The kinds of a stage that declares none. */
export type OneKind = { readonly task: TaskKind }
export const onlyKind = 'task'

/** The tasks of one kind, of this stage or another. */
export function ofKind<T extends { readonly kind: string }>(
  tasks: readonly T[] | undefined,
  kind: string,
): readonly T[] {
  return (tasks ?? []).filter((task) => task.kind === kind)
}
