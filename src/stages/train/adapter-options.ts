import { formerly, group, int, list, nullable, num, optional, text } from '../../core/field.js'

const files = group(
  {
    image: text({
      path: 'file',
      doc: 'ONNX graph of the image tower: pixels [b, 3, height, width] to one vector per image.',
    }),
    text: text({
      path: 'file',
      doc: 'ONNX graph of the text tower: `input_ids` and `attention_mask` to one vector per text.',
    }),
    tokenizer: text({ path: 'file', doc: 'Its `tokenizer.json`.' }),
    image_size: int({ min: 1, default: 224, doc: 'Side of the square image in pixels.' }),
    mean: list(num({ doc: 'Of one channel.' }), {
      min: 3,
      default: [0.48145466, 0.4578275, 0.40821073],
      doc: 'Mean of red, green and blue, subtracted from pixels in [0, 1].',
    }),
    std: list(num({ doc: 'Of one channel.' }), {
      min: 3,
      default: [0.26862954, 0.26130258, 0.27577711],
      doc: 'Standard deviation of red, green and blue.',
    }),
    context_length: int({ min: 1, default: 77, doc: 'Number of tokens to which texts are padded.' }),
  },
  {
    doc: 'Your own CLIP model as ONNX: its features replace those of the patches and of the caption encoder.',
  },
)

/** Options of the closed-form engine. */
export const adapterOptions = group(
  {
    max_rows: formerly(
      'max_rows',
      int({ min: 2, default: 20000, doc: 'Maximum number of pairs to use, chosen by seed.' }),
    ),
    dictionary: formerly(
      'dictionary',
      int({
        min: 8,
        max: 1600,
        default: 256,
        doc: 'Number of patches in the dictionary; each makes four features. More is better and slower.',
      }),
    ),
    dictionary_patches: formerly(
      'dictionary_patches',
      int({ min: 100, default: 40000, doc: 'Number of patches that the dictionary is learned from.' }),
    ),
    ridge: formerly(
      'ridge',
      num({
        min: 0,
        default: 0.08,
        doc: 'Ridge of the dense solution, as a share of the number of pairs.',
      }),
    ),
    text_whitening: formerly(
      'text_whitening',
      num({
        min: 0,
        default: 0.1,
        doc:
          'Added to the covariance of the caption vectors before they are whitened, ' +
          'as a share of its mean diagonal.',
      }),
    ),
    shrinkage: formerly(
      'shrinkage',
      nullable(
        num({
          min: 0.0001,
          doc:
            'Weight of all data in an expert, relative to its own data at weight 1; null: chosen ' +
            'on the validation split.',
        }),
      ),
    ),
    features: formerly('features', optional(files)),
  },
  { doc: 'Options that only `engine: adapter` reads.' },
)
