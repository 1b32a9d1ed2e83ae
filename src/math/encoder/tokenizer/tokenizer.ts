/** Converts text to token ids, as Python's `tokenizers` does with the same tokenizer.json. */
export interface CaptionTokenizer {
  /** Number of ids: one more than the largest. */
  readonly vocabulary: number
  readonly unknown: number | undefined
  readonly pad: number
  /** Special tokens before and after a single text. */
  readonly before: readonly number[]
  readonly after: readonly number[]
  /**
   * Ids without `before` and `after`, truncated to `limit`. The list is only valid until the next call.
   */
  encode(text: string, limit?: number): ArrayLike<number> & Iterable<number>
  /** Median length of the vocabulary's tokens in code points, rounded down. */
  medianTokenLength(): number
}
