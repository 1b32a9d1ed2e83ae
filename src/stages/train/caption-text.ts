import { openEncoderFolder } from '../../io/encoder-files.js'
import { loadEncoder } from '../../math/encoder/load.js'
import { loadTokenizer } from '../../math/encoder/tokenizer/load.js'
import { isStatic, readStaticText } from '../../math/towers/static-text.js'
import { encodeStaticText } from '../../math/towers/text.js'
import { readTransformerText } from '../../math/towers/transformer-text.js'
import type { TaskContext } from '../define.js'
import { encoderOf } from '../facts.js'
import type { TextSource } from './text-source.js'

/** The run's own caption encoder, from the facts that `embed` states. */
export async function captionText(
  context: Pick<TaskContext<unknown>, 'facts' | 'threads' | 'log' | 'openUri' | 'listUri'>,
): Promise<TextSource> {
  const { facts, threads, log } = context
  const { model, ...options } = encoderOf(facts)
  const files = openEncoderFolder(model, context)
  const encoder = await loadEncoder(files, { ...options, threads, log })
  const shared = {
    width: encoder.width,
    about: encoder.about,
    embed: (captions: readonly string[]) => encoder.embed(captions),
    close: () => encoder.close(),
  }
  if (await isStatic(files)) {
    const { text, tokenizer, max_tokens } = await readStaticText(files)
    const { pad } = await loadTokenizer(files, 'tokenizer.json', {})
    return {
      ...shared,
      tokenizer,
      preparation: {
        context_length: Math.min(max_tokens, options.max_tokens ?? max_tokens),
        pad_id: pad,
        lowercase: false,
        fixed_length: false,
      },
      tower: async (whitening) => encodeStaticText(text, whitening),
    }
  }
  const transformer = await readTransformerText(files, options)
  return {
    ...shared,
    tokenizer: transformer.tokenizer,
    preparation: transformer.preparation,
    tower: transformer.tower,
  }
}
