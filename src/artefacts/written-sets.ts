import { list, map, number, object, optional, text, type Shape } from '../core/shape.js'
import { putPretty, type DocumentSink } from './document.js'
import { readOrReconstruct, type Recorded } from './recorded.js'

/** `sets.json` of a group of shards: counts per training set, by its folder, which the catalogue sums up. */
export type WrittenSets = { readonly [folder: string]: WrittenSet }

export interface WrittenSet {
  readonly own: number
  readonly ooc: number
  /** Extensions of the images. */
  readonly formats?: readonly string[] | undefined
}

export const writtenSets: Shape<WrittenSets> = map(
  object<WrittenSet>({ own: number, ooc: number, formats: optional(list(text)) }),
)

export const writtenSetsName = 'sets.json'

export function saveSetSummary(out: DocumentSink, document: WrittenSets): Promise<void> {
  return putPretty(out, writtenSetsName, document)
}

export function readWrittenSets(artefact: Recorded): Promise<WrittenSets> {
  return readOrReconstruct(artefact, writtenSetsName, writtenSets, ({ sets }) => sets ?? {})
}
