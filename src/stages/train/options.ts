import { choice, group, int, list, nullable, num, optional, text, type OptionsOf } from '../../core/field.js'
import { trainingOptions } from './training-options.js'

const files = group(
  {
    image: text({
      path: 'file',
      doc: 'ONNX graph of the image tower: pixels [b, 3, height, width] to one vector an image.',
    }),
    text: text({
      path: 'file',
      doc: 'ONNX graph of the text tower: `input_ids` and `attention_mask` to one vector a text.',
    }),
    tokenizer: text({ path: 'file', doc: 'Its tokenizer.json.' }),
    image_size: int({ min: 1, default: 224, doc: 'Side of the square image in pixels.' }),
    mean: list(num({ doc: 'Of one channel.' }), {
      min: 3,
      default: [0.48145466, 0.4578275, 0.40821073],
      doc: 'Mean of red, green and blue, taken off pixels in [0, 1].',
    }),
    std: list(num({ doc: 'Of one channel.' }), {
      min: 3,
      default: [0.26862954, 0.26130258, 0.27577711],
      doc: 'Standard deviation of red, green and blue.',
    }),
    context_length: int({ min: 1, default: 77, doc: 'Tokens a text is padded to.' }),
  },
  {
    doc: 'A CLIP of your own as ONNX: its features take the place of the patches and of the caption encoder.',
  },
)

/** Those of the closed-form engine. */
export const adapterOptions = {
  engine: choice(['adapter', 'open_clip', 'command'], {
    default: 'adapter',
    doc: '`adapter`: closed-form experts over frozen features, minutes on a CPU: a preview of what real training would gain. `open_clip`: CLIP models, trained by open_clip. `command`: any trainer of yours.',
  }),
  baselines: list(choice(['random', 'full'], { doc: 'One kind of baseline.' }), {
    default: ['random', 'full'],
    doc: '`random`: as many models on a random division of the data. `full`: as many models on all of it, each with another seed (adapter: on a resample).',
  }),
  max_rows: int({ min: 2, default: 20000, doc: 'At most so many pairs are used, chosen by seed.' }),
  dictionary: int({
    min: 8,
    max: 1600,
    default: 256,
    doc: 'Patches in the dictionary; each gives four features. More is better and slower.',
  }),
  dictionary_patches: int({ min: 100, default: 40000, doc: 'Patches that the dictionary is learned from.' }),
  ridge: num({
    min: 0,
    default: 0.08,
    doc: 'Ridge of the dense solution, as a share of the number of pairs.',
  }),
  text_whitening: num({
    min: 0,
    default: 0.1,
    doc: 'Added to the covariance of the caption vectors before they are whitened, as a share of its mean diagonal.',
  }),
  shrinkage: nullable(
    num({
      min: 0.0001,
      doc: 'Weight of all data in an expert, against its own data at weight 1; null: chosen on the validation split.',
    }),
  ),
  validation_share: num({
    min: 0.01,
    max: 0.5,
    default: 0.1,
    doc: 'Share of the training pairs that shrinkage and the best single expert are chosen on.',
  }),
  features: optional(files),
  seed: int({
    min: 0,
    default: 29,
    doc: 'Seed of the rows, the dictionary, the validation split and the baselines; of weights and the order of samples where models are trained.',
  }),
}

export const options = { ...adapterOptions, ...trainingOptions }

export type Options = OptionsOf<typeof options>
