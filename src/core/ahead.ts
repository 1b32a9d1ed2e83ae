/**
 * Fetches `count` things that are asked for one after the other, from the first on: when one is handed out
 * the next is on its way, unless `goOn` says of what was just fetched that it had better wait.
 */
export function ahead<T>(
  fetch: (at: number) => Promise<T>,
  count: number,
  goOn: (fetched: T) => boolean = () => true,
): (at: number) => Promise<T> {
  let next: Promise<T> | undefined
  return async (at) => {
    const fetched = await (next ?? fetch(at))
    next = at + 1 < count && goOn(fetched) ? fetch(at + 1) : undefined
    // Whoever stops here never learns of its failure.
    next?.catch(() => {})
    return fetched
  }
}
