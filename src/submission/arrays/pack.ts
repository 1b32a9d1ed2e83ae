import type { Task } from '../../planner/types.js'
import type { SubmissionRequest } from './types.js'
import { sourcesOf, type Wave } from './waves.js'

type Elements = readonly (readonly Task[])[]

/**
 * A wave is cut into so few arrays that those who wait for all of them, and for another wave, stay within the
 * limit.
 */
const wavesWaitedFor = 2

/**
 * The elements of each wave, cut into arrays. Consecutive small tasks share an element; a wave that follows
 * another has its elements in the same places. What an element may hold is decided by the slowest wave of
 * such a chain.
 */
export function cutElements(
  waves: readonly Wave[],
  leaders: ReadonlyMap<Wave, Wave>,
  request: SubmissionRequest,
): Map<Wave, readonly Elements[]> {
  const weights = weigh(waves, leaders)
  const placeOf = new Map<string, { chunk: number; element: number }>()
  const cut = new Map<Wave, readonly Elements[]>()
  for (const wave of waves) {
    const leader = leaders.get(wave)
    const chunks = leader
      ? inPlaces(wave, leader, cut, placeOf)
      : chunked(pack(wave.tasks, weights, request), request.limits.array_size)
    for (const [chunk, elements] of chunks.entries()) {
      for (const [element, tasks] of elements.entries())
        for (const task of tasks) placeOf.set(task.fingerprint, { chunk, element })
    }
    cut.set(wave, chunks)
  }
  return cut
}

/** Seconds of a task, or of those that follow it where they take longer. */
function weigh(waves: readonly Wave[], leaders: ReadonlyMap<Wave, Wave>): Map<string, number> {
  const weights = new Map(
    waves.flatMap((wave) => wave.tasks.map((task) => [task.fingerprint, task.estimate.seconds] as const)),
  )
  for (const wave of waves.toReversed()) {
    const leader = leaders.get(wave)
    if (!leader) continue
    const own = new Set(leader.tasks.map((task) => task.fingerprint))
    const sums = new Map<string, number>()
    for (const task of wave.tasks) {
      for (const id of sourcesOf(task))
        if (own.has(id)) sums.set(id, (sums.get(id) ?? 0) + (weights.get(task.fingerprint) ?? 0))
    }
    for (const [id, sum] of sums) weights.set(id, Math.max(weights.get(id) ?? 0, sum))
  }
  return weights
}

function pack(
  tasks: readonly Task[],
  weights: ReadonlyMap<string, number>,
  { element_seconds, limits }: SubmissionRequest,
): Elements {
  const most = limits.array_size * Math.max(1, Math.floor(limits.dependencies / wavesWaitedFor))
  const total = tasks.reduce((sum, task) => sum + (weights.get(task.fingerprint) ?? 0), 0)
  // Two elements in a row always hold more than `seconds`, so there are at most twice as many as the total
  // would fill.
  const seconds = tasks.length > most ? Math.max(element_seconds, (2 * total) / most) : element_seconds
  const elements: Task[][] = []
  let filled = 0
  for (const task of tasks) {
    const weight = weights.get(task.fingerprint) ?? 0
    const last = elements.at(-1)
    if (last && filled + weight <= seconds) {
      last.push(task)
      filled += weight
    } else {
      elements.push([task])
      filled = weight
    }
  }
  return elements
}

function chunked(elements: Elements, size: number): Elements[] {
  const chunks: Elements[] = []
  for (let start = 0; start < elements.length; start += size) chunks.push(elements.slice(start, start + size))
  return chunks
}

function inPlaces(
  wave: Wave,
  leader: Wave,
  cut: ReadonlyMap<Wave, readonly Elements[]>,
  placeOf: ReadonlyMap<string, { chunk: number; element: number }>,
): Elements[] {
  const places = (cut.get(leader) ?? []).map((elements) => elements.map((): Task[] => []))
  const own = new Set(leader.tasks.map((task) => task.fingerprint))
  for (const task of wave.tasks) {
    const source = sourcesOf(task).find((id) => own.has(id))
    const place = source === undefined ? undefined : placeOf.get(source)
    if (place) places[place.chunk]?.[place.element]?.push(task)
  }
  return places
}
