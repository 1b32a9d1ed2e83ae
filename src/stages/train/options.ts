import { choice, deciding, formerly, group, int, list, num, only, type OptionsOf } from '../../core/field.js'
import { adapterOptions } from './adapter-options.js'
import { openClipOptions } from './job/open-clip-options.js'
import { forAdapter, forTraining } from './decisions.js'
import { trainingOptions } from './training-options.js'

/**
 * Options common to all engines, options of both engines that train, and a group for each engine with its own
 * options.
 */
export const options = {
  engine: choice(['adapter', 'open_clip', 'command'], {
    default: 'adapter',
    doc:
      '`adapter`: closed-form experts over frozen features, minutes on a CPU: a preview of ' +
      'what real training would gain. `open_clip`: CLIP models, trained by open_clip. ' +
      '`command`: your own trainer.',
  }),
  seed: int({
    min: 0,
    default: 29,
    doc:
      'Seed for the rows, the dictionary, the validation split and the baselines; when ' +
      'models are trained, also for weights and the order of samples.',
  }),
  ...deciding(forAdapter, {
    baselines: list(choice(['random', 'full'], { doc: 'One kind of baseline.' }), {
      default: ['random', 'full'],
      doc:
        '`random`: the same number of models on a random division of the data. `full`: the ' +
        'same number of models on all of it, each with a different seed (adapter: on a resample).',
    }),
    validation_share: num({
      min: 0.01,
      max: 0.5,
      default: 0.1,
      doc: 'Share of the training pairs used to choose shrinkage and the best single expert (adapter).',
    }),
  }),
  ...trainingOptions,
  ...deciding(forAdapter, { adapter: only('engine', 'adapter', adapterOptions) }),
  ...deciding(forTraining, {
    open_clip: only(
      'engine',
      'open_clip',
      group(
        { arguments: formerly('open_clip', openClipOptions) },
        { doc: 'Options that only `engine: open_clip` reads.' },
      ),
    ),
  }),
}

export type Options = OptionsOf<typeof options>
