import type { Gemm } from '../gemm/gemm.js'
import { factorise, solve } from './cholesky.js'
import { gather, momentsOf, type Moments, type Pairs } from './moments.js'

/**
 * Ridge regression over all rows: W = (Φᵀ·Φ + λ·I)⁻¹ · Φᵀ·Y, [features, targets]. `lambda` is absolute; for
 * standardised features it should be proportional to the number of rows.
 */
export async function ridge(all: Moments, lambda: number, gemm: Gemm): Promise<Float32Array> {
  return solveFor(all.gram, all.cross, lambda, all, gemm)
}

/**
 * The regression on a part of the rows, shrunk towards the solution W₀ over all rows, in the metric of
 * all rows:
 *
 *     min_W  ‖Φ_c·W − Y_c‖² + ρ · tr (W − W₀)ᵀ·(Φᵀ·Φ + λ·I)·(W − W₀)
 *
 * The solution is W = (G_c + ρ·(G + λ·I))⁻¹ · (B_c + ρ·B): the rows of the part with full weight and all rows
 * with weight ρ. ρ → ∞ yields W₀, ρ → 0 the regression on the part alone.
 */
export async function shrunkRidge(
  part: Moments,
  all: Moments,
  lambda: number,
  rho: number,
  gemm: Gemm,
): Promise<Float32Array> {
  const gram = part.gram.map((value, i) => value + rho * all.gram[i]!)
  const cross = part.cross.map((value, i) => value + rho * all.cross[i]!)
  return solveFor(gram, cross, rho * lambda, all, gemm)
}

/**
 * Ridge regression from rows instead of moments: with fewer rows than features,
 * W = Φᵀ·(Φ·Φᵀ + λ·I)⁻¹·Y is the same and cheaper.
 */
export async function ridgeOfRows(
  pairs: Pairs,
  rows: ArrayLike<number>,
  lambda: number,
  gemm: Gemm,
): Promise<Float32Array> {
  const { width, target_width: targets } = pairs
  const n = rows.length
  if (n >= width) return ridge(await momentsOf(pairs, rows, gemm), lambda, gemm)
  const x = gather(pairs.features, width, rows)
  const kernel = await gemm.multiply(x, x, { m: n, k: width, n, transpose_b: true })
  for (let i = 0; i < n; i++) kernel[i * n + i]! += lambda
  const dual = await solve(
    await factorise(kernel, n, gemm),
    gather(pairs.targets, targets, rows),
    targets,
    gemm,
  )
  return gemm.multiply(x, dual, { m: width, k: n, n: targets, transpose_a: true })
}

async function solveFor(
  gram: Float64Array,
  cross: Float64Array,
  lambda: number,
  { features, targets }: Moments,
  gemm: Gemm,
): Promise<Float32Array> {
  const matrix = Float32Array.from(gram)
  for (let i = 0; i < features; i++) matrix[i * features + i]! += lambda
  return solve(await factorise(matrix, features, gemm), Float32Array.from(cross), targets, gemm)
}
