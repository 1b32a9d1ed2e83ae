import { maxOf } from '../core/extremes.js'
import type { Task } from '../planner/types.js'
import type { TrainingEstimate } from '../stages/define.js'
import type { SkippedFiles } from '../io/inputs/skipped.js'
import type { Learned } from './learned.js'
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
        /** The stages on whose results it depends whether the task runs; empty if that is certain. */
        readonly depends_on: readonly string[]
        readonly reason: string
      }[]
    | undefined
}

export interface TrainingView extends TrainingEstimate {
  readonly stage: string
  readonly key: string
  /** The stages on whose results it depends whether the model is trained. */
  readonly depends_on: readonly string[]
}

export interface StageView {
  readonly stage: string
  readonly fingerprint: string
  readonly tasks: number
  readonly to_run: number
  /** `reuse` only if that is certain. */
  readonly action: 'run' | 'reuse'
  readonly reason: string
  /**
   * The stages on whose results it depends whether tasks of this one run: they are reused if what they take
   * comes out equal. Empty if nothing depends.
   */
  readonly depends_on: readonly string[]
  /** The tasks that run in any case, and their cost; `to_run`, `bytes` and `seconds` are those of all. */
  readonly certain: { readonly to_run: number; readonly bytes: number; readonly seconds: number }
  /** Estimated for inputs whose rows are not known before reading (tars). */
  readonly rows: number
  /** Written to the store by the tasks that would run. */
  readonly bytes: number
  /** Estimated work on one core, for the tasks that would run. */
  readonly seconds: number
  /** Whether the estimate rests on what tasks of these kinds took on this machine. */
  readonly learned: boolean
  readonly memory_bytes: number
}

export function planView(
  { plan, done, foreseen, reasons, skipped, warnings: known, learned }: Prepared,
  withTasks: boolean,
): PlanView {
  const runs = ({ fingerprint }: Task) => !done.has(fingerprint) && !foreseen.certain.has(fingerprint)
  const dependsOn = ({ fingerprint }: Task) => foreseen.depends.get(fingerprint) ?? []
  const stages = plan.stages.map((stage, index): StageView => {
    const reason = reasons[index]
    const missing = stage.tasks.filter(runs)
    const certain = missing.filter((task) => dependsOn(task).length === 0)
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
      rows: [...rows.values()].reduce((sum, split) => sum + plan.rowsOf(split), 0),
      ...costOf(missing, learned),
      learned: missing.length > 0 && missing.every((task) => learned.secondsOf(task) !== undefined),
      depends_on: reason?.depends_on ?? [],
      certain: { to_run: certain.length, ...costOf(certain, learned) },
      memory_bytes: maxOf(
        missing.map((task) => task.estimate.memory_bytes),
        0,
      ),
    }
  })
  const missing = plan.stages.flatMap((stage) => stage.tasks.filter(runs))
  const training = missing.flatMap((task) => {
    const { stage, key, estimate } = task
    return estimate.training ? [{ stage, key, ...estimate.training, depends_on: dependsOn(task) }] : []
  })
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
      action: runs(task) ? ('run' as const) : ('reuse' as const),
      depends_on: dependsOn(task),
      reason: reasons[index]?.reasonOf(task) ?? '',
    })),
  )
  return { stages, training, warnings, skipped_inputs: skipped, tasks }
}

function costOf(
  tasks: readonly Task[],
  learned: Learned,
): { readonly bytes: number; readonly seconds: number } {
  const secondsOf = (task: Task) => learned.secondsOf(task) ?? task.estimate.seconds
  return {
    bytes: tasks.reduce((sum, task) => sum + task.estimate.bytes, 0),
    seconds: Math.round(tasks.reduce((sum, task) => sum + secondsOf(task), 0) * 1000) / 1000,
  }
}
