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
          'Weights that every model begins with (`.pt` of open_clip, or `.safetensors`); ' +
          'without them a seed is trained on everything first.',
      }),
    ),
  }),
  ...deciding(forSomeModels, {
    seed_epochs: num({ min: 0.001, default: 27, doc: 'Passes of the seed over everything.' }),
    expert_epochs: num({
      min: 0.001,
      default: 5,
      doc:
        'How long experts and baselines are trained after it: ' +
        'a pass is as many samples as there are pairs in all, ' +
        'whichever set they come from (as in the paper), so every model sees equally many.',
    }),
    dense_samples: choice(['each', 'all'], {
      default: 'each',
      doc:
        'The dense model goes on from the same seed with as many samples as one expert (`each`, ' +
        "the paper's baseline), or as all experts together (`all`: equal cost of training).",
    }),
  }),
  ...deciding(forTraining, {
    batch_size: int({
      min: 1,
      default: 1024,
      doc: 'Samples in a step, over all GPUs; the paper has 32,768.',
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
            'The program that trains, with its arguments; ' +
            'the path of the job file is added as the last one. Left out: ' +
            '`python3 -m coterie_trainer train`.',
        }),
      ),
    ),
  }),
  // How many GPUs or workers, where shards are and when to give up make no other model; versions are
  // parameters of every model.
  ...deciding('nothing', {
    sub_epochs,
    ...machine,
    gpus: int({ min: 1, default: 1, doc: 'GPUs (or processes on a CPU) a machine.' }),
    threads: optional(
      int({ min: 1, doc: 'Threads of each process on a CPU; all cores, divided, if left out.' }),
    ),
    staging: choice(['local', 'stream'], {
      default: 'local',
      doc:
        '`local`: shards are on a local disk before training begins; `stream`: ' +
        'read from the store every time.',
    }),
    limits: group(limitMembers, { doc: 'When to stop a training that goes nowhere.' }),
    versions: optional(
      map(text({ doc: 'Its version.' }), {
        doc:
          'Python packages whose version decides the result, as they are installed where training runs; ' +
          'another version there is refused.',
      }),
    ),
    calibration: optional(
      text({
        path: 'file',
        doc:
          'JSON file with the speed of your machines, for `plan`; without it, ' +
          'figures that ship with Coterie.',
      }),
    ),
  }),
}

/** The trainer that this version of Coterie was made with. */
export const trainerVersions: { readonly [name: string]: string } = {
  coterie_trainer: '0.1.0',
  open_clip_torch: '3.3.0',
}
