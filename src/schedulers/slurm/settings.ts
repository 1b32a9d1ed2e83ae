import type { OptionsOf } from '../../core/field.js'
import type { slurmFields } from './fields.js'

/** The profile's section for Slurm with what the rest of the profile says about it. */
export type SlurmSettings = OptionsOf<typeof slurmFields> & {
  readonly logs: string
  /** Times that an element may start itself again. */
  readonly repetitions: number
}
