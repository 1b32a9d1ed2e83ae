import { PipelineError, type PipelineErrorParts } from '../core/error.js'
import type { Store } from '../io/store/store.js'
import type { TaskRef } from '../planner/types.js'
import { markKey } from './layout.js'
import type { ObservedElement } from './observe.js'

/** Why a task did not succeed: its own words where its attempt left any, else what is known of its end. */
export async function failureOf(
  store: Store,
  manifest: string,
  task: TaskRef,
  element: ObservedElement,
): Promise<PipelineError> {
  const { array, index, verdict } = element
  const place = `${task.stage}/${task.key}`
  const own =
    verdict.mark && verdict.mark.state !== 'running'
      ? await words(store, markKey(manifest, array.name, verdict.mark))
      : undefined
  // An element stops at its first failure: tasks behind that one have no words of their own.
  if (
    own &&
    (own.place === undefined || own.place.startsWith(place) || !/^[a-z-]+\/[a-z0-9-]+$/.test(own.place))
  )
    return new PipelineError(own)
  const because = own
    ? `the job stopped before it, at ${own.place}: ${own.message}`
    : (verdict.detail ?? verdict.cause ?? 'nothing is known of its end')
  return new PipelineError({
    code: codes[verdict.state] ?? 'E_JOB_FAILED',
    failure: verdict.state === 'failed' ? 'stage' : 'executor',
    message: `${sentences[verdict.state] ?? 'the job failed'} (${because})`,
    place,
    found: `element ${index} of ${array.name}${array.job === undefined ? '' : `, job ${array.job}`}`,
    hint: '`coterie logs` shows what it printed; `coterie retry --failed` submits it again',
  })
}

const codes: { readonly [state: string]: string } = {
  lost: 'E_JOB_LOST',
  cancelled: 'E_JOB_CANCELLED',
  blocked: 'E_JOB_BLOCKED',
}
const sentences: { readonly [state: string]: string } = {
  lost: 'the job is gone and left no result',
  cancelled: 'the job was cancelled',
  blocked: 'what the task takes was not made',
}

async function words(store: Store, key: string): Promise<PipelineErrorParts | undefined> {
  try {
    const parts = JSON.parse(new TextDecoder().decode(await store.read(key))) as PipelineErrorParts
    return typeof parts.code === 'string' && typeof parts.message === 'string' ? parts : undefined
  } catch {
    return undefined
  }
}
