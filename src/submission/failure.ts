import { parseJson } from '../core/parse-json.js'
import { anyJson, object, oneOf, optional, text, type Shape } from '../core/shape.js'
import { PipelineError, type PipelineErrorParts, failures } from '../core/error.js'
import type { Store } from '../io/store/store.js'
import type { TaskRef } from '../planner/types.js'
import { markKey } from './layout.js'
import type { ObservedElement } from './observe.js'

/**
 * The error of a task that did not succeed: the one that its attempt wrote, or else one that describes how
 * it ended.
 */
export async function failureOf(
  store: Store,
  task: TaskRef,
  element: ObservedElement,
): Promise<PipelineError> {
  const { array, index, verdict } = element
  const place = `${task.stage}/${task.key}`
  const own =
    verdict.mark && verdict.mark.state !== 'running'
      ? await readError(store, markKey(array.submission.folder, array.name, verdict.mark))
      : undefined
  // An element stops at its first failure: later tasks of the element have no error of their own.
  if (
    own &&
    (own.place === undefined || own.place.startsWith(place) || !/^[a-z-]+\/[a-z0-9-]+$/.test(own.place))
  )
    return new PipelineError(own)
  const because = own
    ? `the job failed at an earlier task, ${own.place}: ${own.message}`
    : (verdict.detail ?? verdict.cause ?? 'for an unknown reason')
  return new PipelineError({
    code: codes[verdict.state] ?? 'E_JOB_FAILED',
    failure: verdict.state === 'failed' ? 'stage' : 'executor',
    message: `${sentences[verdict.state] ?? 'the job failed'} (${because})`,
    place,
    found: `element ${index} of ${array.name}${array.job === undefined ? '' : `, job ${array.job}`}`,
    hint: '`coterie logs` shows its output; `coterie retry --failed` submits it again',
  })
}

const codes: { readonly [state: string]: string } = {
  lost: 'E_JOB_LOST',
  cancelled: 'E_JOB_CANCELLED',
  blocked: 'E_JOB_BLOCKED',
}
const sentences: { readonly [state: string]: string } = {
  lost: 'the job disappeared without a result',
  cancelled: 'the job was cancelled',
  blocked: 'an input of the task was not made',
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

async function readError(store: Store, key: string): Promise<PipelineErrorParts | undefined> {
  try {
    return parseJson(await store.read(key), key, errorParts)
  } catch {
    return undefined
  }
}
