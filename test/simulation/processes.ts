import type { Random } from '../../src/core/random.js'
import { unitOfRow, rowKey } from '../../src/core/random.js'
import type { Store } from '../../src/io/store/store.js'
import type { Task } from '../../src/planner/types.js'
import { recordKey } from '../../src/runner/layout.js'
import { encodeRecord } from '../../src/runner/task/record.js'
import { markKey, type MarkState } from '../../src/submission/layout.js'
import type { SimulatedClock } from './clock.js'
import type { Attempt, End, Running } from './cluster.js'

export interface TaskBehaviour {
  /**
   * Share of tasks that need three times the memory that was thought, and of those that take eight times as
   * long.
   */
  readonly hungry: number
  readonly slow: number
}

/**
 * What `coterie task --array` does on a machine, without the machine: the contract of `submission/element.ts`
 * in simulated time. Its tasks one after the other, those with a record left alone, inputs required, marks
 * left, the record last.
 */
export class SimulatedProcesses {
  /** Tasks whose record was made. */
  readonly made = new Map<string, number>()
  /** Tasks that were worked on to their end only to find their record there. */
  readonly wasted: string[] = []
  private readonly live = new Set<Process>()
  readonly out = { memory: 0, time: 0, blocked: 0 }
  private readonly store: Store
  private readonly clock: SimulatedClock
  private readonly random: Random
  private readonly folderOf: (array: string) => string
  private readonly tasks: ReadonlyMap<string, Task>
  private readonly members: (array: string, index: number) => readonly string[]
  private readonly behaviour: TaskBehaviour
  private readonly firstMemory = new Map<string, number>()

  constructor(options: {
    store: Store
    clock: SimulatedClock
    random: Random
    folderOf: (array: string) => string
    tasks: ReadonlyMap<string, Task>
    members: (array: string, index: number) => readonly string[]
    behaviour: TaskBehaviour
  }) {
    this.store = options.store
    this.clock = options.clock
    this.random = options.random
    this.folderOf = options.folderOf
    this.tasks = options.tasks
    this.members = options.members
    this.behaviour = options.behaviour
  }

  readonly start = (attempt: Attempt, over: (end: End) => void): Running => {
    const process = new Process(this, attempt, over)
    this.live.add(process)
    // Node itself takes a moment: an end never comes before its beginning is known.
    this.clock.after(1000, () => process.begin())
    return process
  }

  /** Heartbeats are looked at now: those that were due are made up for. */
  beat(): void {
    for (const process of this.live) process.beat()
  }

  tasksOf({ job, index }: Attempt): Task[] {
    return this.members(job.name, index).map((id) => this.tasks.get(id)!)
  }

  has({ stage, fingerprint }: { stage: string; fingerprint: string }): boolean {
    return this.made.has(fingerprint) && stage !== ''
  }

  secondsOf(task: Task): number {
    const slow = this.draw(task, 1) < this.behaviour.slow
    return 5 + 60 * this.random.unit() + task.estimate.seconds * (slow ? 8 : 0.5 + this.random.unit())
  }

  /** Whether a task runs out of memory: it does until it is given more than the first time. */
  starves(task: Task, memory: number): boolean {
    const first = this.firstMemory.get(task.fingerprint) ?? memory
    this.firstMemory.set(task.fingerprint, first)
    return memory <= first && this.draw(task, 2) < this.behaviour.hungry
  }

  finish(task: Task): void {
    const count = this.made.get(task.fingerprint)
    if (count !== undefined) return void this.wasted.push(`${task.stage}/${task.key}`)
    this.made.set(task.fingerprint, 1)
    const accounting = { rows_in: 1, expanded: 0, rows_out: 1, dropped: {} }
    void this.store.create(
      recordKey(task.stage, task.fingerprint),
      encodeRecord({
        format: 1,
        stage: task.stage,
        key: task.key,
        fingerprint: task.fingerprint,
        version: 1,
        entries: [],
        split_ids: [],
        files: [],
        accounting,
        inputs: {},
        notes: {},
        seconds: 1,
        memory_bytes: 1,
        machine: { node: 'v20', arch: 'x64', cpu: 'simulated' },
      }),
    )
  }

