import { maxOf } from '../../core/extremes.js'
import type { Task } from '../../planner/types.js'
import type { ActiveJob, SubmissionRequest } from './types.js'

/** Tasks of one node that may all run at the same time. */
export interface Wave {
  readonly node: string
  readonly stage: string
  readonly tasks: readonly Task[]
  /** Earlier waves that tasks of this wave take from. */
  readonly upstream: ReadonlySet<Wave>
  /** Jobs of earlier submissions that tasks of this wave take from. */
  readonly jobs: readonly ActiveJob[]
}

/**
 * Groups tasks into waves: by node, by depth in the node (`after`), by whether they are exclusive, and by
 * what they wait for, so that no task waits for another task's inputs. Each wave comes after those that it
 * takes from.
 */
export function cutWaves({ tasks, active, limits }: SubmissionRequest): { waves: Wave[]; held_back: Task[] } {
  const levels = new Map<string, number>()
  const groups = new Map<string, { readonly node: number; readonly level: number; readonly tasks: Task[] }>()
  const nodes = new Map<string, number>()
  const held = new Set<string>()
  const held_back: Task[] = []
  for (const task of tasks) {
    const sources = sourcesOf(task)
    if (sources.some((id) => held.has(id) || (active.get(id)?.failing === true && !limits.waits_for_end))) {
      held.add(task.fingerprint)
      held_back.push(task)
      continue
    }
    const level =
      1 +
      maxOf(
        task.after.map(({ fingerprint }) => levels.get(fingerprint) ?? -1),
        -1,
      )
    levels.set(task.fingerprint, level)
    const waits = sources.some((id) => levels.has(id))
      ? 'for arrays'
      : sources.some((id) => active.has(id))
        ? 'for jobs'
        : 'for nothing'
    const key = `${task.node} ${level} ${task.exclusive} ${waits}`
    const node = nodes.get(task.node) ?? nodes.size
    nodes.set(task.node, node)
    const group = groups.get(key)
    if (group) group.tasks.push(task)
    else groups.set(key, { node, level, tasks: [task] })
  }
  const waveOf = new Map<string, Wave>()
  const ordered = [...groups.values()].sort((a, b) => a.node - b.node || a.level - b.level)
  const waves = ordered.map(({ tasks: group }): Wave => {
    const first = group[0] as Task
    const upstream = new Set<Wave>()
    const jobs = new Map<string, ActiveJob>()
    for (const id of group.flatMap(sourcesOf)) {
      const wave = waveOf.get(id)
      if (wave) upstream.add(wave)
      const job = active.get(id)
      if (job) jobs.set(job.id, job)
    }
    const wave: Wave = {
      node: first.node,
      stage: first.stage,
      tasks: group,
      upstream,
      jobs: [...jobs.values()],
    }
    for (const task of group) waveOf.set(task.fingerprint, wave)
    return wave
  })
  return { waves, held_back }
}

/**
 * For each wave, the earlier wave that it can follow index by index: every task takes exactly one task of
 * that wave, and all tasks of that wave are taken. If there are several, the last one, which already
 * follows the others.
 */
export function followers(waves: readonly Wave[]): Map<Wave, Wave> {
  const leaders = new Map<Wave, Wave>()
  for (const wave of waves) {
    const last = [...wave.upstream].at(-1)
    if (!last || last.tasks.length < 2) continue
    const own = new Set(last.tasks.map((task) => task.fingerprint))
    const taken = new Set<string>()
    const single = wave.tasks.every((task) => {
      const here = sourcesOf(task).filter((id) => own.has(id))
      for (const id of here) taken.add(id)
      return here.length === 1
    })
    if (single && taken.size === own.size) leaders.set(wave, last)
  }
  return leaders
}

const sources = new WeakMap<Task, readonly string[]>()

/** Fingerprints of all tasks that a task takes from, without duplicates. */
export function sourcesOf(task: Task): readonly string[] {
  let found = sources.get(task)
  if (!found) {
    found = [...new Set([...Object.values(task.takes).flat(), ...task.after].map((ref) => ref.fingerprint))]
    sources.set(task, found)
  }
  return found
}
