import { parseJson } from '../core/parse-json.js'
import { anyJson, object, oneOf, optional, text, type Shape } from '../core/shape.js'
import { PipelineError, type PipelineErrorParts, failures } from '../core/error.js'
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

const errorParts: Shape<PipelineErrorParts> = object({
  code: text,
  message: text,
  failure: optional(oneOf(...failures)),
  place: optional(text),
  expected: optional(text),
  found: optional(text),
  hint: optional(text),
  excerpt: optional(text),
  cause: optional(anyJson),
})

async function words(store: Store, key: string): Promise<PipelineErrorParts | undefined> {
  try {
    return parseJson(await store.read(key), key, errorParts)
  } catch {
    return undefined
  }
}
