import { choice, deciding, formerly, group, int, list, map, num, optional, text } from '../../core/field.js'
import { forCommand, forSomeModels, forTraining } from './decisions.js'
import { hardwareMembers, limitMembers, scheduleMembers } from './job/schema.js'

const { batch_size: _, epochs: __, sub_epochs, ...optimiser } = scheduleMembers
const { processes: ___, threads: ____, device, ...machine } = hardwareMembers

/** Options of both engines that train, `open_clip` and `command`. */
export const trainingOptions = {
  ...deciding(forTraining, {
    model: text({
      default: 'ViT-B-32',
      path: 'dotted',
      doc: 'An open_clip model, or (with `./`) a folder that holds its `open_clip_config.json`.',
    }),
    seed_checkpoint: optional(
      text({
        path: 'file',
        doc:
          'Initial weights of every model (`.pt` of open_clip, or `.safetensors`); without them ' +
          'a seed is trained on all data first.',
      }),
    ),
  }),
  ...deciding(forSomeModels, {
    seed_epochs: num({ min: 0.001, default: 27, doc: 'Epochs of the seed over all data.' }),
    expert_epochs: num({
      min: 0.001,
      default: 5,
      doc:
        'Epochs of experts and baselines after the seed: an epoch is as many samples as there ' +
        'are pairs in all, whichever set they come from (as in the paper), so every model ' +
        'sees the same number.',
    }),
    dense_samples: choice(['each', 'all'], {
      default: 'each',
      doc:
        'The dense model starts from the same seed and sees as many samples as one expert ' +
        "(`each`, the paper's baseline), or as all experts together (`all`: equal training " +
        'cost).',
    }),
  }),
  ...deciding(forTraining, {
    batch_size: int({
      min: 1,
      default: 1024,
      doc: 'Samples per step, over all GPUs; the paper uses 32,768.',
    }),
    ...optimiser,
    mix_megabytes: num({
      min: 0.01,
      default: 256,
      doc: 'Size of the tars that seed, dense and the random division are trained on.',
    }),
    device,
  }),
  ...deciding(forCommand, {
    trainer: formerly(
      'command',
      optional(
        list(text({ env: true, doc: 'One argument.' }), {
          min: 1,
          doc:
            'The training program with its arguments; the path of the job file is appended. ' +
            'Default: `python3 -m coterie_trainer train`.',
        }),
      ),
    ),
  }),
  // Numbers of GPUs or workers, locations of shards and time limits do not change a model; versions are
  // parameters of every model.
  ...deciding('nothing', {
    sub_epochs,
    ...machine,
    gpus: int({ min: 1, default: 1, doc: 'GPUs (or CPU processes) per machine.' }),
    threads: optional(
      int({ min: 1, doc: 'Threads per process on a CPU; default: all cores, divided among the processes.' }),
    ),
    staging: choice(['local', 'stream'], {
      default: 'local',
      doc:
        '`local`: shards are on a local disk before training starts; `stream`: read from the ' +
        'store every time.',
    }),
    limits: group(limitMembers, { doc: 'When to stop training that makes no progress.' }),
    versions: optional(
      map(text({ doc: 'Version of the package.' }), {
        doc:
          'Python packages whose version affects the result, as installed where training runs; ' +
          'any other version there is an error.',
      }),
    ),
    calibration: optional(
      text({
        path: 'file',
        doc:
          'JSON file with the speed of your machines, for `plan`; by default, the figures that ' +
          'ship with Coterie.',
      }),
    ),
  }),
}

/** The trainer that this version of Coterie is built for. */
export const trainerVersions: { readonly [name: string]: string } = {
  coterie_trainer: '0.1.0',
  open_clip_torch: '3.3.0',
}
