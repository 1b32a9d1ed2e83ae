import { maxOf } from '../core/extremes.js'
import { rowsOfSplit } from '../planner/splits.js'
import type { TrainingEstimate } from '../stages/define.js'
import type { SkippedFiles } from '../io/inputs/skipped.js'
import type { Prepared } from './prepare.js'

/** `plan --json`: fields are added, never renamed. */
export interface PlanView {
  readonly stages: readonly StageView[]
  /** Models that would be trained on accelerators. */
  readonly training: readonly TrainingView[]
  /** What would fail or be slow if this plan ran. */
  readonly warnings: readonly string[]
  /** Files of the input that no stage reads, by reason. */
  readonly skipped_inputs: readonly SkippedFiles[]
  readonly tasks?:
    | readonly {
        readonly stage: string
        readonly key: string
        readonly fingerprint: string
        readonly action: 'run' | 'reuse'
        readonly reason: string
      }[]
    | undefined
}

export interface TrainingView extends TrainingEstimate {
  readonly stage: string
  readonly key: string
}

export interface StageView {
  readonly stage: string
  readonly fingerprint: string
  readonly tasks: number
  readonly to_run: number
  readonly action: 'run' | 'reuse'
  readonly reason: string
  /** Estimated for inputs whose rows are not known before reading (tars). */
  readonly rows: number
  /** Written to the store by the tasks that would run. */
  readonly bytes: number
  /** Estimated work on one core, for the tasks that would run. */
  readonly seconds: number
  readonly memory_bytes: number
}

export function planView(
  { plan, done, reasons, skipped, warnings: known }: Prepared,
  withTasks: boolean,
): PlanView {
  const stages = plan.stages.map((stage, index): StageView => {
    const reason = reasons[index]
    const missing = stage.tasks.filter((task) => !done.has(task.fingerprint))
    const rows = new Map(
      stage.tasks.flatMap((task) => task.splits.map((split) => [split.id, split] as const)),
    )
    return {
      stage: stage.node,
      fingerprint: stage.fingerprint,
      tasks: stage.tasks.length,
      to_run: missing.length,
      action: missing.length > 0 ? 'run' : 'reuse',
      reason: reason?.reason ?? '',
      rows: [...rows.values()].reduce((sum, split) => sum + rowsOfSplit(split), 0),
      bytes: missing.reduce((sum, task) => sum + task.estimate.bytes, 0),
      seconds: Math.round(missing.reduce((sum, task) => sum + task.estimate.seconds, 0) * 1000) / 1000,
      memory_bytes: maxOf(
        missing.map((task) => task.estimate.memory_bytes),
        0,
      ),
    }
  })
  const missing = plan.stages.flatMap((stage) => stage.tasks.filter((task) => !done.has(task.fingerprint)))
  const training = missing.flatMap(({ stage, key, estimate }) =>
    estimate.training ? [{ stage, key, ...estimate.training }] : [],
  )
  const warnings = [
    ...known,
    ...missing.flatMap(({ stage, key, estimate }) =>
      (estimate.warnings ?? []).map((words) => `${stage}/${key}: ${words}`),
    ),
  ]
  if (!withTasks) return { stages, training, warnings, skipped_inputs: skipped }
  const tasks = plan.stages.flatMap((stage, index) =>
    stage.tasks.map((task) => ({
      stage: stage.node,
      key: task.key,
      fingerprint: task.fingerprint,
      action: done.has(task.fingerprint) ? ('reuse' as const) : ('run' as const),
      reason: reasons[index]?.reasonOf(task) ?? '',
    })),
  )
  return { stages, training, warnings, skipped_inputs: skipped, tasks }
}
