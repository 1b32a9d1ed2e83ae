import { number, object, optional, type Shape } from '../core/shape.js'
import { putPretty, type DocumentSink } from './document.js'
import { readOrReconstruct, type Recorded } from './recorded.js'

/** `cost.json` of a bundle: what its training cost, as reported by the trainer. */
export interface TrainingCost {
  readonly samples_seen?: number | undefined
  readonly gpu_hours?: number | undefined
}

export const trainingCost: Shape<TrainingCost> = object({
  samples_seen: optional(number),
  gpu_hours: optional(number),
})

export const trainingCostName = 'cost.json'

export function writeTrainingCost(out: DocumentSink, document: TrainingCost): Promise<void> {
  return putPretty(out, trainingCostName, document)
}

export function readTrainingCost(artefact: Recorded): Promise<TrainingCost> {
  return readOrReconstruct(artefact, trainingCostName, trainingCost, ({ samples_seen, gpu_hours }) => ({
    samples_seen,
    gpu_hours,
  }))
}
