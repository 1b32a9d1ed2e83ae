import type { InvalidReason } from './encoder.js'

/**
 * Writes vector / ‖vector‖ to `out` from index `at`. If the vector cannot be normalised, writes nothing and
 * returns the reason.
 */
export function normaliseInto(
  vector: Float64Array,
  out: Float32Array,
  at: number,
): InvalidReason | undefined {
  let squares = 0
  for (let j = 0; j < vector.length; j++) squares += (vector[j] as number) * (vector[j] as number)
  if (!Number.isFinite(squares)) return 'vector_not_finite'
  if (squares === 0) return 'vector_zero'
  const scale = 1 / Math.sqrt(squares)
  for (let j = 0; j < vector.length; j++) out[at + j] = (vector[j] as number) * scale
  return undefined
}
