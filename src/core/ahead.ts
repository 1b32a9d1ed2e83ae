/**
 * Prefetches `count` items that are requested in order from the first: returning one starts fetching the
 * next, unless `prefetchAfter` returns false for the item just fetched.
 */
export function ahead<T>(
  fetch: (at: number) => Promise<T>,
  count: number,
  prefetchAfter: (fetched: T) => boolean = () => true,
): (at: number) => Promise<T> {
  let next: Promise<T> | undefined
  return async (at) => {
    const fetched = await (next ?? fetch(at))
    next = at + 1 < count && prefetchAfter(fetched) ? fetch(at + 1) : undefined
    // A caller that stops early never awaits this, and its failure must not be unhandled.
    next?.catch(() => {})
    return fetched
  }
}
