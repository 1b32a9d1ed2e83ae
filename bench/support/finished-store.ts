import { mkdir, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { mapConcurrently } from '../../src/core/concurrency.js'
import { recordKey } from '../../src/runner/layout.js'
import { openStorage } from '../../src/runner/storage.js'
import { prepare } from '../../src/runner/prepare.js'
import { encodeRecord, readRecord, type TaskRecord } from '../../src/runner/task/record.js'

/**
 * Fills a manifest's local store with the records of a finished run, copied from a real task of the same
 * stage in a small run of the same manifest: a real run of 30,000 tasks would take too long for a bench. Data
 * files are omitted, since neither planning nor an idle run reads them.
 */
export async function finishWithoutRunning(manifest: string, small: string): Promise<void> {
  const templates = await recordsOf(small)
  const { plan, setup } = await prepare(manifest, {})
  const tasks = plan.stages.flatMap((stage) => stage.tasks)
  for (const stage of plan.stages)
    await mkdir(join(setup.store, dirname(recordKey(stage.stage, ''))), { recursive: true })
  await mapConcurrently(tasks, 16, async ({ stage, key, fingerprint, splits, ...task }) => {
    const template =
      templates.find((record) => record.stage === stage && record.key === key) ??
      templates.find((record) => record.stage === stage)!
    const record: TaskRecord = {
      ...template,
      key,
      fingerprint,
      entries: [...task.shared_entries, ...task.own_entries],
      split_ids: splits.map(({ id }) => id),
    }
    await writeFile(join(setup.store, recordKey(stage, fingerprint)), encodeRecord(record))
  })
}

async function recordsOf(manifest: string): Promise<TaskRecord[]> {
  const { plan, setup } = await prepare(manifest, {})
  const { store } = await openStorage(setup)
  return mapConcurrently(
    plan.stages.flatMap((stage) => stage.tasks),
    16,
    (task) => readRecord(store, task),
  )
}
