import type { AdapterMetrics } from '../../artefacts/metrics.js'
import type { Gemm } from '../../math/gemm/gemm.js'
import { momentsOf } from '../../math/ridge/moments.js'
import { ridge, shrunkRidge } from '../../math/ridge/regression.js'
import type { FeatureSet } from './feature-set.js'
import { meanCosine, validate } from './validate.js'

/** The rows a model is fitted on. `undefined`: all of them, without shrinkage: the dense solution. */
export interface Part {
  readonly rows: readonly number[] | undefined
  /** Whether the model is shrunk towards the dense solution. */
  readonly shrunk: boolean
  /** Rows of the model's own kind; its shrinkage is chosen on those in the validation split. */
  readonly own: readonly number[]
}

export interface Fitted {
  /** [features, targets], fitted on all of the part's rows. */
  readonly weights: Float32Array
  readonly shrinkage: number | null
  /** Metrics of the same recipe fitted without the validation rows. */
  readonly validation: AdapterMetrics['validation']
  /** Mean cosine on own validation rows by shrinkage. */
  readonly tried: { readonly [shrinkage: string]: number }
}

export interface FitOptions {
  readonly ridge: number
  readonly shrinkage: number | null
}

const candidates = [0.03, 0.1, 0.3, 1]

/** Chooses on the validation split, then fits again with the validation rows. */
export async function fit(set: FeatureSet, part: Part, options: FitOptions, gemm: Gemm): Promise<Fitted> {
  const validation = new Set(set.about.validation)
  const ownValidation = part.own.filter((row) => validation.has(row))
  const fittingRows = part.rows?.filter((row) => !validation.has(row))
  const lambda = (rows: number) => Math.max(options.ridge * rows, 1e-3)
  const onFitting = fittingRows && (await momentsOf(set, fittingRows, gemm))

  const solveFitting = (rho: number | null) =>
    rho === null || !onFitting
      ? ridge(onFitting ?? set.fitting, lambda((onFitting ?? set.fitting).rows), gemm)
      : shrunkRidge(onFitting, set.fitting, lambda(set.fitting.rows), rho, gemm)
  const tried: { [shrinkage: string]: number } = {}
  let shrinkage = part.shrunk ? options.shrinkage : null
  let trial: Float32Array | undefined
  if (part.shrunk && shrinkage === null) {
    for (const rho of candidates) {
      const weights = await solveFitting(rho)
      const cosine = await meanCosine(set, weights, ownValidation, gemm)
      tried[String(rho)] = cosine
      if (shrinkage === null || cosine >= tried[String(shrinkage)]!) {
        shrinkage = rho
        trial = weights
      }
    }
  }
  trial ??= await solveFitting(shrinkage)

  const onAll = part.rows ? await momentsOf(set, part.rows, gemm) : set.all
  const weights =
    shrinkage === null
      ? await ridge(onAll, lambda(onAll.rows), gemm)
      : await shrunkRidge(onAll, set.all, lambda(set.all.rows), shrinkage, gemm)
  return {
    weights,
    shrinkage,
    tried,
    validation: {
      all: await validate(set, trial, set.about.validation, gemm),
      own: await validate(set, trial, ownValidation, gemm),
    },
  }
}
