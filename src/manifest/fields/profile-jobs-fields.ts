import { type Fields, int, num, optional, text } from '../../core/field.js'

/** How tasks become jobs of a batch scheduler; the local executor needs none of it. */
export const jobsFields = {
  element_minutes: num({
    min: 0,
    default: 10,
    doc:
      'Small tasks are put together into one element of an array ' +
      'until they are estimated to take so long.',
  }),
  repetitions: int({
    min: 0,
    max: 50,
    default: 5,
    doc: 'Times that a preempted or stopped element is started again by the scheduler itself.',
  }),
  resubmissions: int({
    min: 0,
    max: 20,
    default: 3,
    doc: 'Times that `coterie run` submits a task again which was lost, ran out of memory or out of time.',
  }),
  poll_seconds: num({
    min: 0.1,
    max: 3600,
    default: 20,
    doc: 'How often `coterie run` asks the scheduler and the store.',
  }),
  grace_seconds: num({
    min: 0,
    max: 86_400,
    default: 120,
    doc: 'A job that neither the scheduler nor the store knows is taken for lost after so long.',
  }),
  input_wait_seconds: num({
    min: 0,
    max: 3600,
    default: 60,
    doc: 'How long a task waits for the results of tasks before it to become visible in the store.',
  }),
} satisfies Fields

/** The largest machine of the place; what a task would need beyond it is said by `plan --profile`. */
export const machineFields = {
  cpus: int({ min: 1, default: 4, doc: 'Cores of a machine; a task that uses every core asks for so many.' }),
  memory_gigabytes: optional(num({ min: 0.1, doc: 'Memory of a machine; no element asks for more.' })),
  gpus: int({ min: 0, default: 0, doc: 'GPUs of a machine.' }),
  hours: optional(
    num({ min: 0.01, doc: 'Longest time that one attempt may take; no element asks for more.' }),
  ),
} satisfies Fields

/** What the elements of one stage ask for, where the stage's own estimate is not to be followed. */
export const stageResourcesFields = {
  cpus: optional(int({ min: 1, doc: 'Cores of one element.' })),
  gpus: optional(
    int({
      min: 0,
      doc: 'GPUs of one element, on each of its machines; only for tasks that use GPUs at all.',
    }),
  ),
  nodes: optional(int({ min: 1, doc: 'Machines of one element.' })),
  memory_gigabytes: optional(num({ min: 0.1, doc: 'Memory of one element; from the estimate if left out.' })),
  hours: optional(num({ min: 0.01, doc: 'Time limit of one attempt; from the estimate if left out.' })),
  queue: optional(text({ pattern: '.', doc: 'Partition (Slurm) or job queue (AWS Batch) of this stage.' })),
  running: optional(int({ min: 1, doc: 'Elements that may run at once.' })),
} satisfies Fields

export const pricesFields = {
  currency: text({ default: 'USD', pattern: '^[A-Z]{3}$', doc: 'Of the prices.' }),
  cpu_hour: num({ min: 0, default: 0, doc: 'Of one core for an hour.' }),
  memory_gigabyte_hour: num({ min: 0, default: 0, doc: 'Of one gigabyte of memory for an hour.' }),
  gpu_hour: num({ min: 0, default: 0, doc: 'Of one GPU for an hour.' }),
} satisfies Fields
