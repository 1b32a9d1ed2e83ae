import { list, number, object, type Shape } from '../core/shape.js'
import { readJsonOf, type Files } from '../io/read-whole.js'
import { putCompact, type DocumentSink } from './document.js'

/** `tree.json`: the quotas by which the rows of every split are drawn. */
export interface CurationTree {
  readonly rows: number
  readonly target: number
  /** Parent cluster, by level and cluster, starting with the fine ones. */
  readonly parents: readonly (readonly number[])[]
  /** Rows of each fine cluster, and the share of them to keep. */
  readonly fine_rows: readonly number[]
  readonly keep: readonly number[]
}

const numbers = list(number)

export const curationTree: Shape<CurationTree> = object({
  rows: number,
  target: number,
  parents: list(numbers),
  fine_rows: numbers,
  keep: numbers,
})

export const curationTreeName = 'tree.json'

export function writeCurationTree(out: DocumentSink, document: CurationTree): Promise<void> {
  return putCompact(out, curationTreeName, document)
}

export async function readCurationTree(files: Files): Promise<CurationTree> {
  return readJsonOf(files, curationTreeName, curationTree)
}
