import { list, number, object, type Shape } from '../core/shape.js'
import { readJsonOf, type Files } from '../io/read-whole.js'
import { putCompact, type Puts } from './document.js'

/** `tree.json`: what the draw of every split goes by. */
export interface CurationTree {
  readonly rows: number
  readonly target: number
  /** Cluster of the level above, by level and cluster; the fine ones first. */
  readonly parents: readonly (readonly number[])[]
  /** Rows of every fine cluster, and the share of them that is kept. */
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

export function writeCurationTree(out: Puts, document: CurationTree): Promise<void> {
  return putCompact(out, curationTreeName, document)
}

export async function readCurationTree(files: Files): Promise<CurationTree> {
  return readJsonOf(files, curationTreeName, curationTree)
}
