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
  /** Why it did not succeed, as far as anybody knows. */
  readonly cause?: Cause | undefined
  /**
   * Its job stands in the queue and will never move: it has to be cancelled before anything can wait for its
   * end.
   */
  readonly stuck?: boolean | undefined
  /** In the scheduler's own words. */
  readonly detail?: string | undefined
  /** The latest mark that it left, where its own words are. */
  readonly mark?: Mark | undefined
}

export interface Evidence {
  /** Every task of the element has its record. */
  readonly done: boolean
  /** What the scheduler says; undefined if it does not know the element. */
  readonly scheduler: ElementState | undefined
  /** The scheduler could not be asked. */
  readonly unasked?: boolean | undefined
  readonly marks: readonly Mark[]
  /** The array was cancelled, or refused by the scheduler. */
  readonly cancelled: boolean
  /** When the store saw that a person cancelled it. */
  readonly cancelled_ms?: number | undefined
  readonly submitted_ms: number
  readonly now_ms: number
  readonly grace_ms: number
}

/** A running element tells that it lives once a minute; after so long without a word it does not. */
export const silentMilliseconds = 200_000

/**
 * The state of one element. Records decide first, then the queue as long as it says that the element waits or
 * runs, then what the element said of itself, then what the queue says of its end. What nobody knows anything
 * about is lost, after the grace time.
 */
export function judge(evidence: Evidence): ElementVerdict {
  const { done, scheduler, unasked, marks, cancelled, cancelled_ms, submitted_ms, now_ms, grace_ms } =
    evidence
  if (done) return { state: 'succeeded' }
  const mark = latest(marks)
  const words = {
    ...(scheduler?.detail === undefined ? {} : { detail: scheduler.detail }),
    ...(mark ? { mark } : {}),
    ...(scheduler?.stuck ? { stuck: true } : {}),
  }
  if (scheduler?.state === 'pending')
    return { state: mark?.state === 'stopped' ? 'preempted' : 'pending', ...words }
  if (scheduler?.state === 'running') return { state: 'running', ...words }
  const beats = mark?.state === 'running' && now_ms - mark.seen_ms < silentMilliseconds
  if (!scheduler && beats) return { state: 'running', ...words }
  if (mark && endedByCancelling(mark, cancelled_ms))
    return { state: 'cancelled', cause: 'cancelled', ...words }
  if (mark && mark.state !== 'running' && mark.state !== 'superseded')
    return { ...said(mark, scheduler), ...words }
  if (cancelled) return { state: 'cancelled', cause: 'cancelled', ...words }
  if (scheduler) return { ...ended(scheduler), ...words }
  if (unasked || now_ms - Math.max(submitted_ms, mark?.seen_ms ?? 0) < grace_ms)
    return { state: mark ? 'running' : 'pending', ...words }
  return { state: 'lost', ...words }
}

/** The queue is asked to end a job before the store is told, so its last words may come a little earlier. */
const lastWordsMilliseconds = 30_000

/**
 * A job that is cancelled says that it was stopped, or that its worker was killed under it; the queue soon
 * forgets why.
 */
function endedByCancelling({ state, seen_ms }: Mark, cancelledMs: number | undefined): boolean {
  return (
    (state === 'stopped' || state === 'failed') &&
    cancelledMs !== undefined &&
    seen_ms > cancelledMs - lastWordsMilliseconds
  )
}

/** Whether somebody works on it or will. A preempted element starts again by itself. */
export function isActive({ state }: ElementVerdict): boolean {
  return state === 'pending' || state === 'running' || state === 'preempted'
}

/** Whether trying again may help without anybody changing anything. */
export function mayHelpAgain({ state, cause }: ElementVerdict): boolean {
  if (state === 'lost' || state === 'blocked') return true
  return state === 'failed' && cause !== 'exit' && cause !== undefined
}

function latest(marks: readonly Mark[]): Mark | undefined {
  // An attempt that has ended may have left its `running` behind: the end counts.
  const order = (mark: Mark) => mark.attempt * 2 + (mark.state === 'running' ? 0 : 1)
  return marks.toSorted((a, b) => order(a) - order(b) || a.seen_ms - b.seen_ms).at(-1)
}

function said(mark: Mark, scheduler: ElementState | undefined): ElementVerdict {
  switch (mark.state) {
    case 'out-of-memory':
      return { state: 'failed', cause: 'out_of_memory' }
    case 'out-of-time':
      return { state: 'failed', cause: 'time_limit' }
    case 'blocked':
      return { state: 'blocked' }
    case 'stopped':
      // It asked to be repeated and nobody did.
      return scheduler?.state === 'cancelled'
        ? { state: 'cancelled', cause: 'cancelled' }
        : { state: 'lost', cause: scheduler?.cause ?? 'preempted' }
    default:
      return { state: 'failed', cause: 'exit' }
  }
}

function ended({ state, cause }: ElementState): ElementVerdict {
  if (state === 'cancelled')
    return cause === 'dependency' ? { state: 'blocked', cause } : { state: 'cancelled', cause: 'cancelled' }
  if (state === 'failed' && cause !== undefined && cause !== 'exit')
    return cause === 'node_lost' || cause === 'preempted'
      ? { state: 'lost', cause }
      : { state: 'failed', cause }
  if (state === 'failed') return { state: 'failed', cause: 'exit' }
  // The queue calls it a success and there is no record: it never came as far as Coterie, or its results were
  // removed.
  return { state: 'lost', ...(cause ? { cause } : {}) }
}
