import { planView, type PlanView, type TrainingView } from '../runner/plan-view.js'
import type { Prepared } from '../runner/prepare.js'
import type { PlannedArray } from './arrays/types.js'
import { arraysView, plannedArrays, type ArraysView } from './arrays-view.js'
import { currencyOf, priceOf } from './prices.js'
import { resourcesFor } from './resources.js'

/**
 * The document of `plan --json`, with arrays if the profile names a scheduler. Fields are added, never
 * renamed.
 */
export type PlanDocument = PricedPlan | (PricedPlan & ArraysView)

export interface PricedPlan extends PlanView {
  readonly training: readonly PricedTraining[]
}

export interface PricedTraining extends TrainingView {
  /** By the profile's prices; null if it has none. */
  readonly price: number | null
  readonly currency: string
}

export async function planDocument(prepared: Prepared, withTasks: boolean): Promise<PlanDocument> {
  const { profile } = prepared
  const view = planView(prepared, withTasks)
  const arrays = await plannedArrays(prepared)
  const prices = pricesOfTasks(prepared, arrays ?? [])
  const training = view.training.map((model): PricedTraining => ({
    ...model,
    price: prices.get(`${model.stage}/${model.key}`) ?? null,
    currency: currencyOf(profile),
  }))
  return { ...view, training, ...(profile && arrays ? arraysView(profile, arrays) : {}) }
}

/**
 * `stage/key` → price. A task costs its share of its array, so the prices of an array's models add up to
 * that of the array; without an array, the price is that of the resources it requests.
 */
function pricesOfTasks(
  { plan, profile }: Prepared,
  arrays: readonly PlannedArray[],
): ReadonlyMap<string, number | null> {
  const resources = new Map(
    arrays.flatMap((array) =>
      array.elements.flat().map((task) => [task.fingerprint, array.resources] as const),
    ),
  )
  return new Map(
    plan.stages.flatMap(({ tasks }) =>
      tasks.map((task) => [
        `${task.stage}/${task.key}`,
        profile === undefined
          ? null
          : priceOf(
              profile,
              resources.get(task.fingerprint) ?? resourcesFor(profile, [[task]]),
              task.estimate.seconds,
            ),
      ]),
    ),
  )
}
