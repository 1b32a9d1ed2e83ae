import type { RunEvent as TaskEvent } from '../local-executor/executor.js'
import type { Task } from '../planner/types.js'
import type { StageReason } from '../planner/explain.js'

/** What is about to run. Sent once, before any task starts. */
export interface PlannedEvent {
  readonly type: 'planned'
  readonly stages: readonly {
    /** Name of the stage in the pipeline. */
    readonly stage: string
    readonly tasks: number
    /** Why it runs, or that it is reused. */
    readonly reason: string
    /** Tasks without a result. */
    readonly to_run: readonly PlannedTask[]
  }[]
}

export interface PlannedTask {
  readonly stage: string
  readonly key: string
  /** Estimated, on one core. */
  readonly seconds: number
}

/** What happens during a run, as it happens. */
export type RunEvent = PlannedEvent | TaskEvent

/** Called synchronously for every event. It should return quickly; an exception ends the run. */
export type Listener = (event: RunEvent) => void

export function plannedEvent(
  stages: readonly { readonly node: string; readonly tasks: readonly Task[] }[],
  isDone: (task: Task) => boolean,
  reasons: readonly StageReason[],
): PlannedEvent {
  return {
    type: 'planned',
    stages: stages.map(({ node, tasks }, index) => ({
      stage: node,
      tasks: tasks.length,
      reason: reasons[index]?.reason ?? 'reused',
      to_run: tasks.filter((task) => !isDone(task)).map(plannedTask),
    })),
  }
}

/** The event of a rebuild, whose stages have no reason to explain. */
export function plannedTasks(tasks: readonly Task[]): PlannedEvent {
  const nodes = [...new Set(tasks.map(({ node }) => node))]
  return {
    type: 'planned',
    stages: nodes.map((node) => {
      const own = tasks.filter((task) => task.node === node)
      return { stage: node, tasks: own.length, reason: 'rebuilt', to_run: own.map(plannedTask) }
    }),
  }
}

function plannedTask({ stage, key, estimate }: Task): PlannedTask {
  return { stage, key, seconds: estimate.seconds }
}
