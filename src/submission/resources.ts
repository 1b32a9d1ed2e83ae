import type { Profile } from '../manifest/profile.js'
import type { Task } from '../planner/types.js'
import type { Resources } from '../schedulers/scheduler.js'

/** Fingerprint → how often the task has run out of memory, and of time. */
export interface Shortages {
  readonly memory: ReadonlyMap<string, number>
  readonly time: ReadonlyMap<string, number>
}

export const noShortages: Shortages = { memory: new Map(), time: new Map() }

/** Node, its libraries, and the parent process of the worker. */
const baseMemoryBytes = 400e6
const memoryMargin = 1.3
const memoryStepBytes = 128 * 2 ** 20
const minSeconds = 600
/** Estimates are for a typical machine, and a limit that is too short wastes a whole attempt. */
const timeMargin = 5

type Elements = readonly (readonly Task[])[]

/** The resources that the elements of an array request: what they need, capped by the largest machine. */
export function resourcesFor(
  profile: Profile,
  elements: Elements,
  shortages: Shortages = noShortages,
): Resources {
  const wanted = resourcesWanted(profile, elements, shortages)
  const { memory_gigabytes, hours } = profile.machine
  return {
    ...wanted,
    memory_bytes:
      memory_gigabytes === undefined
        ? wanted.memory_bytes
        : Math.min(wanted.memory_bytes, memory_gigabytes * 1e9),
    seconds: hours === undefined ? wanted.seconds : Math.min(wanted.seconds, hours * 3600),
  }
}

/**
 * The profile's values for the stage, or else the largest estimate among the elements plus a margin. Memory
 * and time are doubled for each time that one of the tasks ran out of it.
 */
function resourcesWanted(profile: Profile, elements: Elements, shortages: Shortages): Resources {
  const tasks = elements.flat()
  const given: Partial<Profile['stages'][string]> = profile.stages[tasks[0]?.node ?? ''] ?? {}
  const wholeMachine = tasks.some((task) => task.exclusive)
  const gpus = maxBy(tasks, (task) => task.estimate.gpus ?? 0)
  const memory =
    given.memory_gigabytes === undefined
      ? baseMemoryBytes + memoryMargin * maxBy(tasks, (task) => task.estimate.memory_bytes)
      : given.memory_gigabytes * 1e9
  const seconds = given.hours === undefined ? minSeconds + timeMargin * slowest(elements) : given.hours * 3600
  const { queue, running } = given
  return {
    cpus: given.cpus ?? (wholeMachine ? profile.machine.cpus : 1),
    memory_bytes:
      Math.ceil(memory / memoryStepBytes) *
      memoryStepBytes *
      2 ** maxBy(tasks, (task) => shortages.memory.get(task.fingerprint) ?? 0),
    seconds:
      Math.ceil(seconds / 60) * 60 * 2 ** maxBy(tasks, (task) => shortages.time.get(task.fingerprint) ?? 0),
    gpus: gpus === 0 ? 0 : (given.gpus ?? gpus),
    nodes:
      given.nodes ??
      Math.max(
        1,
        maxBy(tasks, (task) => task.estimate.nodes ?? 1),
      ),
    ...(queue === undefined ? {} : { queue }),
    ...(running === undefined ? {} : { running }),
  }
}

/** What these elements need beyond the largest machine, as sentences. */
export function beyond({ machine }: Profile, elements: Elements, { cpus, gpus }: Resources): string[] {
  const memory = maxBy(elements.flat(), (task) => task.estimate.memory_bytes)
  const hours = slowest(elements) / 3600
  const problems: string[] = []
  if (gpus > machine.gpus) problems.push(`needs ${gpus} GPUs, but a machine has ${machine.gpus}`)
  if (cpus > machine.cpus) problems.push(`needs ${cpus} cores, but a machine has ${machine.cpus}`)
  if (machine.memory_gigabytes !== undefined && memory > machine.memory_gigabytes * 1e9) {
    problems.push(
      `needs about ${(memory / 1e9).toFixed(1)} GB of memory, but a machine has ${machine.memory_gigabytes}`,
    )
  }
  if (machine.hours !== undefined && hours > machine.hours)
    problems.push(`takes about ${hours.toFixed(1)} hours, but an attempt may take ${machine.hours}`)
  return problems
}

/** Estimated seconds of the longest element. */
export function slowest(elements: Elements): number {
  return maxBy(elements, (element) => element.reduce((sum, task) => sum + task.estimate.seconds, 0))
}

function maxBy<T>(items: readonly T[], of: (item: T) => number): number {
  return items.reduce((largest, item) => Math.max(largest, of(item)), 0)
}
