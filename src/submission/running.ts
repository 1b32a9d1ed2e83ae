import { parseJson } from '../core/parse-json.js'
import { nullable, number, object, optional, text, type Shape } from '../core/shape.js'
import type { Clock } from '../core/clock.js'
import { mapConcurrently } from '../core/concurrency.js'
import type { Store } from '../io/store/store.js'
import { markKey } from './layout.js'
import type { ObservedElement } from './observe.js'

/** Progress of a task, as last reported by its element (at most once a minute). */
export interface RunningTask {
  /** `train/expert-0`. */
  readonly task: string
  readonly rows_done: number
  readonly rows_total: number | null
  /** For a training: step, loss, speed and time left. */
  readonly detail: string | null
  /** Since the report. */
  readonly seconds_ago: number
}

/** What an element writes about its current task; empty before the first one. */
interface ProgressMark {
  readonly task?: string | undefined
  readonly rows_done?: number | undefined
  readonly rows_total?: number | null | undefined
  readonly detail?: string | null | undefined
}

const progressMark: Shape<ProgressMark> = object({
  task: optional(text),
  rows_done: optional(number),
  rows_total: optional(nullable(number)),
  detail: optional(nullable(text)),
})

const maxShown = 20

/**
 * The first running tasks, in plan order. Elements that have not started a task, or have ended meanwhile,
 * are left out.
 */
export async function runningTasks(
  store: Store,
  elements: readonly ObservedElement[],
  clock: Clock,
): Promise<RunningTask[]> {
  const running = elements
    .filter(({ verdict }) => verdict.state === 'running' && verdict.mark?.state === 'running')
    .slice(0, maxShown)
  const tasks = await mapConcurrently(running, 8, async ({ array, verdict }): Promise<RunningTask[]> => {
    const mark = verdict.mark!
    const progress = await store.read(markKey(array.submission.folder, array.name, mark)).then(
      (bytes) => parseJson(bytes, array.name, progressMark),
      (): ProgressMark => ({}),
    )
    const { task, rows_done = 0, rows_total = null, detail = null } = progress
    return task === undefined
      ? []
      : [
          {
            task,
            rows_done,
            rows_total,
            detail,
            seconds_ago: Math.max(0, Math.round((clock.now() - mark.seen_ms) / 1000)),
          },
        ]
  })
  return tasks.flat()
}
