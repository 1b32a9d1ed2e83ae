import { mkdir, mkdtemp, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { append } from '../../core/extremes.js'
import type { Store } from '../../io/store/store.js'
import { localExecutor } from '../../local-executor/local.js'
import { rootOf } from '../../planner/lock.js'
import type { Task } from '../../planner/types.js'
import { putPlugin } from '../../plugins/stored.js'
import { dataKey, recordKey } from '../layout.js'
import { openHead } from '../open-manifest.js'
import { refuseFailures, workerEntry } from '../run.js'
import { openStorage, type RunSetup, scratchFolder } from '../storage.js'
import { digestOf } from '../stored-digest.js'
import { encodeRecord, fileKey, hasRecord, readRecord } from '../task/record.js'
import { byDigest, type Checked, checkResults, type DamagedTask, pinnedTasks } from './damage.js'
import { findLockToFreeze } from './location.js'
import { planOfLock } from './plan-of-lock.js'
import type { Verification } from './verification.js'
import type { RebuildOptions } from './verify.js'

/**
 * Computes the results again that are missing or damaged, apart from the store, and puts those in place whose
 * bytes are the ones that the lock pins. What cannot be computed again, or comes out otherwise, is left as it
 * is and among the mismatches. Throws what the tasks throw, after the others were put in place.
 */
export async function verifyRepair(path: string, options: RebuildOptions): Promise<Verification> {
  const { lock } = await findLockToFreeze(path, options)
  const { store } = await openStorage((await openHead(path, options)).setup)
  const pinned = await pinnedTasks(lock, store)
  const check = () => checkResults(pinned, store, byDigest(store), options.signal)
  const { damaged, ...before } = await check()
  if (damaged.length === 0) return verificationOf({ damaged, ...before }, [])
  const { plan, setup, plugins } = await planOfLock(path, lock, options)
  const tasks = plan.stages.flatMap((stage) => stage.tasks)
  const wanted = new Map(damaged.map((one) => [one.task.fingerprint, one]))
  const again = reproducible(tasks, wanted)
  await mkdir(scratchFolder(setup), { recursive: true })
  const folder = await mkdtemp(join(scratchFolder(setup), 'repair-'))
  try {
    const but = again.map(({ fingerprint }) => fingerprint)
    const elsewhere: RunSetup = { ...setup, store: folder, upstream: { store: setup.store, but } }
    const made = (await openStorage(elsewhere)).store
    for (const bundle of plugins.bundles) await putPlugin(made, bundle)
    const executor = localExecutor({
      workers: options.workers,
      entry: workerEntry(),
      keep_going: true,
      setup: elsewhere,
    })
    options.expect(again)
    const outcome = await executor.execute(again, options)
    const repaired: string[] = []
    for (const task of again)
      append(
        repaired,
        await putInPlace(task, wanted.get(task.fingerprint) as DamagedTask, { made, store, folder }),
      )
    refuseFailures(outcome, again.length)
    return verificationOf(await check(), repaired)
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}

function verificationOf(
  { files, bytes, damaged, adopted }: Checked,
  repaired: readonly string[],
): Verification {
  const mismatches = damaged.flatMap((one) => one.mismatches)
  return { ok: mismatches.length === 0, checked: files, bytes, mismatches, adopted, repaired }
}

/** The damaged tasks whose bytes can be made again, and whose inputs are intact or among them. */
function reproducible(tasks: readonly Task[], wanted: ReadonlyMap<string, DamagedTask>): readonly Task[] {
  const lost = new Set<string>()
  return tasks.filter((task) => {
    if (!wanted.has(task.fingerprint)) return false
    const inputs = [...Object.values(task.takes).flat(), ...task.after]
    const possible =
      !task.nondeterministic && !task.adopted && inputs.every(({ fingerprint }) => !lost.has(fingerprint))
    if (!possible) lost.add(task.fingerprint)
    return possible
  })
}

interface Places {
  readonly made: Store
  readonly store: Store
  /** The folder of `made`. */
  readonly folder: string
}

/**
 * Replaces what is damaged of one result by what was made again, if that has the bytes that the lock pins.
 * The record comes last, so that a result whose record was missing is not there before its files are. Returns
 * the URIs of the objects that were written.
 */
async function putInPlace(
  task: Task,
  { record, task: pinned, mismatches }: DamagedTask,
  { made, store, folder }: Places,
): Promise<readonly string[]> {
  if (!(await hasRecord(made, task))) return []
  const again = await readRecord(made, task)
  if (rootOf(again.files) !== pinned.root) return []
  const wrong = new Set(mismatches.map(({ path }) => path))
  const written: string[] = []
  for (const { name, size, sha256 } of again.files) {
    const key = fileKey(record ?? again, name)
    const uri = `${store.uri}/${key}`
    const intact = record ? !wrong.has(uri) : (await digestOf(store, key)) === sha256
    if (intact) continue
    // Nobody can use a damaged file; one that is missing for a moment is an error that says so.
    await store.remove(key)
    const path = join(folder, dataKey(task.stage, task.fingerprint, name))
    await store.create(key, { path, size, sha256 })
    written.push(uri)
  }
  if (record) return written
  const key = recordKey(task.stage, task.fingerprint)
  await store.remove(key)
  await store.create(key, encodeRecord(again))
  written.push(`${store.uri}/${key}`)
  return written
}
