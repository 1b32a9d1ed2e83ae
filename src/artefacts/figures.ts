import { number, object, type Shape } from '../core/shape.js'
import type { Balance } from '../math/quality/balance.js'
import type { Quantiles } from '../math/quality/quantiles.js'

export type { Balance, Quantiles }

/** Shapes of figures that several documents share. */

export const quantiles: Shape<Quantiles> = object({
  p01: number,
  p05: number,
  p25: number,
  p50: number,
  p75: number,
  p95: number,
  p99: number,
})

export const balance: Shape<Balance> = object({
  clusters: number,
  empty: number,
  min: number,
  median: number,
  max: number,
  mean: number,
  gini: number,
  max_over_mean: number,
})
