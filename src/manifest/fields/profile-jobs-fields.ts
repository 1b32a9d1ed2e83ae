import { type Fields, int, num, optional, text } from '../../core/field.js'

/** How tasks become jobs of a batch scheduler. The local executor uses none of these. */
export const jobsFields = {
  element_minutes: num({
    min: 0,
    default: 10,
    doc:
      'Small tasks are combined into one element of an array ' + 'until it is estimated to take this long.',
  }),
  repetitions: int({
    min: 0,
    max: 50,
    default: 5,
    doc: 'How often the scheduler itself restarts a preempted or stopped element.',
  }),
  resubmissions: int({
    min: 0,
    max: 20,
    default: 3,
    doc: 'How often `coterie run` resubmits a task that was lost or ran out of memory or time.',
  }),
  poll_seconds: num({
    min: 0.1,
    max: 3600,
    default: 20,
    doc: 'Interval at which `coterie run` polls the scheduler and the store.',
  }),
  grace_seconds: num({
    min: 0,
    max: 86_400,
    default: 120,
    doc: 'A job unknown to both the scheduler and the store is considered lost after this time.',
  }),
  input_wait_seconds: num({
    min: 0,
    max: 3600,
    default: 60,
    doc: 'How long a task waits for the results it needs to become visible in the store.',
  }),
} satisfies Fields

/** The largest available machine; `plan --profile` reports tasks that need more. */
export const machineFields = {
  cpus: int({
    min: 1,
    default: 4,
    doc: 'Cores of a machine; a task that uses every core requests this many.',
  }),
  memory_gigabytes: optional(num({ min: 0.1, doc: 'Memory of a machine; no element requests more.' })),
  gpus: int({ min: 0, default: 0, doc: 'GPUs of a machine.' }),
  hours: optional(num({ min: 0.01, doc: 'Time limit of one attempt; no element requests more.' })),
} satisfies Fields

/** Resources of one stage's elements; they override the stage's estimates. */
export const stageResourcesFields = {
  cpus: optional(int({ min: 1, doc: 'Cores of one element.' })),
  gpus: optional(
    int({
      min: 0,
      doc: 'GPUs of one element, per machine; only for tasks that use GPUs.',
    }),
  ),
  nodes: optional(int({ min: 1, doc: 'Machines of one element.' })),
  memory_gigabytes: optional(num({ min: 0.1, doc: 'Memory of one element; by default from the estimate.' })),
  hours: optional(num({ min: 0.01, doc: 'Time limit of one attempt; by default from the estimate.' })),
  queue: optional(text({ pattern: '.', doc: 'Partition (Slurm) or job queue (AWS Batch) of this stage.' })),
  running: optional(int({ min: 1, doc: 'Maximum number of elements that run at once.' })),
} satisfies Fields
