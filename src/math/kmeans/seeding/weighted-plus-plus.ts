import type { Random } from '../../../core/random.js'
import type { Gemm } from '../../gemm/gemm.js'
import type { Matrix } from '../../matrix.js'
import { squaredDistances, smallestWeight, type WeightedPoints } from '../lloyd/weighted.js'
import { drawWeighted } from './draw.js'

/**
 * k-means++ (Arthur and Vassilvitskii 2007) over weighted points: each next centre is a point, drawn in
 * proportion to its weight times its squared distance to the centres drawn so far.
 */
export async function weightedPlusPlus(
  items: WeightedPoints,
  count: number,
  random: Random,
  gemm: Gemm,
): Promise<Matrix> {
  const { points, weights } = items
  const { rows, width } = points
  const centres = { rows: count, width, data: new Float32Array(count * width) }
  // Points without weight are drawn only where nothing else is left.
  const mass = weights.map((weight) => weight + smallestWeight)
  const nearest = new Float64Array(rows).fill(Infinity)
  for (let at = 0; at < count; at++) {
    const chosen = drawWeighted(mass, random)
    const data = points.data.slice(chosen * width, (chosen + 1) * width)
    centres.data.set(data, at * width)
    const squared = await squaredDistances(items, { rows: 1, width, data }, gemm)
    for (let i = 0; i < rows; i++) {
      nearest[i] = Math.min(nearest[i]!, squared[i]!)
      mass[i] = (weights[i]! + smallestWeight) * nearest[i]!
    }
    mass[chosen] = 0
  }
  return centres
}
