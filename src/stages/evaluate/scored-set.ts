import type { Gemm } from '../../math/gemm/gemm.js'
import { descending, meanAveragePrecision } from '../../math/metrics/score.js'
import type { CentreSets } from '../../routing/distances.js'
import {
  addOracle,
  binaryMetric,
  classificationMetrics,
  measure,
  ranksOf,
  retrievalMetrics,
  type Measured,
  type MeasureOptions,
  type ViewStatistics,
} from './measure.js'
import { fewOfEach, halvesOf, probe } from './probe.js'
import { presentOf, routedTexts, routeOneByOne, routeTogether, type RouteOptions } from './route.js'
import type { RoutedTask } from '../../artefacts/routing.js'
import type { ScoredTask } from '../../artefacts/scores.js'
import { someRows, whole, type SetFeatures } from './set-features.js'
import { plainViews, scoreViews, sidesOf, turned, withDense, type View } from './views.js'

export interface ScoredSet extends Measured {
  readonly task: ScoredTask
  readonly routed: readonly RoutedTask[]
}

export interface ScoringOptions extends Pick<MeasureOptions, 'rounds' | 'seed'> {
  readonly route: RouteOptions
  readonly linear_probe: boolean
  /** Images of each class that few-shot probes are fitted on. */
  readonly probe_shots: readonly number[]
  readonly best_single: string | undefined
}

/**
 * Everything about one evaluation set: every model and ensemble, both directions where it is retrieval, and
 * its routing.
 */
