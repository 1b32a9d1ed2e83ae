import { map, number, object, type Shape } from '../core/shape.js'
import { readJsonOf, type Files } from '../io/read-whole.js'
import { putPretty, type DocumentSink } from './document.js'

/** `sizes.json` of the catalogue: totals of every training set, by its folder (`expert-00`, `holdout`). */
export type Sizes = { readonly [set: string]: SetSize }

export interface SetSize {
  /** Pairs of the set's own clusters, and out-of-cluster copies. */
  readonly own: number
  readonly ooc: number
  readonly bytes: number
  readonly shards: number
}

export const sizes: Shape<Sizes> = map(
  object<SetSize>({ own: number, ooc: number, bytes: number, shards: number }),
)

export const sizesName = 'sizes.json'

export function writeSizes(out: DocumentSink, document: Sizes): Promise<void> {
  return putPretty(out, sizesName, document)
}

export async function readSizes(files: Files): Promise<Sizes> {
  return readJsonOf(files, sizesName, sizes)
}
