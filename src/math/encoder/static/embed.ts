import type { Embedding, InvalidReason, Watch } from '../encoder.js'
import { normaliseInto } from '../unit-vector.js'
import type { CaptionTokenizer } from '../tokenizer/tokenizer.js'

export interface StaticModel {
  readonly tokenizer: CaptionTokenizer
  /** float32 [rows, width], multiplied by the token weights. */
  readonly table: Float32Array
  readonly rows: number
  readonly width: number
  /** Id of the token that the mean ignores. */
  readonly dropped: number | undefined
  readonly max_tokens: number | undefined
  readonly max_characters: number | undefined
}

/**
 * L2-normalised mean of the tokens' vectors, summed in float64 in token order. The mean's division is left
 * out, since normalisation would undo it.
 */
export function embedStatic(model: StaticModel, captions: readonly string[], watch: Watch = {}): Embedding {
  const { width, tokenizer, dropped, max_tokens } = model
  const vectors = new Float32Array(captions.length * width)
  const invalid: { index: number; reason: InvalidReason }[] = []
  const sum = new Float64Array(width)
  watch.signal?.throwIfAborted()
  for (let row = 0; row < captions.length; row++) {
    const ids = tokenizer.encode(cut(captions[row] as string, model.max_characters), max_tokens)
    const known = dropped === undefined ? ids : without(ids, dropped)
    sum.fill(0)
    sumRows(model.table, width, known, sum)
    const reason = known.length === 0 ? 'no_known_token' : normaliseInto(sum, vectors, row * width)
    if (reason) invalid.push({ index: row, reason })
  }
  return { vectors, invalid }
}

/**
 * Adds four rows per pass: the same additions in the same order as one row per pass, but `sum` is loaded and
 * stored a quarter as often.
 */
function sumRows(table: Float32Array, width: number, ids: ArrayLike<number>, sum: Float64Array): void {
  const fours = ids.length - (ids.length % 4)
  for (let i = 0; i < fours; i += 4) {
    addFour(
      table,
      width,
      (ids[i] as number) * width,
      (ids[i + 1] as number) * width,
      (ids[i + 2] as number) * width,
      (ids[i + 3] as number) * width,
      sum,
    )
  }
  for (let i = fours; i < ids.length; i++) addOne(table, width, (ids[i] as number) * width, sum)
}

function addFour(
  table: Float32Array,
  width: number,
  a: number,
  b: number,
  c: number,
  d: number,
  sum: Float64Array,
): void {
  for (let j = 0; j < width; j++) {
    sum[j] =
      (sum[j] as number) +
      (table[a + j] as number) +
      (table[b + j] as number) +
      (table[c + j] as number) +
      (table[d + j] as number)
  }
}

function addOne(table: Float32Array, width: number, a: number, sum: Float64Array): void {
  for (let j = 0; j < width; j++) sum[j] = (sum[j] as number) + (table[a + j] as number)
}

function without(ids: ArrayLike<number>, dropped: number): ArrayLike<number> {
  for (let i = 0; i < ids.length; i++)
    if (ids[i] === dropped) return Array.from(ids).filter((id) => id !== dropped)
  return ids
}

/** The first `limit` code points. */
function cut(text: string, limit: number | undefined): string {
  if (limit === undefined || text.length <= limit) return text
  let end = 0
  for (let count = 0; count < limit && end < text.length; count++)
    end += (text.codePointAt(end) as number) > 0xffff ? 2 : 1
  return text.slice(0, end)
}
