import { isBaseline, parseModelKey, type ModelKind } from '../../core/model-key.js'
import type { Gemm } from '../../math/gemm/gemm.js'
import { withDenseName } from '../../routing/names.js'
import { inMemory, whole, type Matrix, type RowSource, type SetFeatures } from './set-features.js'

/** Weight of a model's scores in an ensemble: one for all, or one for each candidate or each row. */
export type Weight = number | { readonly by: 'candidate' | 'row'; readonly values: Float64Array }

/** One way of scoring: a single model, or a weighted sum of models' cosines. */
export interface View {
  readonly name: string
  readonly members: readonly { readonly model: string; readonly weight: Weight }[]
}

/** Unit vectors of the rows to score, and of the candidates that they are scored against. */
export interface EmbeddingPair {
  readonly rows: RowSource
  readonly candidates: Matrix
}

/** Swaps rows and candidates, so that texts search images. Holds the images of every model in memory. */
export async function transpose(
  models: ReadonlyMap<string, EmbeddingPair>,
): Promise<Map<string, EmbeddingPair>> {
  const out = new Map<string, EmbeddingPair>()
  for (const [model, { rows, candidates }] of models)
    out.set(model, { rows: inMemory(candidates), candidates: await whole(rows) })
  return out
}

/** Every model's images against its texts. */
export async function embeddingPairs(set: SetFeatures): Promise<Map<string, EmbeddingPair>> {
  const models = new Map<string, EmbeddingPair>()
  for (const model of set.models)
    models.set(model, { rows: await set.image(model), candidates: await set.text(model) })
  return models
}

const chunk = 256

/**
 * Computes scores of every view, some rows at a time, so that memory does not grow with the rows. `consume`
 * gets [rows, candidates] row-major, valid until it returns.
 */
export async function scoreViews(
  models: ReadonlyMap<string, EmbeddingPair>,
  views: readonly View[],
  gemm: Gemm,
  consume: (view: number, start: number, rows: number, scores: Float32Array) => void,
): Promise<void> {
  const [first] = models.values()
  if (!first) return
  const total = first.rows.rows
  const n = first.candidates.rows
  for (let start = 0; start < total; start += chunk) {
    const m = Math.min(chunk, total - start)
    const scores = new Map<string, Float32Array>()
    for (const [model, { rows, candidates }] of models) {
      const part = await rows.read(start, start + m)
      scores.set(
        model,
        await gemm.multiply(part, candidates.data, { m, k: rows.width, n, transpose_b: true }),
      )
    }
    const mixed = new Float32Array(m * n)
    views.forEach(({ members }, view) => {
      const [only] = members
      if (members.length === 1 && only!.weight === 1) return consume(view, start, m, scores.get(only!.model)!)
      mixed.fill(0)
      for (const { model, weight } of members) add(mixed, scores.get(model)!, weight, start, m, n)
      consume(view, start, m, mixed)
    })
  }
}

function add(
  into: Float32Array,
  scores: Float32Array,
  weight: Weight,
  start: number,
  m: number,
  n: number,
): void {
  if (typeof weight === 'number') {
    if (weight === 0) return
    for (let i = 0; i < into.length; i++) into[i]! += weight * scores[i]!
  } else if (weight.by === 'candidate') {
    for (let row = 0; row < m; row++)
      for (let i = 0; i < n; i++) into[row * n + i]! += weight.values[i]! * scores[row * n + i]!
  } else {
    for (let row = 0; row < m; row++) {
      const own = weight.values[start + row]!
      for (let i = row * n; i < (row + 1) * n; i++) into[i]! += own * scores[i]!
    }
  }
}

/** All single models, the uniform ensembles, and the best single expert under its own name. */
export function plainViews(models: readonly string[], bestSingle: string | undefined): View[] {
  const single = (name: string, model: string): View => ({ name, members: [{ model, weight: 1 }] })
  const kind = (wanted: ModelKind) => models.filter((model) => parseModelKey(model)?.kind === wanted)
  const uniform = (name: string, members: readonly string[]): View[] =>
    members.length === 0
      ? []
      : [{ name, members: members.map((model) => ({ model, weight: 1 / members.length })) }]
  return [
    ...models.filter((model) => !isBaseline(model)).map((model) => single(model, model)),
    ...(bestSingle === undefined ? [] : [single('best-single', bestSingle)]),
    ...uniform('uniform', kind('expert')),
    ...uniform('random-n', kind('random')),
    ...uniform('full-n', kind('full')),
  ]
}

/** Half the routed score plus half the dense score. */
export function withDense(view: View): View {
  const half = (weight: Weight): Weight =>
    typeof weight === 'number'
      ? weight / 2
      : { by: weight.by, values: weight.values.map((value) => value / 2) }
  return {
    name: withDenseName(view.name),
    members: [
      ...view.members.map(({ model, weight }) => ({ model, weight: half(weight) })),
      { model: 'dense', weight: 0.5 },
    ],
  }
}
