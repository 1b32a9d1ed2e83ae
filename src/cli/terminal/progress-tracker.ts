import type { Clock } from '../../core/clock.js'
import type { RunEvent } from '../../local-executor/executor.js'
import type { PlannedTask } from '../../api/planned-event.js'

export interface StageState {
  readonly stage: string
  readonly tasks: number
  readonly tasks_done: number
  readonly rows: number
  readonly rows_per_second: number
  /** Undefined until enough is done for an estimate. */
  readonly seconds_left: number | undefined
  readonly seconds: number
  /** Details that running tasks report, as `key: detail`. */
  readonly details: readonly string[]
}

interface Stage {
  tasks: number
  done: number
  rows: number
  /** Estimated seconds by task key: tasks of one stage may differ a hundredfold. */
  readonly weights: Map<string, number>
  weight: number
  weight_done: number
  readonly running: Map<string, { done: number; total: number | undefined; detail?: string | undefined }>
  started: number | undefined
}

/**
 * Sums the events of a run by stage and predicts its end: the plan's estimates, scaled by how long finished
 * work really took.
 */
export class ProgressTracker {
  private readonly stages = new Map<string, Stage>()
  private readonly clock: Clock

  constructor(clock: Clock) {
    this.clock = clock
  }

  expect(tasks: readonly PlannedTask[]): void {
    for (const task of tasks) {
      const stage = this.of(task.stage)
      const weight = Math.max(task.seconds, 0.001)
      stage.tasks += 1
      stage.weights.set(task.key, weight)
      stage.weight += weight
    }
  }

  take(event: Exclude<RunEvent, { type: 'waiting' }>): void {
    const stage = this.of(event.task.stage)
    stage.started ??= this.clock.monotonic()
    const { key } = event.task
    if (event.type === 'started') stage.running.set(key, { done: 0, total: undefined })
    if (event.type === 'progress')
      stage.running.set(key, { done: event.rows_done, total: event.rows_total, detail: event.detail })
    if (event.type === 'failed') stage.running.delete(key)
    if (event.type === 'finished') {
      stage.running.delete(key)
      stage.done += 1
      stage.rows += event.rows_in
      stage.weight_done += stage.weights.get(key) ?? 0
    }
  }

  state(name: string): StageState {
    const stage = this.of(name)
    const seconds = stage.started === undefined ? 0 : (this.clock.monotonic() - stage.started) / 1000
    let rows = stage.rows
    let done = stage.weight_done
    for (const [key, task] of stage.running) {
      rows += task.done
      if (task.total) done += (stage.weights.get(key) ?? 0) * Math.min(1, task.done / task.total)
    }
    const predictable = done > stage.weight / 50 && stage.weight > 0
    return {
      stage: name,
      tasks: stage.tasks,
      tasks_done: stage.done,
      rows,
      rows_per_second: seconds > 0 ? rows / seconds : 0,
      seconds_left: predictable ? Math.max(0, (seconds * (stage.weight - done)) / done) : undefined,
      seconds,
      details: [...stage.running].flatMap(([key, { detail }]) =>
        detail === undefined ? [] : [`${key}: ${detail}`],
      ),
    }
  }

  private of(name: string): Stage {
    let stage = this.stages.get(name)
    if (!stage) {
      stage = {
        tasks: 0,
        done: 0,
        rows: 0,
        weights: new Map(),
        weight: 0,
        weight_done: 0,
        running: new Map(),
        started: undefined,
      }
      this.stages.set(name, stage)
    }
    return stage
  }
}
