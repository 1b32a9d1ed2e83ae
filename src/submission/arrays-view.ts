import { maxOf } from '../core/extremes.js'
import type { Profile } from '../manifest/profile.js'
import { openStorage } from '../runner/storage.js'
import type { Prepared } from '../runner/prepare.js'
import type { Resources, SchedulerLimits } from '../schedulers/scheduler.js'
import { runsLocally } from '../schedulers/table.js'
import { planSubmission } from './arrays/plan.js'
import type { PlannedArray } from './arrays/types.js'
import { openScheduler } from './open-scheduler.js'
import { currencyOf, priceOf, sumOfPrices } from './prices.js'
import { beyond, resourcesFor, slowest } from './resources.js'

/** What `plan --profile` adds if the profile names a scheduler. */
export interface ArraysView {
  readonly arrays: readonly ArrayView[]
  /** Duration if every element started as soon as it may. */
  readonly shortest_seconds: number
  readonly cpu_hours: number
  /** GPU hours that the elements occupy, startup included. */
  readonly gpu_hours: number
  /** By the profile's prices; null if it has none. */
  readonly price: number | null
  readonly currency: string
  /** What exceeds the largest machine of the profile. */
  readonly impossible: readonly { readonly stage: string; readonly reason: string }[]
}

export interface ArrayView extends Resources {
  readonly stage: string
  readonly tasks: number
  readonly elements: number
  /** Estimated duration of the longest element. */
  readonly element_seconds: number
  readonly price: number | null
}

/** Slurm's defaults, used if the scheduler is not reachable. */
const defaultLimits: SchedulerLimits = { array_size: 1001, dependencies: 1000, waits_for_end: true }

/** Undefined if the profile runs tasks on this machine. */
export async function plannedArrays({
  plan,
  setup,
  profile,
  schedulers,
  done,
  foreseen,
}: Prepared): Promise<readonly PlannedArray[] | undefined> {
  if (profile === undefined || runsLocally(profile)) return undefined
  const scheduler = await openScheduler(profile, (await openStorage(setup)).store.uri, schedulers)
  const limits = await scheduler.limits().catch(() => defaultLimits)
  return planSubmission({
    tasks: plan.stages.flatMap(({ tasks }) =>
      tasks.filter(({ fingerprint }) => !done.has(fingerprint) && !foreseen.certain.has(fingerprint)),
    ),
    active: new Map(),
    limits,
    element_seconds: profile.jobs.element_minutes * 60,
    resources: (elements) => resourcesFor(profile, elements),
  }).arrays
}

export function arraysView(profile: Profile, arrays: readonly PlannedArray[]): ArraysView {
  const views = arrays.map((array): ArrayView => viewOf(profile, array))
  const ends: number[] = []
  for (const [index, array] of arrays.entries()) {
    const starts = maxOf(
      array.after.map((one) => ('array' in one ? (ends[one.array] ?? 0) : 0)),
      0,
    )
    ends.push(starts + (views[index]?.element_seconds ?? 0))
  }
  const hours = (of: (resources: Resources) => number) =>
    arrays.reduce((sum, array) => sum + (workOf(array) / 3600) * of(array.resources), 0)
  const impossible = arrays.flatMap((array) =>
    beyond(profile, array.elements, array.resources).map((reason) => ({ stage: array.node, reason })),
  )
  return {
    arrays: views,
    shortest_seconds: maxOf(ends, 0),
    cpu_hours: hours(({ cpus, nodes }) => cpus * nodes),
    gpu_hours: hours(({ gpus, nodes }) => gpus * nodes),
    price: sumOfPrices(views.map(({ price }) => price)),
    currency: currencyOf(profile),
    impossible: [...new Map(impossible.map((one) => [`${one.stage} ${one.reason}`, one])).values()],
  }
}

function viewOf(profile: Profile, array: PlannedArray): ArrayView {
  const { resources, elements } = array
  return {
    stage: array.node,
    tasks: elements.reduce((sum, element) => sum + element.length, 0),
    elements: elements.length,
    element_seconds: slowest(elements),
    price: priceOf(profile, resources, workOf(array)),
    ...resources,
  }
}

function workOf({ elements }: PlannedArray): number {
  return elements.flat().reduce((sum, task) => sum + task.estimate.seconds, 0)
}
