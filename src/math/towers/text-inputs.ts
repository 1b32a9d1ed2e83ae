import type { CaptionTokenizer } from '../encoder/tokenizer/tokenizer.js'
import type { Session, Tensor } from '../session.js'

/** Ids of a text with its special tokens, at most `limit`. */
export function idsOf(tokenizer: CaptionTokenizer, text: string, limit: number): number[] {
  const { before, after } = tokenizer
  return [...before, ...tokenizer.encode(text, Math.max(0, limit - before.length - after.length)), ...after]
}

/**
 * Returns the inputs of a text graph: `input_ids` and, if it has that input, `attention_mask`, int64 [rows,
 * length]. There are always two rows or more, since a single row uses other kernels; with one text, the
 * caller ignores the second row.
 */
export function textInputs(
  session: Session,
  ids: readonly (readonly number[])[],
  length: number,
  pad: number,
): { [input: string]: Tensor } {
  const rows = Math.max(2, ids.length)
  const tokens = new BigInt64Array(rows * length).fill(BigInt(pad))
  const mask = new BigInt64Array(rows * length)
  ids.forEach((list, row) =>
    list.forEach((id, at) => {
      tokens[row * length + at] = BigInt(id)
      mask[row * length + at] = 1n
    }),
  )
  const dims = [rows, length]
  const feeds = {
    input_ids: { type: 'int64', data: tokens, dims },
    attention_mask: { type: 'int64', data: mask, dims },
  } as const
  return Object.fromEntries(Object.entries(feeds).filter(([name]) => session.inputs.includes(name)))
}
