import { number, object, optional, type Shape } from '../core/shape.js'
import { putPretty, type Puts } from './document.js'
import { readOrRecall, type Recorded } from './recorded.js'

/** `cost.json` of a bundle: what its training took, as far as its trainer says. */
export interface TrainingCost {
  readonly samples_seen?: number | undefined
  readonly gpu_hours?: number | undefined
}

export const trainingCost: Shape<TrainingCost> = object({
  samples_seen: optional(number),
  gpu_hours: optional(number),
})

export const trainingCostName = 'cost.json'

export function writeTrainingCost(out: Puts, document: TrainingCost): Promise<void> {
  return putPretty(out, trainingCostName, document)
}

export function readTrainingCost(artefact: Recorded): Promise<TrainingCost> {
  return readOrRecall(artefact, trainingCostName, trainingCost, ({ samples_seen, gpu_hours }) => ({
    samples_seen,
    gpu_hours,
  }))
}
