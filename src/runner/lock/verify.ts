import { append } from '../../core/extremes.js'
import { localExecutor } from '../../local-executor/local.js'
import type { Listener } from '../../local-executor/executor.js'
import { putPlugin } from '../../plugins/stored.js'
import type { StagePlan, Task } from '../../planner/types.js'
import type { AdoptedTask } from '../task/adopted-tasks.js'
import { dataKey } from '../layout.js'
import { findLock, findLockToFreeze } from './location.js'
import { byDigest, checkResults, pinnedTasks } from './damage.js'
import { planOfLock } from './plan-of-lock.js'
import { openStorage, type RunSetup } from '../storage.js'
import { openHead } from '../open-manifest.js'
import type { PrepareOptions } from '../prepare.js'
import { hasRecord, readRecord } from '../task/record.js'
import { refuseFailures, workerEntry } from '../run.js'
import { digestOf } from '../stored-digest.js'
import { verifyInputs } from './verify-inputs.js'
import type { Mismatch, Verification } from './verification.js'

export interface VerifyLockOptions extends PrepareOptions {
  /** Also read the inputs. */
  readonly inputs?: boolean | undefined
  readonly signal?: AbortSignal | undefined
}

/** Reads every file that the lock pins and compares its digest. */
export async function verifyLock(path: string, options: VerifyLockOptions): Promise<Verification> {
  const { lock } = await findLock(path, options)
  const { setup } = await openHead(path, options)
  const { store } = await openStorage(setup)
  const results = await checkResults(await pinnedTasks(lock, store), store, byDigest(store), options.signal)
  const mismatches = results.damaged.flatMap((one) => one.mismatches)
  let checked = results.files
  let { bytes } = results
  const { adopted } = results
  if (options.inputs) {
    const inputs = await verifyInputs(lock, store, setup.settings, options.signal)
    append(mismatches, inputs.mismatches)
    checked += inputs.checked
    bytes += inputs.bytes
  }
  return { ok: mismatches.length === 0, checked, bytes, mismatches, adopted }
}

export interface RebuildOptions extends PrepareOptions {
  readonly workers: number
  readonly signal: AbortSignal
  readonly listen: Listener
  /** Called with the tasks that are about to run. */
  readonly expect: (tasks: readonly Task[]) => void
}

/**
 * Runs the rebuildable stages again into `folder`, from the inputs and the stored results of the other
 * stages (vectors, models, scores), and compares every file with the stored one.
 */
export async function verifyRebuild(
  path: string,
  folder: string,
  options: RebuildOptions,
): Promise<Verification> {
  const { lock } = await findLockToFreeze(path, options)
  const { plan, setup, stages: known, plugins } = await planOfLock(path, lock, options)
  const { store } = await openStorage(setup)
  // Results that were taken over are verified with the lock of the earlier run.
  const isVerified = (stage: StagePlan) =>
    known.get(stage.stage).rebuildable === true && !stage.tasks.some((task) => task.adopted)
  const stages = plan.stages.filter(isVerified)
  const others = plan.stages.filter((stage) => !isVerified(stage)).map((stage) => stage.stage)
  const elsewhere: RunSetup = { ...setup, store: folder, upstream: { store: setup.store, stages: others } }
  const tasks = stages.flatMap((stage) => stage.tasks)
  const target = (await openStorage(elsewhere)).store
  for (const bundle of plugins.bundles) await putPlugin(target, bundle)
  const executor = localExecutor({
    workers: options.workers,
    entry: workerEntry(),
    keep_going: false,
    setup: elsewhere,
  })
  const adopted: AdoptedTask[] = []
  const missing: typeof tasks = []
  for (const task of tasks) if (!(await hasRecord(target, task))) missing.push(task)
  options.expect(missing)
  refuseFailures(await executor.execute(missing, options), missing.length)
  const mismatches: Mismatch[] = []
  let checked = 0
  let bytes = 0
  for (const task of tasks) {
    const [expected, made] = await Promise.all([readRecord(store, task), readRecord(target, task)])
    const { stage, key, fingerprint, data } = expected
    if (data !== undefined) adopted.push({ stage, key, fingerprint, data })
    const byName = new Map(made.files.map((file) => [file.name, file]))
    for (const file of expected.files) {
      const again = await digestOf(target, dataKey(task.stage, task.fingerprint, file.name))
      checked += 1
      bytes += file.size
      if (again !== file.sha256 || byName.get(file.name)?.sha256 !== file.sha256) {
        mismatches.push({
          path: `${folder}/${dataKey(task.stage, task.fingerprint, file.name)}`,
          expected: file.sha256,
          found: again ?? 'missing',
        })
      }
      byName.delete(file.name)
    }
    for (const name of byName.keys()) {
      // The task may have finished with a version of its stage that did not write this file.
      if (known.get(task.stage).later_files?.includes(name) === true) continue
      mismatches.push({
        path: `${folder}/${dataKey(task.stage, task.fingerprint, name)}`,
        expected: 'no such file',
        found: 'a file',
      })
    }
  }
  return { ok: mismatches.length === 0, checked, bytes, mismatches, adopted }
}
