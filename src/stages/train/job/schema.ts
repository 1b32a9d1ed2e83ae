import {
  choice,
  group,
  int,
  list,
  num,
  optional,
  text,
  type Fields,
  type OptionsOf,
} from '../../../core/field.js'
import { openClipOptions } from './open-clip-options.js'

const sha256 = '^sha256:[0-9a-f]{64}$'

/** The transfer command of a job that copies nothing. */
export const defaultTransfer: readonly string[] = ['aws', 's3', 'cp', '--only-show-errors', '{from}', '{to}']

const shard = group(
  {
    source: text({ doc: 'Path of a WebDataset tar, or its URI (`s3://…`).' }),
    samples: int({ min: 1, doc: 'Number of samples in the tar.' }),
    bytes: optional(int({ min: 0, doc: 'Its size; a file of a different size is rejected.' })),
    sha256: optional(
      text({ pattern: sha256, doc: 'Its digest, compared where `limits.check` is `digest`.' }),
    ),
  },
  { doc: 'One tar.' },
)

const initial = group(
  {
    checkpoint: text({
      doc:
        "Bundle folder, open_clip checkpoint (`.pt`) or `.safetensors` file with the model's " +
        'initial weights.',
    }),
    sha256: optional(
      text({
        pattern: sha256,
        doc: 'Digest of the file; for a bundle, of its `checkpoint/open_clip_model.safetensors`.',
      }),
    ),
  },
  { doc: 'The seed. Weights only: optimiser, schedule and epochs start fresh.' },
)

export const scheduleMembers = {
  epochs: num({
    min: 0,
    doc:
      'Passes over the shards; may be a fraction, so that models on sets of different sizes ' +
      'can see the same number of samples.',
  }),
  batch_size: int({ min: 1, doc: 'Samples per step, over all processes and accumulated parts.' }),
  sub_epochs: int({
    min: 1,
    default: 1,
    doc: 'Checkpoints per pass: an interruption loses at most one part of a pass.',
  }),
  learning_rate: num({ min: 0, default: 5e-4, doc: 'Maximum learning rate.' }),
  warmup_steps: int({ min: 0, default: 2000, doc: 'Steps until the maximum is reached.' }),
  decay: choice(['cosine', 'const'], {
    default: 'cosine',
    doc: 'Decay of the learning rate, over all steps of the job.',
  }),
  weight_decay: num({ min: 0, default: 0.2, doc: 'Decoupled weight decay.' }),
  beta1: num({ min: 0, max: 1, default: 0.9, doc: 'Of Adam.' }),
  beta2: num({ min: 0, max: 1, default: 0.98, doc: 'Of Adam.' }),
  epsilon: num({ min: 0, default: 1e-6, doc: 'Of Adam.' }),
} satisfies Fields

const schedule = group(scheduleMembers, { doc: 'Length and learning rate of the training.' })

export const hardwareMembers = {
  device: choice(['cuda', 'cpu'], {
    default: 'cuda',
    doc: '`cuda` without a GPU is an error, never run on the CPU.',
  }),
  nodes: int({ min: 1, default: 1, doc: 'Number of machines.' }),
  processes: int({ min: 1, default: 1, doc: 'Processes per machine: one for each GPU.' }),
  workers: int({ min: 0, default: 4, doc: 'Data loader processes per training process.' }),
  threads: int({ min: 1, default: 1, doc: 'Threads per process on the CPU.' }),
  launcher: choice(['auto', 'torchrun', 'srun'], {
    default: 'auto',
    doc:
      'What starts several processes; `auto`: srun over several nodes inside a Slurm job, ' +
      'otherwise torchrun.',
  }),
} satisfies Fields

const hardware = group(hardwareMembers, {
  doc:
    'The hardware to run on. The numbers of processes and workers change the order of ' +
    'samples within a part, and nothing else.',
})

export const limitMembers = {
  stall_seconds: num({ min: 1, default: 300, doc: 'Seconds without a step after which the job is stopped.' }),
  start_seconds: num({ min: 1, default: 900, doc: 'The same limit before the first step.' }),
  log_megabytes: num({
    min: 0.1,
    default: 50,
    doc: 'Maximum size of the log, which keeps its beginning and its end.',
  }),
  bad_share: num({
    min: 0,
    max: 1,
    default: 0.01,
    doc: 'Samples that cannot be decoded are replaced and counted; a larger share stops the job.',
  }),
  check: choice(['sizes', 'headers', 'digest'], {
    default: 'headers',
    doc: 'How shards are checked before the training: sizes, every tar header, or every byte.',
  }),
} satisfies Fields

const limits = group(limitMembers, { doc: 'When to stop the job.' })

/**
 * The job file: everything that a trainer needs to know. `schema/train-job.schema.json` is generated from
 * this; `docs/guides/trainer.md` explains it.
 */
export const jobFields = {
  version: int({ min: 1, max: 1, doc: 'Version of this format.' }),
  name: text({
    pattern: '^[a-z0-9][a-z0-9-]{0,63}$',
    doc: 'Key of the task: `seed`, `dense`, `expert-0`, `random-2`.',
  }),
  kind: choice(['seed', 'expert', 'dense'], {
    doc:
      '`seed`: starts from random weights or a given checkpoint; `expert` (ablations too) ' +
      'and `dense` start from a seed, so they need `initial`.',
  }),
  engine: choice(['open_clip', 'command'], {
    default: 'open_clip',
    doc: 'The trainer that the job is meant for.',
  }),
  work: text({
    doc:
      'Folder that survives attempts: the same job with the same folder resumes. Holds staged shards, ' +
      'checkpoints, `log.txt` and the exit record `exit.json`.',
  }),
  bundle: text({ doc: 'Folder for the finished bundle; it appears complete or not at all.' }),
  keep: optional(
    text({
      doc:
        'Where the latest checkpoint is copied after each part of a pass, if `work` does not ' +
        'survive the machine: a folder, or a URI for `transfer`.',
    }),
  ),
  shards: list(shard, { min: 1, doc: 'The training set.' }),
  out_of_cluster: int({
    min: 0,
    default: 0,
    doc: 'Number of its samples that belong to other clusters; for the record.',
  }),
  staging: choice(['local', 'stream'], {
    default: 'local',
    doc:
      '`local`: shards are copied to a local disk before the training starts (local paths ' +
      'are used in place); `stream`: URIs are read through a pipe every time.',
  }),
  transfer: list(text({ doc: 'One argument.' }), {
    default: defaultTransfer,
    doc: 'Command that copies between URIs and local paths; `-` is standard output when streaming.',
  }),
  initial: optional(initial),
  model: text({
    default: 'ViT-B-32',
    doc: 'An open_clip model, or a folder with `open_clip_config.json`, or such a file.',
  }),
  schedule,
  hardware,
  seed: int({ min: 0, default: 0, doc: 'Seed for the weights, the order of samples and augmentations.' }),
  open_clip: openClipOptions,
  limits,
} satisfies Fields

export type Job = OptionsOf<typeof jobFields>
