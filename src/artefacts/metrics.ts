import { nullable, number, object, optional, type Shape } from '../core/shape.js'
import { readJsonOf, type Files } from '../io/read-whole.js'
import { putPretty, type DocumentSink } from './document.js'

/** Figures of a linear map on rows that it was not fitted to. */
export interface Validation {
  readonly rows: number
  /** Mean cosine between predicted and true text vector. */
  readonly cosine: number
  /**
   * Mean reciprocal rank of a right caption among the distinct ones, and of a right image for a caption,
   * averaged.
   */
  readonly reciprocal_rank: number
}

/** `metrics.json` of a bundle from the adapter engine. */
export interface AdapterMetrics {
  readonly version: 1
  /** How far an expert was shrunk towards the dense solution: 0 not at all; null if it does not apply. */
  readonly shrinkage: number | null
  /** Mean cosine on own validation rows by shrinkage. */
  readonly tried: { readonly [shrinkage: string]: number }
  /** On all rows of the validation split, and on those of the model's own kind. */
  readonly validation: { readonly all: Validation; readonly own: Validation }
}

/** The members that other stages read. A trainer may write anything else, and omit all of these. */
export interface Metrics {
  readonly shrinkage?: number | null | undefined
  readonly validation?: { readonly all?: SomeValidation | null | undefined } | null | undefined
}

type SomeValidation = { readonly [name in keyof Validation]?: number | undefined }

const validation: Shape<SomeValidation> = object({
  rows: optional(number),
  cosine: optional(number),
  reciprocal_rank: optional(number),
})

export const metrics: Shape<Metrics> = object({
  shrinkage: optional(nullable(number)),
  validation: optional(nullable(object({ all: optional(nullable(validation)) }))),
})

export const metricsName = 'metrics.json'

export function writeMetrics(out: DocumentSink, document: AdapterMetrics): Promise<void> {
  return putPretty(out, metricsName, document)
}

export async function readMetrics(files: Files): Promise<Metrics> {
  return readJsonOf(files, metricsName, metrics)
}
