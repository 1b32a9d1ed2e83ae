import type { OptionsOf } from '../../core/field.js'
import type { slurmFields } from './fields.js'

/** The profile's section for Slurm, with the related settings of the rest of the profile. */
export type SlurmSettings = OptionsOf<typeof slurmFields> & {
  readonly logs: string
  /** How often an element may requeue itself. */
  readonly repetitions: number
}
