import type { Gemm } from '../../math/gemm/gemm.js'
import type { CentreSets } from '../../routing/distances.js'
import { classifySet } from './classify-set.js'
import { classifyMultilabelSet } from './multilabel-set.js'
import { retrieveSet } from './retrieve-set.js'
import type { SetFeatures } from './set-features.js'
import { prepareScoring, type ScoredSet, type Scoring, type ScoringOptions } from './scoring.js'

const byType: {
  readonly [Type in SetFeatures['definition']['type']]: (given: Scoring) => Promise<ScoredSet>
} = { classification: classifySet, multilabel: classifyMultilabelSet, retrieval: retrieveSet }

/** Scores one evaluation set: every model and ensemble, both directions for retrieval, and its routing. */
export async function scoreSet(
  set: SetFeatures,
  centres: CentreSets,
  options: ScoringOptions,
  gemm: Gemm,
): Promise<ScoredSet> {
  return byType[set.definition.type](await prepareScoring(set, centres, options, gemm))
}
