import { normaliseRows } from '../math/ridge/whiten.js'

/** A template that shows whether routing follows the meaning of names or their form. */
export const neutralTemplate = 'a photo of a {}.'

/** `a photo of a {}` with a name in it; CLIP_benchmark writes `{c}`. */
export function fill(template: string, name: string): string {
  return template.replaceAll('{c}', name).replaceAll('{}', name)
}

/**
 * A class vector is the normalised mean over the templates of the normalised vectors of the filled templates
 * (MoDE, as in CLIP).
 */
export async function overTemplates(
  texts: readonly string[],
  templates: readonly string[],
  embed: (filled: readonly string[]) => Promise<Float32Array>,
): Promise<Float32Array> {
  let sum: Float32Array | undefined
  for (const template of templates) {
    const vectors = await embed(texts.map((text) => fill(template, text)))
    if (sum) for (let i = 0; i < vectors.length; i++) sum[i]! += vectors[i]!
    else sum = vectors.slice()
  }
  const vectors = sum ?? new Float32Array(0)
  return texts.length === 0 ? vectors : normaliseRows(vectors, vectors.length / texts.length)
}
