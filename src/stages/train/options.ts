import { choice, deciding, formerly, group, int, list, num, only, type OptionsOf } from '../../core/field.js'
import { adapterOptions } from './adapter-options.js'
import { openClipOptions } from './job/open-clip-options.js'
import { forAdapter, forTraining } from './decisions.js'
import { trainingOptions } from './training-options.js'

/** Common options, those of both engines that train, and a group for each engine that has its own. */
export const options = {
  engine: choice(['adapter', 'open_clip', 'command'], {
    default: 'adapter',
    doc:
      '`adapter`: closed-form experts over frozen features, minutes on a CPU: ' +
      'a preview of what real training would gain. `open_clip`: CLIP models, trained by open_clip. ' +
      '`command`: any trainer of yours.',
  }),
  seed: int({
    min: 0,
    default: 29,
    doc:
      'Seed of the rows, the dictionary, the validation split and the baselines; ' +
      'of weights and the order of samples where models are trained.',
  }),
  ...deciding(forAdapter, {
    baselines: list(choice(['random', 'full'], { doc: 'One kind of baseline.' }), {
      default: ['random', 'full'],
      doc:
        '`random`: as many models on a random division of the data. `full`: as many models on all of it, ' +
        'each with another seed (adapter: on a resample).',
    }),
    validation_share: num({
      min: 0.01,
      max: 0.5,
      default: 0.1,
      doc: 'Share of the training pairs that shrinkage and the best single expert are chosen on (adapter).',
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
