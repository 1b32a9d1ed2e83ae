import { mapConcurrently } from '../../core/concurrency.js'
import type { Store } from '../../io/store/store.js'
import type { InputRef, Plan, StagePlan, Task, TaskRef } from '../../planner/types.js'
import type { ArtefactKind } from '../../stages/define.js'
import type { StageRegistry } from '../../stages/stage-registry.js'
import { readRecord, type TaskRecord } from '../task/record.js'
import { type EarlierResults, type EarlierTask, EarlierTasks } from './earlier-tasks.js'
import { keyOfTask, settingsOf } from './key-of-task.js'
import { filesSeen } from '../task/seen.js'
import { wholeIndex } from './store-index.js'

/** What is known, before any task runs, about results that tasks without a record could adopt. */
export interface Foreseen {
  /** By fingerprint: the result that this task adopts, whatever happens. */
  readonly certain: ReadonlyMap<string, TaskRecord>
  /** By fingerprint: the nodes on whose results it depends whether this task adopts one. */
  readonly depends: ReadonlyMap<string, readonly string[]>
  /** Entries of the index for what tasks adopt when they start. */
  readonly entries: () => Promise<readonly IndexEntry[]>
}

export interface IndexEntry {
  readonly stage: string
  readonly key: string
  readonly fingerprint: string
  /** Fingerprint of the task that may adopt this. */
  readonly task: string
}

/** Adoption key → fingerprints. */
type Index = ReadonlyMap<string, readonly string[]>

interface Request {
  readonly plan: Plan
  readonly store: Store
  readonly stages: StageRegistry
  /** Fingerprints with a record, of all stages of the plan. */
  readonly done: ReadonlySet<string>
  readonly earlier: () => Promise<EarlierResults>
}

/** Reads records only where tasks are missing and earlier results may take their place. */
export async function foresee(request: Request): Promise<Foreseen> {
  const { plan, done } = request
  const complete = plan.stages.every(({ tasks }) => tasks.every(({ fingerprint }) => done.has(fingerprint)))
  if (complete || done.size === 0) return { certain: new Map(), depends: new Map(), entries: async () => [] }
  const foresight = new Foresight(request, await request.earlier())
  for (const stage of plan.stages) await foresight.look(stage)
  return foresight
}

interface Alike {
  readonly task: Task
  readonly record: TaskRecord
}

class Foresight implements Foreseen {
  readonly certain = new Map<string, TaskRecord>()
  readonly depends = new Map<string, readonly string[]>()
  /** Tasks that name their inputs and are made anew, with results that are equal apart from the names. */
  private readonly alike = new Map<string, Alike>()
  private readonly found: IndexEntry[] = []
  private readonly candidates: { readonly task: Task; readonly earlier: EarlierTask }[] = []
  /** By fingerprint of a task that runs: the nodes whose results are open because of it. */
  private readonly open = new Map<string, readonly string[]>()
  private readonly records = new Map<string, Promise<TaskRecord>>()
  private readonly earlier: EarlierTasks
  private readonly request: Request

  constructor(request: Request, results: EarlierResults) {
    this.request = request
    this.earlier = new EarlierTasks(request.store, request.stages, request.plan, results)
  }

  async look(stage: StagePlan): Promise<void> {
    const { done, store } = this.request
    let left = stage.tasks.filter(({ fingerprint, adopted }) => !done.has(fingerprint) && !adopted)
    if (left.length === 0) return
    const index = await wholeIndex(store, stage.stage)
    const mayMatch = this.earlier.mayMatch(stage, left)
    while (left.length > 0) {
      const waiting = new Set(left.map(({ fingerprint }) => fingerprint))
      const isReady = ({ after }: Task) => !after.some(({ fingerprint }) => waiting.has(fingerprint))
      await mapConcurrently(left.filter(isReady), 32, (task) => this.consider(task, index, mayMatch(task)))
      left = left.filter((task) => !isReady(task))
    }
  }

  private async consider(task: Task, index: Index, mayMatch: boolean): Promise<void> {
    const earlier = mayMatch ? await this.earlier.find(task) : undefined
    const same = earlier && earlier.settings === settingsOf(task, this.request.stages) ? earlier : undefined
    const open = this.openInputs(task)
    if (open.length > 0) {
      if (same && !task.names_inputs) {
        this.depends.set(task.fingerprint, open)
        this.candidates.push({ task, earlier: same })
      }
      // A result that names its inputs is made anew; what else its files hold still depends on these.
      this.open.set(task.fingerprint, same ? open : [task.node])
      return
    }
    const equal = same || index.size > 0 ? await this.resultFor(task, same, index) : undefined
    if (!equal) this.open.set(task.fingerprint, [task.node])
    else if (task.names_inputs) this.alike.set(task.fingerprint, { task, record: equal.record })
    else this.certain.set(task.fingerprint, equal.record)
    if (equal) this.found.push({ ...equal, stage: task.stage, task: task.fingerprint })
  }

  readonly entries = async (): Promise<readonly IndexEntry[]> => {
    const found = await mapConcurrently(this.candidates, 16, async ({ task, earlier }) => {
      const key = await this.earlier.keyOf(task, earlier, this.read).catch(() => undefined)
      const { fingerprint } = earlier.record
      return key === undefined ? [] : [{ stage: task.stage, task: task.fingerprint, key, fingerprint }]
    })
    return [...this.found, ...found.flat()]
  }

  /** The nodes whose results must be known before the inputs of this task are. */
  private openInputs({ stage, takes, after }: Task): readonly string[] {
    const nodes = new Set<string>()
    const look = (refs: readonly InputRef[], kind: ArtefactKind | undefined) => {
      for (const { fingerprint } of refs) {
        for (const node of this.open.get(fingerprint) ?? []) nodes.add(node)
        const alike = this.alike.get(fingerprint)
        if (alike && seesNames(alike, kind)) nodes.add(alike.task.node)
      }
    }
    const { takes: ports } = this.request.stages.get(stage)
    for (const [port, refs] of Object.entries(takes)) look(refs, ports[port]?.kind)
    look(after, undefined)
    return [...nodes]
  }

  private async resultFor(
    task: Task,
    earlier: EarlierTask | undefined,
    index: Index,
  ): Promise<
    { readonly record: TaskRecord; readonly key: string; readonly fingerprint: string } | undefined
  > {
    const { stages, store, done } = this.request
    const key = await keyOfTask(task, stages, this.read).catch(() => undefined)
    if (key === undefined) return undefined
    if (earlier) {
      const its = await this.earlier.keyOf(task, earlier, this.read).catch(() => undefined)
      if (its === key) return { record: earlier.record, key, fingerprint: earlier.record.fingerprint }
    }
    for (const fingerprint of index.get(key) ?? []) {
      if (!done.has(fingerprint)) continue
      const found = await readRecord(store, { stage: task.stage, key: task.key, fingerprint }).catch(
        () => undefined,
      )
      if (found) return { record: found, key, fingerprint }
    }
    return undefined
  }

  private readonly read = (ref: TaskRef): Promise<TaskRecord> => {
    const adopted = this.certain.get(ref.fingerprint) ?? this.alike.get(ref.fingerprint)?.record
    if (adopted) return Promise.resolve(adopted)
    let record = this.records.get(ref.fingerprint)
    if (!record) this.records.set(ref.fingerprint, (record = readRecord(this.request.store, ref)))
    return record
  }
}

/** Whether a reader sees files that differ between results that are equal apart from names. */
function seesNames({ task, record }: Alike, kind: ArtefactKind | undefined): boolean {
  return filesSeen(record.files, kind).some(({ name }) => task.names_inputs?.includes(name))
}
