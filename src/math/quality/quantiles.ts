export const quantileNames = {
  p01: 0.01,
  p05: 0.05,
  p25: 0.25,
  p50: 0.5,
  p75: 0.75,
  p95: 0.95,
  p99: 0.99,
} as const
export type Quantiles = { readonly [name in keyof typeof quantileNames]: number }

/** Quantiles, interpolated linearly between order statistics (type 7, as in numpy); undefined if empty. */
export function quantilesOf(values: Float32Array): Quantiles | undefined {
  if (values.length === 0) return undefined
  const sorted = values.toSorted()
  const at = (share: number) => {
    const position = share * (sorted.length - 1)
    const low = Math.floor(position)
    const high = Math.min(low + 1, sorted.length - 1)
    return sorted[low]! + (position - low) * (sorted[high]! - sorted[low]!)
  }
  return Object.fromEntries(
    Object.entries(quantileNames).map(([name, share]) => [name, at(share)]),
  ) as unknown as Quantiles
}
