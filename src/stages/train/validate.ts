import type { Validation } from '../../artefacts/metrics.js'
import type { Gemm } from '../../math/gemm/gemm.js'
import { bestRank } from '../../metrics/rank.js'
import { gather } from '../../math/ridge/moments.js'
import { normaliseRows } from '../../math/ridge/whiten.js'
import type { FeatureSet } from './feature-set.js'

/** Maximum number of rows that retrieval is measured on. */
const retrievalRows = 2000

export async function meanCosine(
  set: FeatureSet,
  weights: Float32Array,
  rows: readonly number[],
  gemm: Gemm,
): Promise<number> {
  if (rows.length === 0) return 0
  const { predicted, targets } = await predict(set, weights, rows, gemm)
  let sum = 0
  for (let i = 0; i < predicted.length; i++) sum += predicted[i]! * targets[i]!
  return sum / rows.length
}

export async function validate(
  set: FeatureSet,
  weights: Float32Array,
  rows: readonly number[],
  gemm: Gemm,
): Promise<Validation> {
  const cosine = await meanCosine(set, weights, rows, gemm)
  const used = rows.slice(0, retrievalRows)
  if (used.length === 0) return { rows: 0, cosine, reciprocal_rank: 0 }
  const { predicted, targets } = await predict(set, weights, used, gemm)
  const captions = [...new Set(used.map((row) => set.about.caption[row]!))]
  const first = captions.map((caption) => used.findIndex((row) => set.about.caption[row] === caption))
  const texts = gather(targets, set.target_width, first)
  const m = used.length
  const n = captions.length
  const toText = await gemm.multiply(predicted, texts, { m, k: set.target_width, n, transpose_b: true })
  const toImage = await gemm.multiply(texts, predicted, {
    m: n,
    k: set.target_width,
    n: m,
    transpose_b: true,
  })
  let sum = 0
  used.forEach(
    (row, index) =>
      (sum += 1 / (1 + bestRank(toText, index * n, n, [captions.indexOf(set.about.caption[row]!)])) / m),
  )
  captions.forEach((caption, index) => {
    const positives = used.flatMap((row, at) => (set.about.caption[row] === caption ? [at] : []))
    sum += 1 / (1 + bestRank(toImage, index * m, m, positives)) / n
  })
  return { rows: rows.length, cosine, reciprocal_rank: sum / 2 }
}

async function predict(set: FeatureSet, weights: Float32Array, rows: readonly number[], gemm: Gemm) {
  const features = gather(set.features, set.width, rows)
  const predicted = await gemm.multiply(features, weights, {
    m: rows.length,
    k: set.width,
    n: set.target_width,
  })
  return {
    predicted: normaliseRows(predicted, set.target_width),
    targets: gather(set.targets, set.target_width, rows),
  }
}
