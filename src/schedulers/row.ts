import type { Fields, OptionsOf } from '../core/field.js'
import type { Scheduler } from './scheduler.js'

type Environment = { readonly [name: string]: string | undefined }

/**
 * A scheduler as a profile names it: a row of a table of schedulers. Rows are light; the packages behind them
 * are loaded when one is opened.
 */
export interface SchedulerRow<F extends Fields = Fields> {
  /** As in `executor:` of a profile: lower case, digits and `-`. */
  readonly name: string
  /** The member of a profile that holds its settings. */
  readonly member: string
  /** For the reference of that member: `Array jobs of a Slurm cluster.` */
  readonly doc: string
  readonly fields: F
  /** How its jobs learn from their environment what they are. */
  readonly job: JobEnvironment
  open(request: SchedulerRequest<OptionsOf<F>>): Promise<Scheduler>
}

export interface SchedulerRequest<S> {
  /** What the profile says in the scheduler's own member. */
  readonly settings: S
  /** Times that an element may be started again. */
  readonly repetitions: number
  /** Queues that stages have of their own. */
  readonly stage_queues: readonly string[]
  /** The folder of the store; undefined where the store is not local. */
  readonly store_folder: string | undefined
}

/**
 * Variables that the scheduler sets for its jobs. Every method returns undefined where the variables are not
 * there, as in jobs of another scheduler; a number that is none is `E_USAGE`.
 */
export interface JobEnvironment {
  index(env: Environment): number | undefined
  /** 0 for the first attempt. */
  attempt(env: Environment): number | undefined
  /** Whether another machine runs the element and this one only helps. */
  helps?(env: Environment): boolean
  /** Where the processes of a training that spans machines meet, in the words of torchrun. */
  meeting?(env: Environment): { readonly [name: string]: string } | undefined
}
