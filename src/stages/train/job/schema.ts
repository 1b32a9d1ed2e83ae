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

/** What a job says where it does not copy anything. */
export const usualTransfer: readonly string[] = ['aws', 's3', 'cp', '--only-show-errors', '{from}', '{to}']

const shard = group(
  {
    source: text({ doc: 'Path of a WebDataset tar, or its URI (`s3://…`).' }),
    samples: int({ min: 1, doc: 'Samples in it.' }),
    bytes: optional(int({ min: 0, doc: 'Its size; a file of another size is refused.' })),
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
        'Bundle folder, open_clip checkpoint (`.pt`) ' +
        'or `.safetensors` file whose weights the model begins with.',
    }),
    sha256: optional(
      text({
        pattern: sha256,
        doc: 'Digest of the file; for a bundle, of its `checkpoint/open_clip_model.safetensors`.',
      }),
    ),
  },
  { doc: 'The seed. Weights only: optimiser, schedule and epochs begin anew.' },
)

export const scheduleMembers = {
  epochs: num({
    min: 0,
    doc:
      'Passes over the shards; may be a fraction, so that models on ' +
      'sets of unequal size can see equally many samples.',
  }),
  batch_size: int({ min: 1, doc: 'Samples in a step, over all processes and accumulated parts.' }),
  sub_epochs: int({
    min: 1,
    default: 1,
    doc: 'Checkpoints a pass: an interruption loses at most one part of a pass.',
  }),
  learning_rate: num({ min: 0, default: 5e-4, doc: 'Its highest value.' }),
  warmup_steps: int({ min: 0, default: 2000, doc: 'Steps until it is reached.' }),
  decay: choice(['cosine', 'const'], {
    default: 'cosine',
    doc: 'How the learning rate goes on, over all steps of the job.',
  }),
  weight_decay: num({ min: 0, default: 0.2, doc: 'Decoupled weight decay.' }),
  beta1: num({ min: 0, max: 1, default: 0.9, doc: 'Of Adam.' }),
  beta2: num({ min: 0, max: 1, default: 0.98, doc: 'Of Adam.' }),
  epsilon: num({ min: 0, default: 1e-6, doc: 'Of Adam.' }),
} satisfies Fields

const schedule = group(scheduleMembers, { doc: 'How long and how fast.' })

export const hardwareMembers = {
  device: choice(['cuda', 'cpu'], {
    default: 'cuda',
    doc: '`cuda` without a GPU is refused, never run on the CPU.',
  }),
  nodes: int({ min: 1, default: 1, doc: 'Machines.' }),
  processes: int({ min: 1, default: 1, doc: 'Processes a machine: one for each GPU.' }),
  workers: int({ min: 0, default: 4, doc: 'Processes that read and decode, for each training process.' }),
  threads: int({ min: 1, default: 1, doc: 'Threads of each process on the CPU.' }),
  launcher: choice(['auto', 'torchrun', 'srun'], {
    default: 'auto',
    doc: 'What starts several processes; `auto`: srun over several nodes inside a Slurm job, else torchrun.',
  }),
} satisfies Fields

const hardware = group(hardwareMembers, {
  doc:
    'What it runs on. The number of processes and workers changes the order of samples within a part, ' +
    'and nothing else.',
})

export const limitMembers = {
  stall_seconds: num({ min: 1, default: 300, doc: 'Without any step for so long, the job is stopped.' }),
  start_seconds: num({ min: 1, default: 900, doc: 'The same before the first step.' }),
  log_megabytes: num({
    min: 0.1,
    default: 50,
    doc: 'The log keeps its beginning and its end within this size.',
  }),
  bad_share: num({
    min: 0,
    max: 1,
    default: 0.01,
    doc: 'Samples that cannot be decoded are replaced and counted; more than this share stops the job.',
  }),
  check: choice(['sizes', 'headers', 'digest'], {
    default: 'headers',
    doc: 'How far shards are looked into before the training: sizes, every tar header, or every byte.',
  }),
} satisfies Fields

const limits = group(limitMembers, { doc: 'When to stop it.' })

/**
 * The job file: all that a trainer is told. `schema/train-job.schema.json` is made from this;
 * `docs/guides/trainer.md` explains it.
 */
export const jobFields = {
  version: int({ min: 1, max: 1, doc: 'Of this format.' }),
  name: text({
    pattern: '^[a-z0-9][a-z0-9-]{0,63}$',
    doc: 'Key of the task: `seed`, `dense`, `expert-0`, `random-2`.',
  }),
  kind: choice(['seed', 'expert', 'dense'], {
    doc:
      '`seed`: begins with random weights or a given checkpoint; `expert` (ablations too) ' +
      'and `dense` go on from a seed, so they need `initial`.',
  }),
  engine: choice(['open_clip', 'command'], { default: 'open_clip', doc: 'Who the job is meant for.' }),
  work: text({
    doc:
      'Folder that survives attempts: the same job with the same folder resumes. Holds staged shards, ' +
      'checkpoints, `log.txt` and the exit record `exit.json`.',
  }),
  bundle: text({ doc: 'Folder to write the finished bundle to; appears whole or not at all.' }),
  keep: optional(
    text({
      doc:
        'Where the newest checkpoint is copied after each part of a pass, ' +
        'where `work` does not survive the machine: a folder, or a URI for `transfer`.',
    }),
  ),
  shards: list(shard, { min: 1, doc: 'The training set.' }),
  out_of_cluster: int({
    min: 0,
    default: 0,
    doc: 'Samples of it that belong to other clusters; for the record.',
  }),
  staging: choice(['local', 'stream'], {
    default: 'local',
    doc:
      '`local`: shards lie on a local disk before the training begins (paths are used in place); ' +
      '`stream`: URIs are read through a pipe every time.',
  }),
  transfer: list(text({ doc: 'One argument.' }), {
    default: usualTransfer,
    doc: 'Command that copies between URIs and local paths; `-` stands for its output when streaming.',
  }),
  initial: optional(initial),
  model: text({
    default: 'ViT-B-32',
    doc: 'An open_clip model, or a folder with `open_clip_config.json`, or such a file.',
  }),
  schedule,
  hardware,
  seed: int({ min: 0, default: 0, doc: 'Of the weights, the order of samples and augmentations.' }),
  open_clip: openClipOptions,
  limits,
} satisfies Fields

export type Job = OptionsOf<typeof jobFields>
