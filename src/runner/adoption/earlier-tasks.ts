import type { Json } from '../../core/json.js'
import type { Store } from '../../io/store/store.js'
import { differences, type Entry } from '../../planner/fingerprint.js'
import type { LockedTask } from '../../planner/lock.js'
import type { InputRef, Plan, StagePlan, Task } from '../../planner/types.js'
import { digestOfRefs } from '../../planner/task-entries.js'
import { idleEntries, settingsDigest, unreadFacts } from '../../planner/adoption-key.js'
import type { StageRegistry } from '../../stages/stage-registry.js'
import { type Asked, findLock } from '../lock/location.js'
import { lockedStages } from '../lock/lock-file.js'
import { readRecord, type TaskRecord } from '../task/record.js'
import { keyWith, type ReadInput } from './key-of-task.js'

/** A task of an earlier run of the manifest, with the same node and key as one of the plan. */
export interface EarlierTask {
  readonly record: TaskRecord
  /** As `settingsOf` of the task of the plan, with the entries of its own. */
  readonly settings: string
  /** What it took, in the places of what the task of the plan takes. */
  readonly inputs: Pick<Task, 'takes' | 'after'>
}

/** What earlier runs made, by node. */
export type EarlierResults = ReadonlyMap<
  string,
  {
    /** The entries that its tasks shared. */
    readonly pinned: readonly Entry[]
    /** Key → fingerprint. */
    readonly tasks: ReadonlyMap<string, string>
  }
>

/**
 * The tasks of the manifest's earlier runs: those of the lock of the same `--set` and `--until`, then those
 * of its own lock. Locks that are missing or damaged have none.
 */
export async function earlierResults(manifest: string, asked: Asked, store: Store): Promise<EarlierResults> {
  const found: Map<string, ReturnType<typeof resultsOf>> = new Map()
  for (const each of [asked, {}]) {
    const lock = await findLock(manifest, each).then(
      (at) => at.lock,
      () => undefined,
    )
    const stages = lock ? await lockedStages(lock, store).catch(() => []) : []
    for (const [at, { node, tasks }] of stages.entries())
      if (!found.has(node)) found.set(node, resultsOf(lock?.stages[at]?.pinned ?? {}, tasks))
  }
  return found
}

function resultsOf(pinned: { readonly [name: string]: Json }, tasks: readonly LockedTask[]) {
  return {
    pinned: Object.entries(pinned).map(([name, value]): Entry => ({ name, value })),
    tasks: new Map(tasks.map(({ key, fingerprint }) => [key, fingerprint] as const)),
  }
}

/** Finds what an earlier run made in the place of a task. */
export class EarlierTasks {
  private readonly store: Store
  private readonly stages: StageRegistry
  private readonly results: EarlierResults
  private readonly nodes: ReadonlyMap<string, string>

  constructor(store: Store, stages: StageRegistry, plan: Plan, results: EarlierResults) {
    this.store = store
    this.stages = stages
    this.results = results
    this.nodes = new Map(
      plan.stages.flatMap(({ node, tasks }) => tasks.map(({ fingerprint }) => [fingerprint, node] as const)),
    )
  }

  /**
   * Which of these tasks of a stage can be equal to earlier ones. Their records need not be read where the
   * lock shows that the stage had other settings.
   */
  mayMatch(
    { node, stage: name, entries, facts }: StagePlan,
    tasks: readonly Task[],
  ): (task: Task) => boolean {
    const earlier = this.results.get(node)
    if (!earlier) return () => false
    const stage = this.stages.get(name)
    const both = [...earlier.pinned, ...entries]
    const idle = new Set([...tasks.flatMap((task) => idleEntries(stage, task)), ...unreadFacts(stage, both)])
    const differs = differences(earlier.pinned, entries).some(({ name }) => !idle.has(name))
    // The lock pins the usual facts only.
    return (task) => !differs || task.facts !== facts
  }

  /** Undefined if there is none in the store, or what it took is not known for certain. */
  async find(task: Task): Promise<EarlierTask | undefined> {
    const fingerprint = this.results.get(task.node)?.tasks.get(task.key)
    if (fingerprint === undefined || fingerprint === task.fingerprint) return undefined
    const inputs = this.inputsOf(task)
    if (!inputs) return undefined
    const ref = { stage: task.stage, key: task.key, fingerprint }
    const record = await readRecord(this.store, ref).catch(() => undefined)
    if (!record || !tookThese(record, inputs)) return undefined
    const stage = this.stages.get(task.stage)
    const { entries, split_ids } = record
    const settings = settingsDigest(entries, split_ids, idleEntries(stage, task), stage)
    return { record, settings, inputs }
  }

  /** The adoption key of an earlier task. Throws if a result that it took is not there. */
  keyOf(task: Task, { settings, inputs }: EarlierTask, read: ReadInput): Promise<string> {
    return keyWith(task, settings, inputs, this.stages, read)
  }

  private inputsOf({ takes, after }: Task): EarlierTask['inputs'] | undefined {
    const all = (refs: readonly InputRef[]) => {
      const earlier = refs.flatMap((ref) => this.refOf(ref) ?? [])
      return earlier.length === refs.length ? earlier : undefined
    }
    const ports: { [port: string]: readonly InputRef[] } = {}
    for (const [port, refs] of Object.entries(takes)) {
      const earlier = all(refs)
      if (!earlier) return undefined
      ports[port] = earlier
    }
    const before = all(after)
    return before && { takes: ports, after: before }
  }

  private refOf(ref: InputRef): InputRef | undefined {
    const node = this.nodes.get(ref.fingerprint)
    const fingerprint = node === undefined ? undefined : this.results.get(node)?.tasks.get(ref.key)
    return fingerprint === undefined ? undefined : { ...ref, fingerprint }
  }
}

/** The entries of a record name what its task took by digest: whether it was this. */
function tookThese({ entries }: TaskRecord, { takes, after }: EarlierTask['inputs']): boolean {
  const expected = new Map(Object.entries(takes).map(([port, refs]) => [`takes ${port}`, digestOfRefs(refs)]))
  if (after.length > 0) expected.set('after', digestOfRefs(after))
  const named = entries.filter(({ name }) => name === 'after' || name.startsWith('takes '))
  return named.length === expected.size && named.every(({ name, value }) => expected.get(name) === value)
}
