import pLimit from 'p-limit'

/**
 * Maps with at most `limit` concurrent calls. Results keep the order of `items`; the first failure rejects.
 */
export async function mapConcurrently<T, R>(
  items: readonly T[],
  limit: number,
  map: (item: T, index: number) => Promise<R>,
): Promise<R[]> {
  const slot = pLimit(limit)
  try {
    return await Promise.all(items.map((item, index) => slot(() => map(item, index))))
  } catch (error) {
    slot.clearQueue()
    throw error
  }
}
