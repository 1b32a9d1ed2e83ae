import { type Fields, int, list, num, optional, text } from '../../core/field.js'

export const slurmFields = {
  command: list(text({ pattern: '.', env: true, doc: 'A word of the command.' }), {
    default: [],
    doc: 'How a compute node calls Coterie, as words; the Node and the checkout that submit, if left out.',
  }),
  setup: list(text({ pattern: '.', doc: 'A line.' }), {
    default: [],
    doc: 'Shell lines that a job runs first: `module load nodejs/20`.',
  }),
  partition: optional(
    text({ env: true, pattern: '^[A-Za-z0-9._,-]+$', doc: "Partition; the cluster's default if left out." }),
  ),
  gpu_partition: optional(
    text({
      env: true,
      pattern: '^[A-Za-z0-9._,-]+$',
      doc: 'Partition of what asks for GPUs; `partition` if left out.',
    }),
  ),
  account: optional(text({ env: true, pattern: '^[A-Za-z0-9._-]+$', doc: 'Account that is charged.' })),
  qos: optional(text({ env: true, pattern: '^[A-Za-z0-9._-]+$', doc: 'Quality of service.' })),
  constraint: optional(
    text({ pattern: '^[A-Za-z0-9._&|*()\\[\\]:!-]+$', doc: 'Features that a node must have.' }),
  ),
  reservation: optional(text({ env: true, pattern: '^[A-Za-z0-9._,-]+$', doc: 'Reservation to run in.' })),
  gpu_type: optional(
    text({ pattern: '^[A-Za-z0-9._-]+$', doc: 'Type of GPU, where the cluster tells them apart: `a100`.' }),
  ),
  sbatch: list(text({ pattern: '^--[a-z]', doc: 'An option.' }), {
    default: [],
    doc: 'Further options of sbatch, one a line: `--exclude=node07`.',
  }),
  logs: optional(
    text({
      env: true,
      path: 'file',
      pattern: '.',
      doc:
        'Folder for what jobs print, seen by the nodes and by whoever reads `coterie logs`; ' +
        '`_live/logs` of a local store, or `~/.coterie/logs`, if left out.',
    }),
  ),
  array_size: optional(
    int({
      min: 1,
      max: 4_000_000,
      doc: 'Most elements of one array; asked of the cluster (MaxArraySize) if left out.',
    }),
  ),
  running: optional(int({ min: 1, doc: 'Elements of one array that may run at once.' })),
  stop_seconds: int({
    min: 5,
    max: 3600,
    default: 60,
    doc: 'How long before its time limit an element is asked to stop.',
  }),
  answer_seconds: num({ min: 1, max: 600, default: 60, doc: 'How long the controller may take to answer.' }),
} satisfies Fields
