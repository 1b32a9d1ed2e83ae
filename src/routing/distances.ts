import { nearestCentres, squaredToExperts, type CentreSet, type NearestCentre } from './nearest.js'

/** The centres of a run: the fine ones, and one per expert. */
export interface CentreSets {
  readonly fine: CentreSet
  readonly coarse: CentreSet
}

/** The input of every rule. */
export interface CentreDistances {
  /** Number of texts. */
  readonly count: number
  /** Number of experts, including those that are absent or have no centre. */
  readonly experts: number
  /** Numbers of the experts that may have weight. */
  readonly present: readonly number[]
  /** Nearest fine centre of each text. */
  readonly fine: readonly NearestCentre[]
  /** Nearest coarse centre of each text. */
  readonly coarse: readonly NearestCentre[]
  /**
   * [texts, experts]: squared distance to the nearest fine centre of every expert; infinite for experts that
   * are absent or have no centre.
   */
  readonly squared: Float64Array
}

/**
 * Distances of texts ([texts, width], by the encoder that made the centres). Each list is computed on first
 * use, and then serves all rules and directions.
 */
export function distancesTo(
  centres: CentreSets,
  vectors: Float32Array,
  present: readonly number[],
): CentreDistances {
  const experts = centres.fine.expert_count
  const here = new Set(present)
  let fine: NearestCentre[] | undefined
  let coarse: NearestCentre[] | undefined
  let squared: Float64Array | undefined
  return {
    count: vectors.length / centres.fine.width,
    experts,
    present,
    get fine() {
      return (fine ??= nearestCentres(vectors, centres.fine))
    },
    get coarse() {
      return (coarse ??= nearestCentres(vectors, centres.coarse))
    },
    get squared() {
      return (squared ??= squaredToExperts(vectors, centres.fine).map((value, i) =>
        here.has(i % experts) ? value : Number.POSITIVE_INFINITY,
      ))
    },
  }
}

/** The distances of a single text. */
export function ofText(all: CentreDistances, text: number): CentreDistances {
  const { experts, present } = all
  return {
    count: 1,
    experts,
    present,
    get fine() {
      return [all.fine[text]!]
    },
    get coarse() {
      return [all.coarse[text]!]
    },
    get squared() {
      return all.squared.subarray(text * experts, (text + 1) * experts)
    },
  }
}
