import { neutralTemplate, overTemplates } from '../../ensemble/over-templates.js'
import { openEncoderFolder } from '../../io/encoder-files.js'
import { openEncoder } from '../../math/encoder/open.js'
import { encoderOf } from '../facts.js'
import { embedBundleTexts, type Bundle } from './bundle.js'
import type { SetDefinition } from '../../artefacts/evaluation-set.js'
import type { Context } from './tasks.js'

export interface TextVectors {
  /** One matrix per distinct text tower. */
  readonly files: readonly Float32Array[]
  readonly text_of: { readonly [model: string]: number }
  readonly routing: Float32Array
  readonly neutral: Float32Array
}

/**
 * A class vector is the normalised mean of the normalised vectors of the filled templates (MoDE, as in CLIP).
 * Models use their own text towers; routing uses the run's caption encoder, because it compares with the
 * centres.
 */
export async function makeTextVectors(
  context: Context<'features'>,
  bundles: readonly Bundle[],
  texts: readonly string[],
  { type, templates, routing_templates }: SetDefinition,
): Promise<TextVectors> {
  const own = type === 'retrieval' ? ['{}'] : (templates ?? ['{}'])
  const files: Float32Array[] = []
  const digests = new Map<string, number>()
  const text_of: { [model: string]: number } = {}
  for (const bundle of bundles) {
    let file = digests.get(bundle.text_digest)
    if (file === undefined) {
      file =
        files.push(
          await overTemplates(texts, own, (filled) => embedBundleTexts(bundle, filled, context.threads)),
        ) - 1
      digests.set(bundle.text_digest, file)
    }
    text_of[bundle.model] = file
  }
  const { model, ...options } = encoderOf(context.facts)
  const encoder = await openEncoder(model, (folder) => openEncoderFolder(folder, context), {
    ...options,
    threads: context.threads,
    log: context.log,
  })
  const embed = async (filled: readonly string[]) => (await encoder.embed(filled)).vectors
  const routing = await overTemplates(texts, routing_templates ?? own, embed)
  const neutral = type === 'retrieval' ? routing : await overTemplates(texts, [neutralTemplate], embed)
  await encoder.close()
  return { files, text_of, routing, neutral }
}
