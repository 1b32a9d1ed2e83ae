import type { Cause, ElementState } from '../schedulers/scheduler.js'
import type { Mark } from './layout.js'

export type ElementVerdict = {
  readonly state:
    | 'pending'
    | 'running'
    | 'succeeded'
    | 'failed'
    | 'preempted'
    | 'lost'
    | 'cancelled'
    | 'blocked'
  /** Why it did not succeed, if known. */
  readonly cause?: Cause | undefined
  /**
   * Its job is queued but will never run: it has to be cancelled before other jobs can wait for its end.
   */
  readonly stuck?: boolean | undefined
  /** The scheduler's own description. */
  readonly detail?: string | undefined
  /** Why it is pending, in the scheduler's words. */
  readonly waits?: string | undefined
  /** The latest mark that it wrote, under which its error is stored. */
  readonly mark?: Mark | undefined
}

export interface Evidence {
  /** Whether every task of the element has its record. */
  readonly done: boolean
  /** The state according to the scheduler; undefined if it does not know the element. */
  readonly scheduler: ElementState | undefined
  /** Whether the scheduler could not be queried. */
  readonly unasked?: boolean | undefined
  readonly marks: readonly Mark[]
  /** Whether the array was cancelled, or refused by the scheduler. */
  readonly cancelled: boolean
  /** When the user cancelled it, by the clock of the store. */
  readonly cancelled_ms?: number | undefined
  readonly submitted_ms: number
  readonly now_ms: number
  readonly grace_ms: number
}

/** A running element renews its mark once a minute; without a renewal for this long it is presumed dead. */
export const silentMilliseconds = 200_000

/**
 * Decides the state of one element. Records come first, then the queue if the element is waiting or
 * running, then the element's own marks, then how it ended according to the queue. An element without any
 * information is lost after the grace time.
 */
export function judge(evidence: Evidence): ElementVerdict {
  const { done, scheduler, unasked, marks, cancelled, cancelled_ms, submitted_ms, now_ms, grace_ms } =
    evidence
  if (done) return { state: 'succeeded' }
  const mark = latest(marks)
  const details = {
    ...(scheduler?.detail === undefined ? {} : { detail: scheduler.detail }),
    ...(scheduler?.waits === undefined ? {} : { waits: scheduler.waits }),
    ...(mark ? { mark } : {}),
    ...(scheduler?.stuck ? { stuck: true } : {}),
  }
  if (scheduler?.state === 'pending')
    return { state: mark?.state === 'stopped' ? 'preempted' : 'pending', ...details }
  if (scheduler?.state === 'running') return { state: 'running', ...details }
  const beats = mark?.state === 'running' && now_ms - mark.seen_ms < silentMilliseconds
  if (!scheduler && beats) return { state: 'running', ...details }
  if (mark && endedByCancelling(mark, cancelled_ms))
    return { state: 'cancelled', cause: 'cancelled', ...details }
  if (mark && mark.state !== 'running' && mark.state !== 'superseded')
    return { ...stateFromMark(mark, scheduler), ...details }
  if (cancelled) return { state: 'cancelled', cause: 'cancelled', ...details }
  if (scheduler) return { ...stateFromQueue(scheduler), ...details }
  if (unasked || now_ms - Math.max(submitted_ms, mark?.seen_ms ?? 0) < grace_ms)
    return { state: mark ? 'running' : 'pending', ...details }
  return { state: 'lost', ...details }
}

/**
 * A job is cancelled in the queue before that is recorded in the store, so its last mark may be a little
 * older.
 */
const cancelMarginMilliseconds = 30_000

/**
 * A cancelled job reports that it was stopped, or that its worker was killed; the queue soon forgets why.
 */
function endedByCancelling({ state, seen_ms }: Mark, cancelledMs: number | undefined): boolean {
  return (
    (state === 'stopped' || state === 'failed') &&
    cancelledMs !== undefined &&
    seen_ms > cancelledMs - cancelMarginMilliseconds
  )
}

/** Whether it runs or will run. A preempted element restarts by itself. */
export function isActive({ state }: ElementVerdict): boolean {
  return state === 'pending' || state === 'running' || state === 'preempted'
}

/** Whether a retry may succeed without any change. */
export function isRetryable({ state, cause }: ElementVerdict): boolean {
  if (state === 'lost' || state === 'blocked') return true
  return state === 'failed' && cause !== 'exit' && cause !== undefined
}

function latest(marks: readonly Mark[]): Mark | undefined {
  // An attempt that has ended may have left its mark `running`: the final mark counts.
  const order = (mark: Mark) => mark.attempt * 2 + (mark.state === 'running' ? 0 : 1)
  return marks.toSorted((a, b) => order(a) - order(b) || a.seen_ms - b.seen_ms).at(-1)
}

function stateFromMark(mark: Mark, scheduler: ElementState | undefined): ElementVerdict {
  switch (mark.state) {
    case 'out-of-memory':
      return { state: 'failed', cause: 'out_of_memory' }
    case 'out-of-time':
      return { state: 'failed', cause: 'time_limit' }
    case 'blocked':
      return { state: 'blocked' }
    case 'stopped':
      // It asked to be restarted, but was not.
      return scheduler?.state === 'cancelled'
        ? { state: 'cancelled', cause: 'cancelled' }
        : { state: 'lost', cause: scheduler?.cause ?? 'preempted' }
    default:
      return { state: 'failed', cause: 'exit' }
  }
}

function stateFromQueue({ state, cause }: ElementState): ElementVerdict {
  if (state === 'cancelled')
    return cause === 'dependency' ? { state: 'blocked', cause } : { state: 'cancelled', cause: 'cancelled' }
  if (state === 'failed' && cause !== undefined && cause !== 'exit')
    return cause === 'node_lost' || cause === 'preempted'
      ? { state: 'lost', cause }
      : { state: 'failed', cause }
  if (state === 'failed') return { state: 'failed', cause: 'exit' }
  // The queue reports success but there is no record: the job never started Coterie, or its results were
  // removed.
  return { state: 'lost', ...(cause ? { cause } : {}) }
}