export async function scoreSet(
  set: SetFeatures,
  centres: CentreSets,
  options: ScoringOptions,
  gemm: Gemm,
): Promise<ScoredSet> {
  const present = presentOf(set.models)
  const texts = routedTexts(set.texts, await set.routing(), await set.neutral(), centres, present)
  const route = { ...options.route, rules: present.length === 0 ? [] : options.route.rules }
  const models = await sidesOf(set)
  return set.definition.type === 'retrieval' ? retrieve() : classify()

  function views(routed: readonly View[]): View[] {
    const combined = models.has('dense')
      ? routed.filter((_, index) => route.rules[index]!.with_dense).map(withDense)
      : []
    return [...plainViews(set.models, options.best_single), ...routed, ...combined]
  }

  async function classify(): Promise<ScoredSet> {
    const { name, type } = set.definition
    const rows = set.positives.length
    const classes = set.texts.length
    const { views: routed, described } = routeTogether(name, 'classes', texts, route)
    const all = views(routed)
    const labels = Int32Array.from(set.positives, ([label]) => label ?? 0)
    const metric = set.definition.metric ?? (type === 'multilabel' ? 'map' : 'top1')
    const statistics = await (type === 'multilabel'
      ? multilabelStatistics(all)
      : rankedStatistics(all, labels, metric))
    const rounds = type === 'multilabel' ? Math.min(options.rounds, 100) : options.rounds
    const measured = addOracle(
      measure(rows, statistics, { task: name, rounds, seed: options.seed, compared: [metric] }),
    )
    const probed =
      options.linear_probe && type === 'classification'
        ? await probes(labels, classes)
        : { scores: [], differences: [] }
    const counts = new Float64Array(classes)
    for (const positives of set.positives) for (const label of positives) counts[label]!++
    const occurring = counts.filter((count) => count > 0).length
    return {
      task: {
        name,
        type,
        main_metric: metric,
        rows,
        classes,
        ...baselines(metric, counts, rows, classes, occurring),
      },
      scores: [...measured.scores, ...probed.scores],
      differences: [...measured.differences, ...probed.differences],
      routed: route.rules.length === 0 ? [] : [described],
    }
  }

  async function rankedStatistics(
    all: readonly View[],
    labels: Int32Array,
    metric: string,
  ): Promise<ViewStatistics[]> {
    const ranks = await ranksOf(models, all, set.positives, gemm)
    const margins = metric === 'roc_auc' && set.texts.length === 2 ? await marginsOf(all) : undefined
    return all.map(({ name }, view) => ({
      model: name,
      metrics: {
        ...classificationMetrics(ranks[view]!, labels, set.texts.length),
        ...(margins ? binaryMetric(margins[view]!, labels) : {}),
      },
    }))
  }

  /** Score of the second class over the first, which ranks the rows of a two-class set. */
  async function marginsOf(all: readonly View[]): Promise<Float64Array[]> {
    const margins = all.map(() => new Float64Array(set.positives.length))
    await scoreViews(models, all, gemm, (view, start, rows, scores) => {
      for (let row = 0; row < rows; row++)
        margins[view]![start + row] = scores[2 * row + 1]! - scores[2 * row]!
    })
    return margins
  }

  async function multilabelStatistics(all: readonly View[]): Promise<ViewStatistics[]> {
    const rows = set.positives.length
    const columns = all.map(() => set.texts.map(() => new Float32Array(rows)))
    await scoreViews(models, all, gemm, (view, start, count, scores) => {
      const n = set.texts.length
      for (let row = 0; row < count; row++)
        for (let label = 0; label < n; label++) columns[view]![label]![start + row] = scores[row * n + label]!
    })
    const positive = set.texts.map((_, label) =>
      Uint8Array.from(set.positives, (own) => (own.includes(label) ? 1 : 0)),
    )
    return all.map(({ name }, view) => ({
      model: name,
      metrics: {
        map: meanAveragePrecision(
          columns[view]!.map((scores, label) => ({ order: descending(scores), positive: positive[label]! })),
        ),
      },
    }))
  }

  async function probes(labels: Int32Array, classes: number): Promise<Measured> {
    const { rows: probed, halves } = halvesOf(set.keys, options.seed)
    const own = Int32Array.from(probed, (row) => labels[row]!)
    // A class must have had a chance to be learned, or the figure says nothing.
    if (halves.train.length < 2 * classes || halves.test.length === 0) return { scores: [], differences: [] }
    const kinds = {
      dense: ['dense'],
      experts: kind('expert'),
      'random-n': kind('random'),
      'full-n': kind('full'),
    }
    const statistics: ViewStatistics[] = []
    const fitted = [
      { prefix: 'probe', train: halves.train },
      ...options.probe_shots.map((shots) => ({
        prefix: `probe-${shots}`,
        train: fewOfEach(halves.train, own, shots),
      })),
    ]
    for (const [name, members] of Object.entries(kinds)) {
      if (members.length === 0 || !members.every((model) => models.has(model))) continue
      const features = await Promise.all(
        members.map((model) => whole(someRows(models.get(model)!.rows, probed))),
      )
      for (const { prefix, train } of fitted) {
        const ranks = await probe(features, own, classes, { train, test: halves.test }, gemm)
        statistics.push({
          model: `${prefix}:${name}`,
          metrics: {
            probe_top1: (rows) =>
              rows.reduce((hits, row) => hits + (ranks[row] === 0 ? 1 : 0), 0) / Math.max(1, rows.length),
          },
        })
      }
    }
    return measure(halves.test.length, statistics, {
      task: set.definition.name,
      rounds: options.rounds,
      seed: options.seed,
      compared: [],
    })
  }

  function kind(prefix: string): string[] {
    return set.models.filter((model) => model.startsWith(`${prefix}-`))
  }

  async function retrieve(): Promise<ScoredSet> {
    const { name } = set.definition
    const images = set.positives.length
    const toText = routeTogether(name, 'corpus', texts, route)
    const toImage = routeOneByOne(name, texts, route)
    const owners: number[][] = set.texts.map(() => [])
    set.positives.forEach((captions, image) => captions.forEach((caption) => owners[caption]!.push(image)))

    const textViews = views(toText.views)
    const textRanks = await ranksOf(models, textViews, set.positives, gemm)
    const imageViews = views(toImage.views)
    const imageRanks = await ranksOf(await turned(models), imageViews, owners, gemm)
    const shared = { task: name, rounds: options.rounds, seed: options.seed }
    const toTextMeasured = addOracle(
      measure(
        images,
        textViews.map((view, i) => ({
          model: view.name,
          metrics: retrievalMetrics('image_to_text', textRanks[i]!),
        })),
        { ...shared, compared: ['image_to_text_r1'] },
      ),
    )
    // Captions of one image stand and fall together.
    const groups = Uint32Array.from(owners, ([image]) => image ?? 0)
    const toImageMeasured = addOracle(
      measure(
        set.texts.length,
        imageViews.map((view, i) => ({
          model: view.name,
          metrics: retrievalMetrics('text_to_image', imageRanks[i]!),
        })),
        {
          ...shared,
          compared: ['text_to_image_r1'],
          groups,
        },
      ),
    )
    return {
      task: {
        name,
        type: 'retrieval',
        main_metric: 'text_to_image_r1',
        rows: images,
        classes: set.texts.length,
        chance: images === 0 ? 0 : 1 / images,
        majority: null,
      },
      scores: [...toImageMeasured.scores, ...toTextMeasured.scores],
      differences: [...toImageMeasured.differences, ...toTextMeasured.differences],
      routed: route.rules.length === 0 ? [] : [toText.described, toImage.described],
    }
  }
}

/** What guessing reaches: uniformly at random, and by always giving the most frequent class. */
function baselines(
  metric: string,
  counts: Float64Array,
  rows: number,
  classes: number,
  occurring: number,
): { chance: number; majority: number | null } {
  if (metric === 'roc_auc') return { chance: 0.5, majority: 0.5 }
  if (metric === 'map')
    return {
      chance: counts.reduce((sum, count) => sum + count / rows, 0) / Math.max(1, occurring),
      majority: null,
    }
  const most = counts.reduce((a, b) => Math.max(a, b), 0) / rows
  if (metric === 'mean_per_class') return { chance: 1 / classes, majority: 1 / Math.max(1, occurring) }
  if (metric === 'top5') return { chance: Math.min(1, 5 / classes), majority: null }
  if (metric === 'mean_top1_top5')
    return { chance: (1 / classes + Math.min(1, 5 / classes)) / 2, majority: null }
  return { chance: 1 / classes, majority: most }
}
