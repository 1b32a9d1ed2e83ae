/** Above this many fine centres a graph search can win over comparing with all of them. See docs/decisions/0161. */
export const hnswCentres = 32768
/** Each task builds its own graph, which costs as much as searching this many rows per thousand centres exactly. */
export const hnswRowsPerThousandCentres = 4000

/** What `search: auto` means: a rule of the sizes alone, so that no measurement of time ever decides a byte. */
export function searchFor({ centres, rows }: { readonly centres: number; readonly rows: number }): 'exact' | 'hnsw' {
  return centres >= hnswCentres && rows >= (centres / 1000) * hnswRowsPerThousandCentres ? 'hnsw' : 'exact'
}
