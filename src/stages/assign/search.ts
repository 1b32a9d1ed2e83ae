export type ResolvedSearch = 'exact' | 'int8' | 'cells' | 'hnsw'

/** Cells are faster from this many fine centres on, up to this required recall. See docs/decisions/0161. */
export const cellCentres = 32768
export const cellRecall = 0.99
/**
 * Each task builds its own cells, which costs as much as comparing this many rows exactly, times the square
 * root of the number of centres.
 */
export const cellRowsPerRoot = 100

export interface SearchSizes {
  readonly centres: number
  /** Rows of the split. Unknown for a tar before it is read; assumed to be enough. */
  readonly rows?: number | undefined
  readonly min_recall: number
}

/**
 * Resolves `search: auto` from numbers that are known at planning time, so that no timing ever decides a
 * byte. The width of the vectors scales the cost of every search alike and cancels out.
 */
export function searchFor({ centres, rows = Infinity, min_recall }: SearchSizes): ResolvedSearch {
  return centres >= cellCentres && min_recall <= cellRecall && rows >= cellRowsPerRoot * Math.sqrt(centres)
    ? 'cells'
    : 'exact'
}
