import type { OptionsOf } from '../../core/field.js'
import type { awsBatchFields } from './fields.js'

/** The profile's section for AWS Batch, with the related settings of the rest of the profile. */
export type BatchSettings = OptionsOf<typeof awsBatchFields> & {
  /** How often an element is restarted after a Spot machine was reclaimed, or at its own request. */
  readonly repetitions: number
  /** Queues that the profile sets for single stages. */
  readonly stage_queues: readonly string[]
}
