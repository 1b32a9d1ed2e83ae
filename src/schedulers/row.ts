import type { Fields, OptionsOf } from '../core/field.js'
import type { Scheduler } from './scheduler.js'

type Environment = { readonly [name: string]: string | undefined }

/** One row of the table of schedulers. Rows are light: packages are loaded when a scheduler is opened. */
export interface SchedulerRow<F extends Fields = Fields> {
  /** The value of `executor:` in a profile: lower-case letters, digits and `-`. */
  readonly name: string
  /** The member of the profile that holds its settings. */
  readonly member: string
  /** Documentation of that member, such as `Array jobs of a Slurm cluster.` */
  readonly doc: string
  readonly fields: F
  /** How its jobs read index and attempt from their environment. */
  readonly job: JobEnvironment
  open(request: SchedulerRequest<OptionsOf<F>>): Promise<Scheduler>
}

export interface SchedulerRequest<S> {
  /** The settings in the scheduler's member of the profile. */
  readonly settings: S
  /** How often an element may be restarted. */
  readonly repetitions: number
  /** Queues that the profile sets for single stages. */
  readonly stage_queues: readonly string[]
  /** The folder of the store; undefined if the store is not local. */
  readonly store_folder: string | undefined
}

/**
 * Reads the variables that the scheduler sets for its jobs. Every method returns undefined if they are not
 * set, as in jobs of another scheduler, and throws `E_USAGE` if a number is malformed.
 */
export interface JobEnvironment {
  index(env: Environment): number | undefined
  /** 0 for the first attempt. */
  attempt(env: Environment): number | undefined
  /** Whether another machine runs the element, and this one only helps. */
  helps?(env: Environment): boolean
  /** Rendezvous of a training that spans machines, as the variables of torchrun. */
  meeting?(env: Environment): { readonly [name: string]: string } | undefined
}
