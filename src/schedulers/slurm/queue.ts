import type { Cause, ElementState } from '../scheduler.js'

/** Output format of squeue: array id, index or indices, state, reason, name. */
export const queueFormat = '%F|%K|%T|%r|%j'

export interface QueueLine {
  readonly job: string
  readonly name: string
  /** Inclusive ranges: pending elements of an array share a line. */
  readonly indices: readonly { readonly from: number; readonly to: number }[]
  readonly state: ElementState
}

export function parseQueue(output: string): QueueLine[] {
  return output.split('\n').flatMap((line) => {
    const [job, indices, state, reason, name] = line.trim().split('|')
    if (!job || indices === undefined || state === undefined || name === undefined) return []
    return [{ job, name, indices: parseIndices(indices), state: stateOf(state, reason ?? '') }]
  })
}

/** `7`, `0-3%2`, `[2-3,9%2]`. A plain job has `N/A` and counts as element 0. */
export function parseIndices(text: string): { from: number; to: number }[] {
  const plain = text.replace(/^\[|\]$/g, '').replace(/%\d+\]?$/, '')
  const ranges = plain.split(',').flatMap((part) => {
    const found = /^(\d+)(?:-(\d+))?(?::(\d+))?$/.exec(part)
    if (!found) return []
    const from = Number(found[1])
    const to = Number(found[2] ?? found[1])
    const step = Number(found[3] ?? 1)
    if (step === 1) return [{ from, to }]
    return Array.from({ length: Math.floor((to - from) / step) + 1 }, (_, index) => ({
      from: from + index * step,
      to: from + index * step,
    }))
  })
  return ranges.length > 0 ? ranges : [{ from: 0, to: 0 }]
}

const pending = new Set([
  'PENDING',
  'CONFIGURING',
  'REQUEUED',
  'REQUEUE_FED',
  'REQUEUE_HOLD',
  'SPECIAL_EXIT',
  'RESV_DEL_HOLD',
])

const causes: { readonly [state: string]: Cause } = {
  FAILED: 'exit',
  OUT_OF_MEMORY: 'out_of_memory',
  TIMEOUT: 'time_limit',
  DEADLINE: 'time_limit',
  NODE_FAIL: 'node_lost',
  BOOT_FAIL: 'node_lost',
  REVOKED: 'node_lost',
  PREEMPTED: 'preempted',
}

/** Waiting for a job that it depends on is what every pipeline does. */
function waitOf(reason: string): { waits?: string } {
  return ['', 'None', 'Dependency'].includes(reason) ? {} : { waits: reason }
}

/**
 * A state of squeue(1) or sacct(1), which writes `CANCELLED by 0`. Everything else, such as COMPLETING and
 * unknown states, counts as running: a later query will tell.
 */
export function stateOf(word: string, reason = ''): ElementState {
  const state = word.split(/[ +]/)[0] ?? word
  const detail = reason === '' || reason === 'None' ? state : `${state} (${reason})`
  // Only a user can end this wait, since the cluster's settings may override `--kill-on-invalid-dep`.
  if (state === 'PENDING' && reason === 'DependencyNeverSatisfied')
    return { state: 'cancelled', cause: 'dependency', stuck: true, detail }
  if (state === 'SPECIAL_EXIT' || /^launch failed requeued held|JobHoldMaxRequeue/i.test(reason))
    return { state: 'failed', cause: 'node_lost', stuck: true, detail }
  if (pending.has(state)) return { state: 'pending', detail, ...waitOf(reason) }
  if (state === 'COMPLETED') return { state: 'succeeded', detail }
  if (state === 'CANCELLED')
    return { state: 'cancelled', cause: /Dependency/.test(reason) ? 'dependency' : 'cancelled', detail }
  // Slurm reports no exit code here, but the reason shows whether there was one.
  if (state === 'FAILED' && /^(RaisedSignal|JobLaunchFailure)/.test(reason))
    return { state: 'failed', cause: 'signal', detail }
  const cause = causes[state]
  if (cause)
    return { state: cause === 'node_lost' || cause === 'preempted' ? 'lost' : 'failed', cause, detail }
  return { state: 'running', detail }
}
