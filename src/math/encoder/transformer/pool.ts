import type { PoolingMode } from './pooling-config.js'

/**
 * Pools the token states of one row (`states`: float32 [tokens, width] from index `at`, without padding) to
 * one vector per mode, concatenated. Sums are in float64, in token order.
 */
export function poolTokens(
  states: Float32Array,
  at: number,
  tokens: number,
  width: number,
  modes: readonly PoolingMode[],
  out: Float64Array,
): void {
  modes.forEach((mode, part) =>
    pool(states, at, tokens, width, mode, out.subarray(part * width, (part + 1) * width)),
  )
}

function pool(
  states: Float32Array,
  at: number,
  tokens: number,
  width: number,
  mode: PoolingMode,
  out: Float64Array,
): void {
  switch (mode) {
    case 'cls':
      return copy(states, at, out)
    case 'lasttoken':
      return copy(states, at + (tokens - 1) * width, out)
    case 'max':
      out.fill(-Infinity)
      for (let t = 0; t < tokens; t++)
        for (let j = 0; j < width; j++)
          out[j] = Math.max(out[j] as number, states[at + t * width + j] as number)
      return
    default: {
      out.fill(0)
      let weights = 0
      for (let t = 0; t < tokens; t++) {
        const weight = mode === 'weightedmean' ? t + 1 : 1
        weights += weight
        const from = at + t * width
        for (let j = 0; j < width; j++) out[j] = (out[j] as number) + weight * (states[from + j] as number)
      }
      const divisor = mode === 'mean_sqrt_len_tokens' ? Math.sqrt(weights) : weights
      for (let j = 0; j < width; j++) out[j] = (out[j] as number) / divisor
    }
  }
}

function copy(states: Float32Array, at: number, out: Float64Array): void {
  for (let j = 0; j < out.length; j++) out[j] = states[at + j] as number
}
