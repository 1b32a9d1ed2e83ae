import { parseModelKey, type ModelKind } from '../../core/model-key.js'
import { probeMetric } from '../../metrics/labels.js'
import { withinTop } from '../../metrics/statistics.js'
import { measure, type Measured, type ViewStatistics } from './measure.js'
import { fewOfEach, halvesOf, probe } from './probe.js'
import type { Scoring } from './scoring.js'
import { selectRows, whole } from './set-features.js'

/** Fits linear classifiers on one half of the set and measures them on the other, per kind of model. */
export async function probeSet(
  { set, options, models, gemm }: Scoring,
  labels: Int32Array,
): Promise<Measured> {
  const classes = set.texts.length
  const { rows: probed, halves } = halvesOf(set.keys, options.seed)
  // Each class needs a few training rows for the figure to mean anything.
  if (halves.train.length < 2 * classes || halves.test.length === 0) return { scores: [], differences: [] }
  const own = Int32Array.from(probed, (row) => labels[row]!)
  const fitted = [
    { prefix: 'probe', train: halves.train },
    ...options.probe_shots.map((shots) => ({
      prefix: `probe-${shots}`,
      train: fewOfEach(halves.train, own, shots),
    })),
  ]
  const statistics: ViewStatistics[] = []
  for (const [name, members] of Object.entries(kindsOf(set.models))) {
    if (members.length === 0 || !members.every((model) => models.has(model))) continue
    const features = await Promise.all(
      members.map((model) => whole(selectRows(models.get(model)!.rows, probed))),
    )
    for (const { prefix, train } of fitted) {
      const ranks = await probe(features, own, classes, { train, test: halves.test }, gemm)
      statistics.push({ model: `${prefix}:${name}`, metrics: { [probeMetric]: withinTop(ranks, 1) } })
    }
  }
  return measure(halves.test.length, statistics, {
    task: set.definition.name,
    rounds: options.rounds,
    seed: options.seed,
    compared: [],
  })
}

/** Models whose features are concatenated for one probe, by name of the probe. */
function kindsOf(models: readonly string[]): { readonly [name: string]: readonly string[] } {
  const kind = (wanted: ModelKind) => models.filter((model) => parseModelKey(model)?.kind === wanted)
  return { dense: ['dense'], experts: kind('expert'), 'random-n': kind('random'), 'full-n': kind('full') }
}
