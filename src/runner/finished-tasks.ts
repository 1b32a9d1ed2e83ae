import type { Store } from '../io/store/store.js'
import { fingerprintIn, recordsPrefix } from './layout.js'

/**
 * Fingerprints that have a record, for all stages of the plan: one listing per stage, never one request per
 * task.
 */
export async function finishedTasks(
  store: Store,
  plan: { readonly stages: readonly { readonly stage: string }[] },
): Promise<Set<string>> {
  const done = new Set<string>()
  for (const stage of new Set(plan.stages.map((each) => each.stage))) {
    for await (const { key } of store.list(recordsPrefix(stage))) {
      const fingerprint = fingerprintIn(key)
      if (fingerprint) done.add(fingerprint)
    }
  }
  return done
}
