import type { Profile } from '../manifest/profile.js'
import type { Task } from '../planner/types.js'
import type { Resources } from '../schedulers/scheduler.js'

/** How often tasks ran out of memory and of time before, by fingerprint. */
export interface Shortages {
  readonly memory: ReadonlyMap<string, number>
  readonly time: ReadonlyMap<string, number>
}

export const noShortages: Shortages = { memory: new Map(), time: new Map() }

/** Node, its libraries and the process that watches over the worker. */
const baseMemoryBytes = 400e6
const memoryMargin = 1.3
const memoryStepBytes = 128 * 2 ** 20
const leastSeconds = 600
/** Estimates are of a typical machine, and a limit that is too short costs a whole attempt. */
const timeMargin = 5

type Elements = readonly (readonly Task[])[]

/** What the elements of an array ask for: what they want, as far as the largest machine has it. */
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
 * The profile's word for the stage, else the largest estimate among the elements with a margin; memory and
 * time doubled for every time that one of their tasks ran out of it.
 */
function resourcesWanted(profile: Profile, elements: Elements, shortages: Shortages): Resources {
  const tasks = elements.flat()
  const given: Partial<Profile['stages'][string]> = profile.stages[tasks[0]?.node ?? ''] ?? {}
  const wholeMachine = tasks.some((task) => task.exclusive)
  const gpus = most(tasks, (task) => task.estimate.gpus ?? 0)
  const memory =
    given.memory_gigabytes === undefined
      ? baseMemoryBytes + memoryMargin * most(tasks, (task) => task.estimate.memory_bytes)
      : given.memory_gigabytes * 1e9
  const seconds =
    given.hours === undefined ? leastSeconds + timeMargin * slowest(elements) : given.hours * 3600
  const { queue, running } = given
  return {
    cpus: given.cpus ?? (wholeMachine ? profile.machine.cpus : 1),
    memory_bytes:
      Math.ceil(memory / memoryStepBytes) *
      memoryStepBytes *
      2 ** most(tasks, (task) => shortages.memory.get(task.fingerprint) ?? 0),
    seconds:
      Math.ceil(seconds / 60) * 60 * 2 ** most(tasks, (task) => shortages.time.get(task.fingerprint) ?? 0),
    gpus: gpus === 0 ? 0 : (given.gpus ?? gpus),
    nodes:
      given.nodes ??
      Math.max(
        1,
        most(tasks, (task) => task.estimate.nodes ?? 1),
      ),
    ...(queue === undefined ? {} : { queue }),
    ...(running === undefined ? {} : { running }),
  }
}

/** What the place cannot run of these elements, in words; the largest machine decides. */
export function beyond({ machine }: Profile, elements: Elements, { cpus, gpus }: Resources): string[] {
  const memory = most(elements.flat(), (task) => task.estimate.memory_bytes)
  const hours = slowest(elements) / 3600
  const words: string[] = []
  if (gpus > machine.gpus) words.push(`wants ${gpus} GPUs, and a machine has ${machine.gpus}`)
  if (cpus > machine.cpus) words.push(`wants ${cpus} cores, and a machine has ${machine.cpus}`)
  if (machine.memory_gigabytes !== undefined && memory > machine.memory_gigabytes * 1e9) {
    words.push(
      `needs about ${(memory / 1e9).toFixed(1)} GB of memory, and a machine has ${machine.memory_gigabytes}`,
    )
  }
  if (machine.hours !== undefined && hours > machine.hours)
    words.push(`takes about ${hours.toFixed(1)} hours, and an attempt may take ${machine.hours}`)
  return words
}

/** Estimated seconds of the element that takes longest. */
export function slowest(elements: Elements): number {
  return most(elements, (element) => element.reduce((sum, task) => sum + task.estimate.seconds, 0))
}

function most<T>(items: readonly T[], of: (item: T) => number): number {
  return items.reduce((largest, item) => Math.max(largest, of(item)), 0)
}
