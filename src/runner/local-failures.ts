import { mapConcurrently } from '../core/concurrency.js'
import type { Clock } from '../core/clock.js'
import { PipelineError } from '../core/error.js'
import { canonicalJsonPretty } from '../core/json.js'
import { parseJson } from '../core/parse-json.js'
import { nullable, object, oneOf, text, type Shape } from '../core/shape.js'
import { isTemporary } from '../core/temporary-codes.js'
import { whoami } from '../core/who.js'
import type { Store } from '../io/store/store.js'
import type { ExecutionOutcome } from '../local-executor/executor.js'
import type { Task, TaskRef } from '../planner/types.js'
import { failedPrefix } from './layout.js'

/** Why a task failed when it last ran outside of a scheduler. */
export interface LocalFailure extends TaskRef {
  readonly code: string
  readonly message: string
  readonly place: string | null
  readonly hint: string | null
  /** ISO 8601, by the clock of the host. */
  readonly time: string
  readonly host: string
  readonly user: string
}

const localFailure: Shape<LocalFailure & { readonly format: 1 }> = object({
  format: oneOf(1),
  stage: text,
  key: text,
  fingerprint: text,
  code: text,
  message: text,
  place: nullable(text),
  hint: nullable(text),
  time: text,
  host: text,
  user: text,
})

const keyOf = (fingerprint: string) => `${failedPrefix}${fingerprint}.json`

/**
 * Keeps why tasks failed, for `status`, `logs` and `retry`. What was stopped did not fail. A store that
 * cannot keep an error must not hide it: the run reports it all the same.
 */
export async function keepFailures(
  store: Store,
  { failures }: ExecutionOutcome,
  clock: Clock,
): Promise<void> {
  await mapConcurrently(
    failures.filter(({ error }) => error.code !== 'E_STOPPED'),
    16,
    async ({ task: { stage, key, fingerprint }, error }) => {
      const failure: LocalFailure = {
        stage,
        key,
        fingerprint,
        code: error.code,
        message: error.message,
        place: error.place ?? null,
        hint: error.hint ?? null,
        time: new Date(clock.now()).toISOString(),
        ...whoami(),
      }
      const bytes = new TextEncoder().encode(`${canonicalJsonPretty({ format: 1, ...failure })}\n`)
      const at = keyOf(fingerprint)
      try {
        await store.replace(at, bytes, (await store.stat(at))?.version)
      } catch (thrown) {
        if (!(thrown instanceof PipelineError)) throw thrown
      }
    },
  )
}

/** The failures of these tasks, in their order; tasks that have finished since are not to be among them. */
export async function readFailures(store: Store, tasks: readonly TaskRef[]): Promise<LocalFailure[]> {
  const kept = new Set<string>()
  for await (const { key } of store.list(failedPrefix)) kept.add(key)
  const wanted = tasks.filter(({ fingerprint }) => kept.has(keyOf(fingerprint)))
  const found = await mapConcurrently(wanted, 16, async ({ fingerprint }) => {
    const at = keyOf(fingerprint)
    try {
      const { format: _, ...failure } = parseJson(await store.read(at), `${store.uri}/${at}`, localFailure)
      return [failure]
    } catch (error) {
      // It only informs: what cannot be read is as if it were not there.
      if (error instanceof PipelineError) return []
      throw error
    }
  })
  return found.flat()
}

interface Chosen {
  readonly missing: readonly Task[]
  /** Throws `E_FAILED_BEFORE` if tasks were left out. */
  readonly refuse: () => void
}

export const allOf = (missing: readonly Task[]): Chosen => ({ missing, refuse: () => {} })

/** Leaves out the tasks whose last error would be the same again, and those that need their results. */
export async function worthRepeating(store: Store, open: readonly Task[]): Promise<Chosen> {
  const failures = (await readFailures(store, open)).filter(({ code }) => !isTemporary(code))
  const held = new Set(failures.map(({ fingerprint }) => fingerprint))
  const missing = open.filter((task) => {
    const inputs = [...Object.values(task.takes).flat(), ...task.after]
    if (inputs.some(({ fingerprint }) => held.has(fingerprint))) held.add(task.fingerprint)
    return !held.has(task.fingerprint)
  })
  const refuse = () => {
    const [first] = failures
    if (!first) return
    throw new PipelineError({
      code: 'E_FAILED_BEFORE',
      message: `${failures.length} tasks failed before with errors that stay, and were not repeated`,
      place: `${first.stage}/${first.key}`,
      found: `${first.code}  ${first.message}`,
      hint: 'mend what they name; `coterie retry --all` and `coterie run` repeat these tasks too',
    })
  }
  return { missing, refuse }
}
