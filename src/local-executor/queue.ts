import type { Task } from '../planner/types.js'

/**
 * Tasks in plan order, with the number of inputs that each still waits for. An exclusive task is only taken
 * when no other task runs, and no other task is taken while it runs.
 */
export class TaskQueue {
  private readonly waiting = new Map<string, number>()
  private readonly dependents = new Map<string, Task[]>()
  private readonly ready: Task[] = []
  private running = 0
  private exclusive = false

  constructor(tasks: readonly Task[]) {
    const toRun = new Set(tasks.map((task) => task.fingerprint))
    for (const task of tasks) {
      const needs = new Set(
        [...Object.values(task.takes).flat(), ...task.after]
          .map((ref) => ref.fingerprint)
          .filter((id) => toRun.has(id)),
      )
      if (needs.size === 0) this.ready.push(task)
      else this.waiting.set(task.fingerprint, needs.size)
      for (const id of needs) {
        const list = this.dependents.get(id)
        if (list) list.push(task)
        else this.dependents.set(id, [task])
      }
    }
  }

  /** The next task, or undefined if none may start now. */
  take(): Task | undefined {
    const next = this.ready[0]
    if (!next || this.exclusive || (next.exclusive && this.running > 0)) return undefined
    this.ready.shift()
    this.running += 1
    this.exclusive = next.exclusive
    return next
  }

  finished(task: Task): void {
    this.released(task)
    for (const dependent of this.dependents.get(task.fingerprint) ?? []) {
      const left = (this.waiting.get(dependent.fingerprint) ?? 0) - 1
      this.waiting.set(dependent.fingerprint, left)
      if (left === 0) {
        this.waiting.delete(dependent.fingerprint)
        this.ready.push(dependent)
      }
    }
  }

  /** To be called for a task that failed for good: its dependents are never taken. */
  failed(task: Task): void {
    this.released(task)
  }

  /** The number of tasks that were never taken. */
  get left(): number {
    return this.ready.length + this.waiting.size
  }

  private released(task: Task): void {
    this.running -= 1
    if (task.exclusive) this.exclusive = false
  }
}
