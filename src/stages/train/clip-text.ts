import { PipelineError } from '../../core/error.js'
import { loadTokenizer } from '../../math/encoder/tokenizer/load.js'
import { normaliseRows, type Whitening } from '../../math/ridge/whiten.js'
import { openSession } from '../../math/session/open.js'
import { idsOf, textInputs } from '../../math/towers/text-inputs.js'
import { encodeTransformerText, requireOpset } from '../../math/towers/text.js'
import type { TextSource } from './text-source.js'

const batch = 32

/** The text tower of a user's CLIP model: ids of a fixed length, one vector per text. */
export async function clipText(
  model: Uint8Array,
  tokenizer: Uint8Array,
  place: string,
  contextLength: number,
  threads: number,
): Promise<TextSource> {
  requireOpset(model)
  const session = await openSession(model, { threads, reuse_memory: true })
  const output =
    ['text_embedding', 'text_embeds', 'pooler_output'].find((name) => session.outputs.includes(name)) ??
    session.outputs[0]!
  const tokens = await loadTokenizer(
    { place, list: async () => ['tokenizer.json'], read: async () => tokenizer },
    'tokenizer.json',
    {},
  )
  const run = async (texts: readonly string[]) => {
    const ids = texts.map((text) => idsOf(tokens, text, contextLength))
    const { [output]: values } = await session.run(textInputs(session, ids, contextLength, tokens.pad), [
      output,
    ])
    if (values?.dims.length !== 2) {
      throw new PipelineError({
        code: 'E_TEXT_GRAPH',
        message: 'the text tower does not return one vector per text',
        place,
        expected: '[texts, width]',
        found: `[${values?.dims.join(', ')}]`,
      })
    }
    return { width: values.dims[1]!, data: values.data as Float32Array }
  }
  const { width } = await run(['a'])
  return {
    width,
    about: `text tower ${place}`,
    tokenizer,
    preparation: { context_length: contextLength, pad_id: tokens.pad, lowercase: false, fixed_length: true },
    async embed(captions) {
      const vectors = new Float32Array(captions.length * width)
      for (let start = 0; start < captions.length; start += batch) {
        const part = captions.slice(start, start + batch)
        const { data } = await run(part)
        vectors.set(data.subarray(0, part.length * width), start * width)
      }
      const invalid: { index: number; reason: string }[] = []
      captions.forEach((_, index) => {
        const row = vectors.subarray(index * width, (index + 1) * width)
        if (row.every((value) => Number.isFinite(value)) && row.some((value) => value !== 0)) return
        row.fill(0)
        invalid.push({ index, reason: 'vector_not_finite' })
      })
      return { vectors: normaliseRows(vectors, width), invalid }
    },
    tower: async (whitening: Whitening) =>
      encodeTransformerText(model, { output, inputs: session.inputs, pooling: 'none' }, whitening),
    close: () => session.close(),
  }
}
