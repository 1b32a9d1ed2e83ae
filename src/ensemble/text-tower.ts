import type { TextPreparation } from '../artefacts/preparation.js'
import type { CaptionTokenizer } from '../math/encoder/tokenizer/tokenizer.js'
import type { Session } from '../math/session.js'
import { idsOf, textInputs } from '../math/towers/text-inputs.js'

export interface TextTower {
  readonly session: Session
  readonly tokenizer: CaptionTokenizer
  readonly preparation: TextPreparation
  readonly width: number
}

const batch = 64

/** Unit vectors [texts, width]; undefined if the graph returns another width. */
export async function embedTexts(
  { session, tokenizer, preparation, width }: TextTower,
  texts: readonly string[],
): Promise<Float32Array | undefined> {
  const { context_length: maxLength, fixed_length: fixed, pad_id: pad } = preparation
  const ids = texts.map((value) => idsOf(tokenizer, value, maxLength))
  const vectors = new Float32Array(texts.length * width)
  // Texts of equal length are batched together, so that padding decides nothing and short texts do not wait
  // for long ones.
  const order = ids.map((_, index) => index).sort((a, b) => ids[a]!.length - ids[b]!.length || a - b)
  for (let start = 0; start < order.length;) {
    const length = ids[order[start]!]!.length
    let end = start
    while (end < order.length && end - start < batch && ids[order[end]!]!.length === length) end++
    const rows = order.slice(start, end)
    const { values, found } = await run(
      session,
      rows.map((row) => ids[row]!),
      fixed ? maxLength : Math.max(1, length),
      pad,
    )
    if (found !== width) return undefined
    rows.forEach((row, index) =>
      vectors.set(values.subarray(index * width, (index + 1) * width), row * width),
    )
    start = end
  }
  return vectors
}

async function run(
  session: Session,
  ids: readonly (readonly number[])[],
  length: number,
  pad: number,
): Promise<{ readonly values: Float32Array; readonly found: number | undefined }> {
  const { text_embedding: out } = await session.run(textInputs(session, ids, length, pad), ['text_embedding'])
  return { values: out!.data as Float32Array, found: out!.dims[1] }
}
