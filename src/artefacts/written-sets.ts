import { list, map, number, object, optional, text, type Shape } from '../core/shape.js'
import { putPretty, type Puts } from './document.js'
import { readOrRecall, type Recorded } from './recorded.js'

/** `sets.json` of a group of shards: what the catalogue sums up of each training set, by its folder. */
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

export function writeWrittenSets(out: Puts, document: WrittenSets): Promise<void> {
  return putPretty(out, writtenSetsName, document)
}

export function readWrittenSets(artefact: Recorded): Promise<WrittenSets> {
  return readOrRecall(artefact, writtenSetsName, writtenSets, ({ sets }) => sets ?? {})
}
