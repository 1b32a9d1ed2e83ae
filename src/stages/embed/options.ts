import { builtinEncoder } from '../../core/encoder-folder.js'
import { choice, group, int, optional, text, type OptionsOf } from '../../core/field.js'

/** Separate from the declaration, so that `run.ts` can import the type without an import cycle. */
export const options = {
  encoder: group(
    {
      model: text({
        default: builtinEncoder,
        path: 'dotted',
        examples: [
          'builtin',
          './models/all-MiniLM-L6-v2',
          's3://models/sup-simcse',
          'sentence-transformers/all-MiniLM-L6-v2',
        ],
        doc:
          'The caption encoder: `builtin` (a static encoder that ships with Coterie), ' +
          'or a model in the layout of the Hugging Face hub with ' +
          '`tokenizer.json` and `onnx/`: a folder (`./…` or `/…`), an `s3://` prefix, ' +
          'or `owner/name` in the local Hugging Face cache.',
      }),
      pooling: choice(['auto', 'mean', 'cls', 'pooler', 'sentence'], {
        default: 'auto',
        doc:
          "How token states are pooled into one vector. `auto` follows the model's files and " +
          'fails if they do not specify it (SimCSE: `pooler`).',
      }),
      precision: choice(['float32', 'float16', 'int8'], {
        default: 'float32',
        doc: "Which of the model's graphs to run. Static encoders support only `float32`.",
      }),
      max_tokens: optional(
        int({
          min: 1,
          max: 1048576,
          doc:
            'Captions are truncated to this many tokens, special tokens included; the default and ' +
            "the maximum are the model's own limit.",
        }),
      ),
      runtime: choice(['auto', 'native', 'wasm'], {
        default: 'auto',
        doc:
          '`native` onnxruntime, or `wasm`: the same bytes on every CPU, several times slower. ' +
          '`auto` is `native` wherever that loads.',
      }),
      device: choice(['cpu', 'cuda'], {
        default: 'cpu',
        doc: "`cuda` needs an NVIDIA GPU and onnxruntime's CUDA libraries; not tested on one yet.",
      }),
    },
    { doc: 'The caption encoder.' },
  ),
  output: choice(['float32', 'float16'], {
    default: 'float32',
    doc:
      'Number type of the stored vectors; `float16` halves their size and what `cluster` ' +
      'and `assign` read.',
  }),
}

export type EmbedOptions = OptionsOf<typeof options>
