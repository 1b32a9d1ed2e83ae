import { join } from 'node:path'
import { number, object, type Shape } from '../core/shape.js'
import type { Task } from '../planner/types.js'
import { cacheFolder, Memo } from './memo.js'

/** Estimated and measured work of the tasks of one kind; later runs count more. */
type Times = { readonly estimated: number; readonly taken: number }

const timesShape: Shape<Times> = object({ estimated: number, taken: number })

/** Work that counts as measured before anything is, so that a few short tasks do not decide. */
const weightSeconds = 0.5

/**
 * What earlier runs on this machine showed: the rows of shards that do not state them, and how long tasks
 * take compared with their estimates. Only estimates depend on it.
 */
export class Learned {
  private readonly rows: Memo<number>
  private readonly times: Memo<Times>
  private readonly seen = new Map<string, { estimated: number; taken: number }>()

  private constructor(rows: Memo<number>, times: Memo<Times>) {
    this.rows = rows
    this.times = times
  }

  static async open(folder: string = cacheFolder()): Promise<Learned> {
    return new Learned(
      await Memo.open(join(folder, 'rows.json'), number),
      await Memo.open(join(folder, 'times.json'), timesShape),
    )
  }

  rowsOf(identity: string): number | undefined {
    return this.rows.peek(identity)
  }

  /** The estimate of a task, corrected by what tasks of its kind took; undefined if none ever ran. */
  secondsOf(task: Pick<Task, 'stage' | 'kind' | 'estimate'>): number | undefined {
    const known = this.times.peek(keyOf(task))
    if (!known) return undefined
    const factor = (known.taken + weightSeconds) / (known.estimated + weightSeconds)
    return task.estimate.seconds * factor
  }

  finished(task: Task, { rows_in, seconds }: { readonly rows_in: number; readonly seconds: number }): void {
    const [split] = task.splits
    const readsWholeShard =
      task.splits.length === 1 && split?.row_end === undefined && Object.keys(task.takes).length === 0
    if (split && readsWholeShard) this.rows.set(split.shard.identity, rows_in)
    const times = this.seen.get(keyOf(task)) ?? { estimated: 0, taken: 0 }
    times.estimated += task.estimate.seconds
    times.taken += seconds
    this.seen.set(keyOf(task), times)
  }

  async save(): Promise<void> {
    for (const [key, { estimated, taken }] of this.seen) {
      const before = this.times.peek(key) ?? { estimated: 0, taken: 0 }
      this.times.set(key, {
        estimated: before.estimated / 4 + estimated,
        taken: before.taken / 4 + taken,
      })
    }
    this.seen.clear()
    await this.rows.save()
    await this.times.save()
  }
}

const keyOf = ({ stage, kind }: Pick<Task, 'stage' | 'kind'>) => `${stage} ${kind}`
