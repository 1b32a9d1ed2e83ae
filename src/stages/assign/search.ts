export type ResolvedSearch = 'exact' | 'int8' | 'cells' | 'hnsw'

/**
 * From this many fine centres on, and where so little may be asked of it, looking at a part of them pays. See
 * docs/decisions/0161.
 */
export const cellCentres = 32768
export const cellRecall = 0.99
/**
 * Each task makes its own cells, at the cost of comparing this many rows exactly, times the square root of
 * the number of centres.
 */
export const cellRowsPerRoot = 100

export interface SearchSizes {
  readonly centres: number
  /** Of the split; a tar's are not known before reading and count as enough. */
  readonly rows?: number | undefined
  readonly min_recall: number
}

/**
 * What `search: auto` means: a rule of numbers that are known when planning, so that no measurement of time
 * ever decides a byte. The width of the vectors makes every search dearer alike and cancels out.
 */
export function searchFor({ centres, rows = Infinity, min_recall }: SearchSizes): ResolvedSearch {
  return centres >= cellCentres && min_recall <= cellRecall && rows >= cellRowsPerRoot * Math.sqrt(centres)
    ? 'cells'
    : 'exact'
}
