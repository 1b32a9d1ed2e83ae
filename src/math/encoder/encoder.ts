import type { Logger } from '../../core/log.js'
import type { Runtime } from '../session.js'

/**
 * Embeds captions as unit vectors. A row's vector depends on that caption alone, never on the others in its
 * batch.
 */
export interface Encoder {
  readonly width: number
  /** One line for records: the model and its runtime. */
  readonly about: string
  /**
   * Recommended number of captions per call: enough of equal length to fill batches. Does not affect the
   * vectors.
   */
  readonly comfortable_rows: number
  /** Vectors are [captions, width], L2-normalised; an invalid caption's row is zero. */
  embed(captions: readonly string[], watch?: Watch): Promise<Embedding>
  close(): Promise<void>
}

export interface Watch {
  /** Checked between batches; its reason is thrown. */
  readonly signal?: AbortSignal | undefined
  progress?(captions_done: number): void
}

export interface Embedding {
  readonly vectors: Float32Array
  /** In ascending order of `index`. Reasons are lower snake case: `no_known_token`, `vector_not_finite`. */
  readonly invalid: readonly { readonly index: number; readonly reason: InvalidReason }[]
}

export type InvalidReason = 'no_known_token' | 'vector_not_finite' | 'vector_zero'

/** The files of an encoder: of a local folder, an S3 prefix or a snapshot in the Hugging Face cache. */
export interface EncoderFiles {
  /** Path or URI, for messages. */
  readonly place: string
  /** Names relative to the folder, `/`-separated. */
  list(): Promise<string[]>
  read(name: string): Promise<Uint8Array>
  /**
   * The file's local path, if it has one: graphs with external weight files can only be loaded from a path.
   */
  path?(name: string): string | undefined
}

export type Pooling = 'auto' | 'mean' | 'cls' | 'pooler' | 'sentence'
export type Precision = 'float32' | 'float16' | 'int8'

export interface EncoderOptions {
  readonly pooling?: Pooling | undefined
  /** Which of the folder's graphs to run. */
  readonly precision?: Precision | undefined
  /** Captions are truncated to this many tokens (with special tokens), and to the limit of the model. */
  readonly max_tokens?: number | undefined
  readonly runtime?: Runtime | undefined
  readonly device?: 'cpu' | 'cuda' | undefined
  readonly threads?: number | undefined
  readonly log?: Logger | undefined
}