  mark({ job, index, attempt }: Attempt, state: MarkState, gone: boolean): void {
    const key = markKey(this.folderOf(job.name), job.name, { index, attempt, state })
    if (gone) return void this.store.remove(key)
    void this.store.stat(key).then((found) => this.store.replace(key, Buffer.from('{}'), found?.version))
  }

  later(milliseconds: number, happen: () => void): void {
    this.clock.after(milliseconds, happen)
  }

  now(): number {
    return this.clock.now()
  }

  ended(process: Process): void {
    this.live.delete(process)
  }

  private draw(task: Task, salt: number): number {
    return unitOfRow(rowKey('behaviour', task.fingerprint), 0, salt)
  }
}

const inputPatience = 60_000

class Process implements Running {
  private readonly all: SimulatedProcesses
  private readonly attempt: Attempt
  private readonly over: (end: End) => void
  private state: 'running' | 'stopping' | 'gone' = 'running'
  private lastBeat = Number.NEGATIVE_INFINITY
  private readonly started: number
  private progressed = false

  constructor(all: SimulatedProcesses, attempt: Attempt, over: (end: End) => void) {
    this.all = all
    this.attempt = attempt
    this.over = over
    this.started = all.now()
  }

  begin(): void {
    if (this.state !== 'running') return
    this.beat()
    this.next(this.all.tasksOf(this.attempt))
    const limit = this.attempt.job.resources.seconds * 1000
    this.all.later(limit, () => this.outOfTime())
  }

  beat(): void {
    if (this.state === 'gone' || this.all.now() - this.lastBeat < 60_000) return
    this.lastBeat = this.all.now()
    this.all.mark(this.attempt, 'running', false)
  }

  stop(): void {
    if (this.state !== 'running') return
    this.state = 'stopping'
    this.all.later(5000, () => this.end('stopped', { code: 75 }))
  }

  kill(): void {
    this.state = 'gone'
    this.all.ended(this)
  }

  private outOfTime(): void {
    if (this.state !== 'running') return
    this.all.out.time += 1
    this.end(this.progressed ? 'stopped' : 'out-of-time', { code: this.progressed ? 75 : 4 })
  }

  private next(tasks: readonly Task[]): void {
    const [task, ...rest] = tasks
    if (!task) return this.end(undefined, { code: 0 })
    if (this.all.has(task)) return this.next(rest)
    this.withInputs(task, this.all.now(), () => {
      if (this.all.starves(task, this.attempt.job.resources.memory_bytes)) {
        this.all.later(20_000, () => {
          this.all.out.memory += this.state === 'running' ? 1 : 0
          this.end('out-of-memory', { code: 4 })
        })
        return
      }
      this.all.later(this.all.secondsOf(task) * 1000, () => {
        if (this.state !== 'running') return
        this.all.finish(task)
        this.progressed = true
        this.next(rest)
      })
    })
  }

  private withInputs(task: Task, since: number, go: () => void): void {
    if (this.state !== 'running') return
    if ([...Object.values(task.takes).flat(), ...task.after].every((ref) => this.all.has(ref))) return go()
    if (this.all.now() - since < inputPatience)
      return this.all.later(10_000, () => this.withInputs(task, since, go))
    this.all.out.blocked += 1
    this.end('blocked', { code: 4 })
  }

  private end(mark: Exclude<MarkState, 'running'> | undefined, end: End): void {
    if (this.state === 'gone') return
    this.state = 'gone'
    this.all.ended(this)
    if (mark) this.all.mark(this.attempt, mark, false)
    this.all.mark(this.attempt, 'running', true)
    this.over(end)
  }
}
