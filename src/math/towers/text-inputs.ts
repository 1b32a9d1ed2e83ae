import type { CaptionTokenizer } from '../encoder/tokenizer/tokenizer.js'
import type { Session, Tensor } from '../session.js'

/** Ids of a text with its special tokens, `limit` at most. */
export function idsOf(tokenizer: CaptionTokenizer, text: string, limit: number): number[] {
  const { before, after } = tokenizer
  return [...before, ...tokenizer.encode(text, Math.max(0, limit - before.length - after.length)), ...after]
}

/**
 * What a text graph is fed: `input_ids` and, if it asks for it, `attention_mask`, int64 [rows, length]. One
 * row alone would take other kernels than many, so there are always two; the second is to be passed over.
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
