import { type Fields, int, list, num, optional, text } from '../../core/field.js'

export const slurmFields = {
  command: list(text({ pattern: '.', env: true, doc: 'One argument of the command.' }), {
    default: [],
    doc: 'Command that runs Coterie on a compute node, as a list; by default this Node and installation.',
  }),
  setup: list(text({ pattern: '.', doc: 'One line.' }), {
    default: [],
    doc: 'Shell commands that a job runs first, such as `module load nodejs/20`.',
  }),
  partition: optional(
    text({ env: true, pattern: '^[A-Za-z0-9._,-]+$', doc: 'Partition; by default that of the cluster.' }),
  ),
  gpu_partition: optional(
    text({
      env: true,
      pattern: '^[A-Za-z0-9._,-]+$',
      doc: 'Partition of jobs that need GPUs; `partition` by default.',
    }),
  ),
  account: optional(text({ env: true, pattern: '^[A-Za-z0-9._-]+$', doc: 'Account to charge.' })),
  qos: optional(text({ env: true, pattern: '^[A-Za-z0-9._-]+$', doc: 'Quality of service.' })),
  constraint: optional(
    text({ pattern: '^[A-Za-z0-9._&|*()\\[\\]:!-]+$', doc: 'Features that a node must have.' }),
  ),
  reservation: optional(text({ env: true, pattern: '^[A-Za-z0-9._,-]+$', doc: 'Reservation to run in.' })),
  gpu_type: optional(
    text({
      pattern: '^[A-Za-z0-9._-]+$',
      doc: 'Type of GPU, if the cluster distinguishes them, such as `a100`.',
    }),
  ),
  sbatch: list(text({ pattern: '^--[a-z]', doc: 'One option.' }), {
    default: [],
    doc: 'Additional options of sbatch, such as `--exclude=node07`.',
  }),
  logs: optional(
    text({
      env: true,
      path: 'file',
      pattern: '.',
      doc:
        'Folder for the output of jobs, accessible from the nodes and for `coterie logs`; ' +
        'by default `_live/logs` of a local store, or else `~/.coterie/logs`.',
    }),
  ),
  array_size: optional(
    int({
      min: 1,
      max: 4_000_000,
      doc: 'Maximum number of elements of one array; by default that of the cluster (MaxArraySize).',
    }),
  ),
  running: optional(int({ min: 1, doc: 'Maximum number of elements of one array that run at once.' })),
  stop_seconds: int({
    min: 5,
    max: 3600,
    default: 60,
    doc: 'How long before its time limit an element is asked to stop.',
  }),
  answer_seconds: num({
    min: 1,
    max: 600,
    default: 60,
    doc: 'How long to wait for an answer from the controller.',
  }),
} satisfies Fields
