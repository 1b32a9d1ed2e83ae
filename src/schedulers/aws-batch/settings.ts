import type { Profile } from '../../manifest/profile.js'

/** The profile's section for AWS Batch with what the rest of the profile says about it. */
export type BatchSettings = Profile['aws_batch'] & {
  /** Times that an element is started again after a Spot machine was taken away or it asked for it. */
  readonly repetitions: number
  /** Queues that stages have of their own. */
  readonly stage_queues: readonly string[]
}
