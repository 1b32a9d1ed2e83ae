import type { Task } from '../../planner/types.js'
import type { SubmissionRequest } from './types.js'
import { sourcesOf, type Wave } from './waves.js'

type Elements = readonly (readonly Task[])[]

/**
 * The number of arrays of a wave is limited so that an array can wait for all arrays of this many waves.
 */
const wavesWaitedFor = 2

/**
 * The elements of each wave, grouped into arrays. Consecutive small tasks share an element. A wave that
 * follows another has its elements at the same positions; the slowest wave of such a chain decides how many
 * tasks fit into an element.
 */
export function cutElements(
  waves: readonly Wave[],
  leaders: ReadonlyMap<Wave, Wave>,
  request: SubmissionRequest,
): Map<Wave, readonly Elements[]> {
  const weights = weigh(waves, leaders)
  const positionOf = new Map<string, { chunk: number; element: number }>()
  const cut = new Map<Wave, readonly Elements[]>()
  for (const wave of waves) {
    const leader = leaders.get(wave)
    const chunks = leader
      ? alignWith(wave, leader, cut, positionOf)
      : chunked(pack(wave.tasks, weights, request), request.limits.array_size)
    for (const [chunk, elements] of chunks.entries()) {
      for (const [element, tasks] of elements.entries())
        for (const task of tasks) positionOf.set(task.fingerprint, { chunk, element })
    }
    cut.set(wave, chunks)
  }
  return cut
}

/** The seconds of each task, or of the tasks that follow it if those take longer. */
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
  const maxElements = limits.array_size * Math.max(1, Math.floor(limits.dependencies / wavesWaitedFor))
  const total = tasks.reduce((sum, task) => sum + (weights.get(task.fingerprint) ?? 0), 0)
  // Two consecutive elements always hold more than `seconds`, so there are at most twice as many elements
  // as the total would fill.
  const seconds =
    tasks.length > maxElements ? Math.max(element_seconds, (2 * total) / maxElements) : element_seconds
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

function alignWith(
  wave: Wave,
  leader: Wave,
  cut: ReadonlyMap<Wave, readonly Elements[]>,
  positionOf: ReadonlyMap<string, { chunk: number; element: number }>,
): Elements[] {
  const chunks = (cut.get(leader) ?? []).map((elements) => elements.map((): Task[] => []))
  const own = new Set(leader.tasks.map((task) => task.fingerprint))
  for (const task of wave.tasks) {
    const source = sourcesOf(task).find((id) => own.has(id))
    const position = source === undefined ? undefined : positionOf.get(source)
    if (position) chunks[position.chunk]?.[position.element]?.push(task)
  }
  return chunks
}
