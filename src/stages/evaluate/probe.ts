import { rowKey, unitOfRow } from '../../core/random.js'
import type { Gemm } from '../../math/gemm/gemm.js'
import { rankOf } from '../../metrics/rank.js'
import { gather } from '../../math/ridge/moments.js'
import { ridgeOfRows } from '../../math/ridge/regression.js'
import type { Matrix } from './set-features.js'

/**
 * A linear classifier on frozen features: least squares on one-of-k targets with a ridge that is chosen on a
 * fifth of the training half, measured on the other half. Returns the rank of the right class for the test
 * rows.
 */
export interface Halves {
  readonly train: readonly number[]
  readonly test: readonly number[]
}

/** Maximum number of rows that are probed: a fit holds all of their features in memory. */
export const maxProbedRows = 10_000

/**
 * Chooses the rows to probe, and the halves as positions among these; by hash of the key, so that nothing
 * depends on the order of the samples.
 */
export function halvesOf(
  keys: readonly string[],
  seed: number,
): { readonly rows: readonly number[]; readonly halves: Halves } {
  const share = maxProbedRows / Math.max(maxProbedRows, keys.length)
  const rows = keys.flatMap((key, row) =>
    share === 1 || unitOfRow(rowKey(seed, 'probed', key), 0) < share ? [row] : [],
  )
  const first = rows.map((row) => unitOfRow(rowKey(seed, 'probe', keys[row]!), 0) < 0.5)
  const half = (which: boolean) => first.flatMap((value, position) => (value === which ? [position] : []))
  return { rows, halves: { train: half(true), test: half(false) } }
}

/** At most `shots` rows of each class, class by class, so that every fifth row covers all classes. */
export function fewOfEach(train: readonly number[], labels: Int32Array, shots: number): number[] {
  const byClass = new Map<number, number[]>()
  for (const row of train) {
    const own = byClass.get(labels[row]!) ?? []
    byClass.set(labels[row]!, own)
    if (own.length < shots) own.push(row)
  }
  return [...byClass.keys()].sort((a, b) => a - b).flatMap((label) => byClass.get(label)!)
}

const strengths = [0.001, 0.01, 0.1, 1]

export async function probe(
  features: readonly Matrix[],
  labels: Int32Array,
  classes: number,
  { train, test }: Halves,
  gemm: Gemm,
): Promise<Int32Array> {
  const { data, width } = withBias(features)
  const targets = new Float32Array(labels.length * classes)
  labels.forEach((label, row) => (targets[row * classes + label] = 1))
  const pairs = { features: data, width, targets, target_width: classes }
  const fitting = train.filter((_, index) => index % 5 !== 4)
  const choosing = train.filter((_, index) => index % 5 === 4)
  let best = { strength: strengths[0]!, hits: -1 }
  for (const strength of strengths) {
    const weights = await ridgeOfRows(pairs, fitting, strength * fitting.length, gemm)
    const hits = (await ranks(weights, choosing)).filter((rank) => rank === 0).length
    if (hits > best.hits) best = { strength, hits }
  }
  const weights = await ridgeOfRows(pairs, train, best.strength * train.length, gemm)
  return ranks(weights, test)

  async function ranks(matrix: Float32Array, rows: readonly number[]): Promise<Int32Array> {
    if (rows.length === 0) return new Int32Array(0)
    const scores = await gemm.multiply(gather(data, width, rows), matrix, {
      m: rows.length,
      k: width,
      n: classes,
    })
    return Int32Array.from(rows, (row, index) => rankOf(scores, index * classes, classes, labels[row]!))
  }
}

/**
 * Concatenates the features, each scaled by √width so that the ridge has the same effect on all, and appends
 * a constant.
 */
function withBias(features: readonly Matrix[]): { data: Float32Array; width: number } {
  const rows = features[0]!.rows
  const width = features.reduce((sum, matrix) => sum + matrix.width, 1)
  const data = new Float32Array(rows * width)
  for (let row = 0; row < rows; row++) {
    let at = row * width
    for (const matrix of features) {
      const scale = Math.sqrt(matrix.width)
      for (let i = 0; i < matrix.width; i++) data[at++] = matrix.data[row * matrix.width + i]! * scale
    }
    data[at] = 1
  }
  return { data, width }
}
