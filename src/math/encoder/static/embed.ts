import type { Embedding, InvalidReason } from '../encoder.js'
import type { CaptionTokenizer } from '../tokenizer/tokenizer.js'

export interface StaticModel {
  readonly tokenizer: CaptionTokenizer
  /** float32 [rows, width], token weights multiplied in. */
  readonly table: Float32Array
  readonly rows: number
  readonly width: number
  /** Token id that is left out of the mean. */
  readonly dropped: number | undefined
  readonly max_tokens: number | undefined
  readonly max_characters: number | undefined
}

/** Mean of the tokens' vectors, accumulated in float64 in token order, then L2-normalised. */
export function embedStatic(model: StaticModel, captions: readonly string[]): Embedding {
  const { table, width, tokenizer, dropped } = model
  const vectors = new Float32Array(captions.length * width)
  const invalid: { index: number; reason: InvalidReason }[] = []
  const sum = new Float64Array(width)
  for (let row = 0; row < captions.length; row++) {
    const text = cut(captions[row] as string, model.max_characters)
    const ids = tokenizer.encode(text, model.max_tokens)
    sum.fill(0)
    let known = 0
    for (const id of ids) {
      if (id === dropped) continue
      known++
      const from = id * width
      for (let j = 0; j < width; j++) sum[j] = (sum[j] as number) + (table[from + j] as number)
    }
    const reason = known === 0 ? 'no_known_token' : normaliseInto(sum, vectors, row * width)
    if (reason) invalid.push({ index: row, reason })
  }
  return { vectors, invalid }
}

/** The mean's division by the count is left out: normalising undoes it. */
function normaliseInto(sum: Float64Array, out: Float32Array, at: number): InvalidReason | undefined {
  let squares = 0
  for (let j = 0; j < sum.length; j++) squares += (sum[j] as number) * (sum[j] as number)
  if (!Number.isFinite(squares)) return 'vector_not_finite'
  if (squares === 0) return 'vector_zero'
  const scale = 1 / Math.sqrt(squares)
  for (let j = 0; j < sum.length; j++) out[at + j] = (sum[j] as number) * scale
  return undefined
}

/** The first `limit` code points. */
function cut(text: string, limit: number | undefined): string {
  if (limit === undefined || text.length <= limit) return text
  let end = 0
  for (let count = 0; count < limit && end < text.length; count++) end += (text.codePointAt(end) as number) > 0xffff ? 2 : 1
  return text.slice(0, end)
}
