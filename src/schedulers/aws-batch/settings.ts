import type { OptionsOf } from '../../core/field.js'
import type { awsBatchFields } from './fields.js'

/** The profile's section for AWS Batch with what the rest of the profile says about it. */
export type BatchSettings = OptionsOf<typeof awsBatchFields> & {
  /** Times that an element is started again after a Spot machine was taken away or it asked for it. */
  readonly repetitions: number
  /** Queues that stages have of their own. */
  readonly stage_queues: readonly string[]
}
