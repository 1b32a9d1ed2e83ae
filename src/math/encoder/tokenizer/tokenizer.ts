/** Text to token ids, the same as from Python's `tokenizers` with the same tokenizer.json. */
export interface CaptionTokenizer {
  /** Number of ids: one more than the largest. */
  readonly vocabulary: number
  readonly unknown: number | undefined
  readonly pad: number
  /** Ids that the post-processor puts before and after a single text. */
  readonly before: readonly number[]
  readonly after: readonly number[]
  /**
   * Ids without `before` and `after`, cut after `limit`. The list is reused: it is valid until the next call.
   */
  encode(text: string, limit?: number): ArrayLike<number> & Iterable<number>
  /** Median length of the vocabulary's tokens in code points, rounded down. */
  medianTokenLength(): number
}
