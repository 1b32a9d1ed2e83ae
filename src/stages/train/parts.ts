import { modelOf } from '../../core/model-key.js'
import { Random } from '../../core/random.js'
import type { FeatureSet } from './feature-set.js'
import type { Part } from './fit.js'

/** Selects the rows that `dense`, `expert-0`…, `random-0`…, `full-0`… are fitted on. */
export function partOf(model: string, set: FeatureSet, seed: number): Part {
  const every = Array.from({ length: set.rows }, (_, row) => row)
  const { kind, index } = modelOf(model)
  if (kind === 'expert') {
    const own = every.filter((row) => set.about.home[row] === index)
    return { rows: [...own, ...(set.about.out_of_cluster[index] ?? [])], shrunk: true, own }
  }
  if (kind === 'random') {
    // The paper's Random-n: the same sizes of data, divided regardless of content.
    const count = set.about.out_of_cluster.length
    const order = new Random(seed, 'random parts').shuffle(Uint32Array.from(every))
    const own = every.filter((_, at) => at % count === index).map((at) => order[at]!)
    return { rows: own, shrunk: true, own }
  }
  if (kind === 'full') {
    // A closed form has only one solution on the same data; a resample of all of it substitutes for another
    // run (bagging).
    const random = new Random(seed, 'full', index)
    return { rows: every.map(() => random.below(set.rows)), shrunk: false, own: every }
  }
  return { rows: undefined, shrunk: false, own: every }
}
