import type { Profile } from '../../manifest/profile.js'

/** The profile's section for Slurm with what the rest of the profile says about it. */
export type SlurmSettings = Profile['slurm'] & {
  readonly logs: string
  /** Times that an element may start itself again. */
  readonly repetitions: number
}
