import type { Logger } from '../../core/log.js'
import type { Runtime } from '../session.js'

/**
 * Turns captions into unit vectors. A row's vector is a function of that caption alone, never of its
 * neighbours.
 */
export interface Encoder {
  readonly width: number
  /** One line for records: what was loaded and what runs it. */
  readonly about: string
  /**
   * How many captions it likes at once: enough of equal length to fill its batches. Has no influence on any
   * vector.
   */
  readonly comfortable_rows: number
  /** Vectors are [captions, width], L2-normalised; an invalid caption's row is zero. */
  embed(captions: readonly string[], watch?: Watch): Promise<Embedding>
  close(): Promise<void>
}

export interface Watch {
  /** Looked at between batches; its reason is thrown. */
  readonly signal?: AbortSignal | undefined
  progress?(captions_done: number): void
}

export interface Embedding {
  readonly vectors: Float32Array
  /** In rising order of `index`. Reasons are lower snake case: `no_known_token`, `vector_not_finite`. */
  readonly invalid: readonly { readonly index: number; readonly reason: InvalidReason }[]
}

export type InvalidReason = 'no_known_token' | 'vector_not_finite' | 'vector_zero'

/** The files of an encoder folder: a local folder, an S3 prefix, a snapshot in the Hugging Face cache. */
export interface EncoderFiles {
  /** For messages. */
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
  /** Which of the folder's graphs is run. */
  readonly precision?: Precision | undefined
  /** Captions are cut after this many tokens, special tokens counted; never more than the model takes. */
  readonly max_tokens?: number | undefined
  readonly runtime?: Runtime | undefined
  readonly device?: 'cpu' | 'cuda' | undefined
  readonly threads?: number | undefined
  readonly log?: Logger | undefined
}
