import { parseJson } from '../core/parse-json.js'
import { nullable, number, object, optional, text, type Shape } from '../core/shape.js'
import type { Clock } from '../core/clock.js'
import { mapConcurrently } from '../core/concurrency.js'
import type { Store } from '../io/store/store.js'
import { markKey } from './layout.js'
import type { ObservedElement } from './observe.js'

/** How far a task is, as its element told last: once a minute at most. */
export interface RunningTask {
  /** `train/expert-0`. */
  readonly task: string
  readonly rows_done: number
  readonly rows_total: number | null
  /** Of a training: step, loss, speed and time left. */
  readonly detail: string | null
  /** Since it was told. */
  readonly seconds_ago: number
}

/** What an element writes about its task; nothing before it has come to one. */
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

const mostShown = 20

/**
 * The first of the elements that are running, in the order of the plan; without those that have not come to a
 * task, or have gone meanwhile.
 */
export async function runningTasks(
  store: Store,
  manifest: string,
  elements: readonly ObservedElement[],
  clock: Clock,
): Promise<RunningTask[]> {
  const running = elements
    .filter(({ verdict }) => verdict.state === 'running' && verdict.mark?.state === 'running')
    .slice(0, mostShown)
  const told = await mapConcurrently(running, 8, async ({ array, verdict }): Promise<RunningTask[]> => {
    const mark = verdict.mark!
    const words = await store.read(markKey(manifest, array.name, mark)).then(
      (bytes) => parseJson(bytes, array.name, progressMark),
      (): ProgressMark => ({}),
    )
    const { task, rows_done = 0, rows_total = null, detail = null } = words
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
  return told.flat()
}
