/**
 * Returns the largest value, or `whenEmpty` if there is none. `Math.max(...values)` throws a RangeError above
 * about 120,000 values, because each is an argument on the stack. NaN if any value is NaN.
 */
export function maxOf(values: Iterable<number>, whenEmpty: number): number {
  return extremeOf(values, Math.max, whenEmpty)
}

/** Returns the smallest value, or `whenEmpty` if there is none. NaN if any value is NaN. */
export function minOf(values: Iterable<number>, whenEmpty: number): number {
  return extremeOf(values, Math.min, whenEmpty)
}

/** Appends `items` to `list`. `list.push(...items)` would throw a RangeError for long arrays. */
export function append<T>(list: T[], items: Iterable<T>): void {
  for (const item of items) list.push(item)
}

function extremeOf(
  values: Iterable<number>,
  choose: (a: number, b: number) => number,
  whenEmpty: number,
): number {
  let found: number | undefined
  for (const value of values) found = found === undefined ? value : choose(found, value)
  return found ?? whenEmpty
}
