import type { AdapterExpert } from '../../src/artefacts/bundle.js'
import type { CurationTree } from '../../src/artefacts/curation-tree.js'
import type { EvaluationSet } from '../../src/artefacts/evaluation-set.js'
import type { FeatureRows } from '../../src/artefacts/feature-rows.js'
import type { FitProgress, SampleHead, SampleSurvey } from '../../src/artefacts/fit-parts.js'
import type { AdapterMetrics } from '../../src/artefacts/metrics.js'
import type { Drift } from '../../src/artefacts/drift.js'
import type { Quality } from '../../src/artefacts/quality.js'
import type { Routing } from '../../src/artefacts/routing.js'
import type { Scores } from '../../src/artefacts/scores.js'

/** Small documents with every member. */

const quantiles = { p01: 0.1, p05: 0.2, p25: 0.3, p50: 0.4, p75: 0.5, p95: 0.6, p99: 0.7 }
const balance = { clusters: 2, empty: 0, min: 4, median: 5, max: 6, mean: 5, gini: 0.1, max_over_mean: 1.2 }
const words = {
  rows: 10,
  words: [{ word: 'wolf', captions: 3, lift: 1.5 }],
  central: [{ caption: 'a wolf', distance: 0.1 }],
  marginal: [{ caption: 'a boat', distance: 0.9 }],
}

export const qualityDocument: Quality = {
  rows: { total: 12, sampled: 10, dropped: { vector_zero: 2 } },
  width: 8,
  fine: 2,
  experts: 1,
  inertia: { mean: 0.25, passes: [0.5, 0.25], reassigned: 0 },
  balance: {
    bound: null,
    fine: { fitted: balance, assigned: balance },
    experts: { fitted: balance, assigned: balance },
  },
  silhouette: { rows: 10, experts: 0.5, by_expert: [0.5, null], fine: 0.25 },
  distance: { all: quantiles, by_expert: [quantiles, null] },
  stability: { fine: 0.75, experts: 0.5, rows: 10 },
  expert_words: [words],
  fine_words: [{ ...words, fine: 1, expert: 0 }],
  map: {
    explained: [0.5, 0.25],
    fine: [{ fine: 1, expert: 0, rows: 10, x: 0.5, y: -0.5 }],
    experts: [{ rows: 10, x: 0, y: 0 }],
  },
}

export const driftDocument: Drift = {
  advice: 'add_expert',
  because: ['some rows fit no expert'],
  rows: 50,
  beyond: 0.25,
  shift: 0.5,
  distance: { now: quantiles, before: quantiles },
  by_expert: [{ rows: 50, share: 1, share_before: 0.5, beyond: 0.25, now: quantiles, before: null }],
  shards: [{ shard: '0123456789', rows: 50, beyond: 0.25 }],
}

export const scoresDocument: Scores = {
  version: 1,
  tasks: [
    {
      name: 'animals',
      type: 'classification',
      main_metric: 'top1',
      rows: 20,
      classes: 4,
      chance: 0.25,
      majority: null,
    },
  ],
  scores: [{ task: 'animals', metric: 'top1', model: 'dense', value: 0.5, low: 0.25, high: 0.75 }],
  differences: [
    {
      task: 'animals',
      metric: 'top1',
      model: 'published',
      against: 'dense',
      value: 0.25,
      low: -0.25,
      high: 0.5,
    },
  ],
  verdict: { text: 'a tie', by_rule: { published: { wins: [], losses: [], ties: ['animals'] } } },
  best_single: { model: 'expert-0', metric: 'reciprocal_rank', by_model: { 'expert-0': 0.5 } },
  notes: ['a note'],
}

export const routingDocument: Routing = {
  version: 1,
  experts: 2,
  tasks: [
    {
      task: 'animals',
      direction: 'classes',
      rules: [{ rule: 'published', weights: [0.25, 0.75], entropy: 0.8, mean_affinity: 0.5 }],
      classes: [{ name: 'wolf', fine: 1, expert: 0, distance: 0.5, affinity: 0.25 }],
      warnings: [{ code: 'uniform', rule: null, message: 'all experts alike' }],
      temperature: 0.1,
    },
  ],
}

const image = { width: 32, height: 32, fit: 'cover', mean: [0, 0, 0], std: [1, 1, 1] } as const
const textual = { context_length: 77, pad_id: 0, lowercase: true, fixed_length: false }

export const expertDocument: AdapterExpert = {
  version: 1,
  engine: 'adapter',
  model: 'expert-0',
  embedding_width: 8,
  image,
  text: { ...textual, bundle: null },
  trunk: 'ab',
  data: { pairs: 10, out_of_cluster: 2, keys_sha256: 'cd' },
}

const validation = { rows: 5, cosine: 0.5, reciprocal_rank: 0.25 }

export const metricsDocument: AdapterMetrics = {
  version: 1,
  shrinkage: 0.5,
  tried: { '0.5': 0.25 },
  validation: { all: validation, own: validation },
}

export const featureRowsDocument: FeatureRows = {
  width: 4,
  target_width: 8,
  home: [0, -1],
  validation: [1],
  out_of_cluster: [[1], []],
  caption: [0, 1],
  image,
  text: textual,
  text_about: 'a text tower',
  keys_sha256: 'ef',
}

export const evaluationSetDocument: EvaluationSet = {
  definition: {
    name: 'animals',
    type: 'classification',
    uri: 's3://bucket/animals',
    label: 'kind',
    where: { source: 'wild' },
    templates: ['a {}'],
  },
  texts: ['wolf', 'boat'],
  positives: [[0], [1]],
  models: ['dense'],
  text_of: { dense: 0 },
  keys: ['a', 'b'],
}

export const treeDocument: CurationTree = {
  rows: 10,
  target: 5,
  parents: [[0, 0]],
  fine_rows: [4, 6],
  keep: [0.5, 0.5],
}

export const surveyDocument: SampleSurvey = {
  total: 10,
  cut: { hash: 0.5, split: '0123456789', start: 0, end: 4 },
  caption_below: 1,
}

export const headDocument: SampleHead = {
  total: 10,
  dropped: { held_out: 1 },
  captions: [{ hash: 0.25, text: 'a wolf' }],
}

export const progressDocument: FitProgress = {
  inertia: [0.5],
  counts: [4, 6],
  reassigned: 0,
  swapped: 1,
  pass: 2,
  done: false,
}
