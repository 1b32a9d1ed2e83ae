import type { Store } from '../../src/io/store/store.js'
import type { TaskRef } from '../../src/planner/types.js'
import { recordKey } from '../../src/runner/layout.js'
import { encodeRecord } from '../../src/runner/task/record.js'

/** Stores the record of a task that made nothing. */
export async function finishTask(store: Store, { stage, key, fingerprint }: TaskRef): Promise<void> {
  await store.create(
    recordKey(stage, fingerprint),
    encodeRecord({
      format: 1,
      stage,
      key,
      fingerprint,
      version: 1,
      entries: [],
      split_ids: [],
      files: [],
      accounting: { rows_in: 1, expanded: 0, rows_out: 1, dropped: {} },
      inputs: {},
      notes: {},
      seconds: 1,
      memory_bytes: 1,
      machine: { node: 'v20', arch: 'x64', cpu: 'simulated' },
    }),
  )
}
