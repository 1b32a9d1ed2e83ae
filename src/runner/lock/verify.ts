import { mapConcurrently } from '../../core/concurrency.js'
import { append } from '../../core/extremes.js'
import type { Store } from '../../io/store/store.js'
import { localExecutor } from '../../local-executor/local.js'
import type { Listener } from '../../local-executor/executor.js'
import { putPlugin } from '../../plugins/stored.js'
import { rootOf, type Lock, type LockedInput, type LockedTask } from '../../planner/lock.js'
import type { StagePlan, Task } from '../../planner/types.js'
import type { AdoptedTask } from '../task/adopted-tasks.js'
import { dataKey, recordKey } from '../layout.js'
import { findLock, findLockToFreeze } from './location.js'
import { lockedStages, readLockedList } from './lock-file.js'
import { openStorage, type RunSetup } from '../storage.js'
import { openHead } from '../open-manifest.js'
import { prepare, type PrepareOptions } from '../prepare.js'
import { fileKey, hasRecord, readRecord } from '../task/record.js'
import { refuseFailures, workerEntry } from '../run.js'
import { refuseUnexplained } from './frozen.js'
import { storedDigest } from '../stored-digest.js'
import { verifyInputs } from './verify-inputs.js'
import { type Mismatch, stopped, type Verification } from './verification.js'

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
  const mismatches: Mismatch[] = []
  const adopted: AdoptedTask[] = []
  let checked = 0
  let bytes = 0
  for (const { stage, task } of await lockedTasks(lock, store)) {
    if (options.signal?.aborted) throw stopped(checked)
    const place = `${store.uri}/${recordKey(stage, task.fingerprint)}`
    if (!(await hasRecord(store, { stage, fingerprint: task.fingerprint }))) {
      mismatches.push({ path: place, expected: `the record of ${stage}/${task.key}`, found: 'missing' })
      continue
    }
    const record = await readRecord(store, { stage, key: task.key, fingerprint: task.fingerprint })
    const { key, fingerprint, data } = record
    if (data !== undefined) adopted.push({ stage, key, fingerprint, data })
    const root = rootOf(record.files)
    if (root !== task.root)
      mismatches.push({ path: place, expected: `root ${task.root}`, found: `root ${root}` })
    const found = await mapConcurrently(record.files, 4, async (file) => {
      const key = fileKey(record, file.name)
      const digest = await digestOf(store, key)
      checked += 1
      bytes += file.size
      return digest === file.sha256
        ? []
        : [{ path: `${store.uri}/${key}`, expected: file.sha256, found: digest ?? 'missing' }]
    })
    append(mismatches, found.flat())
  }
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
  const { setup: own } = await openHead(path, options)
  const inputs = await readLockedList<LockedInput>(lock.inputs, (await openStorage(own)).store)
  // A crawl may have grown since.
  const identities = new Set(inputs.map(({ identity }) => identity))
  const { plan, setup, stages: known, plugins } = await prepare(path, { ...options, identities })
  const { store } = await openStorage(setup)
  await refuseUnexplained(plan, lock, store)
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

async function lockedTasks(lock: Lock, store: Store): Promise<{ stage: string; task: LockedTask }[]> {
  const stages = await lockedStages(lock, store)
  return stages.flatMap(({ stage, tasks }) => tasks.map((task) => ({ stage, task })))
}

async function digestOf(store: Store, key: string): Promise<string | undefined> {
  return (await store.stat(key)) ? storedDigest(store, key) : undefined
}
