import type { ReportModel } from '../../src/report/model.js'

/**
 * A small run with everything in it. `text` stands wherever words of a crawl, a manifest or an evaluation set
 * can stand.
 */
export function reportModel(text = (plain: string): string => plain): ReportModel {
  const task = text('animals')
  const score = (model: string, value: number) => ({
    task,
    metric: 'top1',
    model,
    value,
    low: value - 0.04,
    high: value + 0.04,
  })
  const balance = { min: 2, median: 5, max: 9, max_over_mean: 1.6, gini: 0.2, empty: 0 }
  const point = (x: number, y: number, rows: number) => ({ x, y, rows })
  const stage = (
    name: string,
    makes: string,
    rows_in: number,
    rows_out: number,
    dropped: { [reason: string]: number },
  ) => ({
    stage: name,
    makes,
    tasks: 2,
    rows_in,
    expanded: 0,
    rows_out,
    dropped,
    fingerprint: 'ab'.repeat(32),
  })
  return {
    version: 1,
    title: text('A small run'),
    pipeline: {
      inputs: { shards: 2, bytes: 123_456 },
      stages: [
        stage('ingest', 'samples', 1000, 990, { caption_empty: 7, [text('image_missing')]: 3 }),
        stage('write', 'shards', 990, 985, { image_undecodable: 5 }),
      ],
      encoder: text('the built-in static encoder'),
      encoder_about: text('static, 100 tokens, width 8'),
    },
    clusters: {
      fine: 4,
      experts: 2,
      sampled: 900,
      inertia: 0.41,
      bound: 2,
      fine_balance: balance,
      expert_balance: balance,
      silhouette: { experts: 0.1, fine: 0.12 },
      stability: { experts: 0.8, fine: 0.5 },
      map: {
        experts: [point(0, 0, 500), point(1, 1, 400)],
        fine: [0, 1, 2, 3].map((i) => ({
          ...point(i * 0.3, i % 2, 100 + i),
          expert: i % 2,
          label: text(['wolf', 'truck', 'flower', 'boat'][i] ?? ''),
        })),
      },
    },
    drift: {
      advice: 'add_expert',
      because: [text('3 % of the rows lie beyond the old 99th percentile')],
      rows: 100,
      beyond: 0.03,
      shift: 0.2,
      median: { now: 0.41, before: 0.4 },
      by_expert: [
        { rows: 70, share: 0.7, share_before: 0.5, beyond: 0.01, median: { now: 0.4, before: 0.4 } },
        { rows: 30, share: 0.3, share_before: 0.5, beyond: 0.07, median: { now: null, before: null } },
      ],
    },
    experts: [0, 1].map((expert) => ({
      expert,
      own: 500 - expert * 100,
      ooc: 10,
      shards: 2,
      bytes: 60_000,
      words: [{ word: text('wolf'), lift: 3.5 }],
      central: [text('a wolf in the snow')],
      marginal: [text('the boat')],
      pictures: [
        {
          src:
            'data:image/png;base64,iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAQAAAC1HAwCAAAAC0lEQVR42mNk+A8AAQUBAScY' +
            '42YAAAAASUVORK5CYII=',
          caption: text('a wolf'),
        },
      ],
    })),
    holdout: { rows: 85, shards: 1, bytes: 9000 },
    training: [
      {
        model: 'dense',
        rows: 900,
        shrinkage: null,
        validation: { rows: 90, cosine: 0.2, reciprocal_rank: 0.3 },
        digest: 'cd'.repeat(32),
      },
      { model: 'expert-0', rows: 510, shrinkage: 0.3, validation: null, digest: null },
    ],
    evaluation: {
      tasks: [
        {
          name: task,
          type: 'classification',
          main_metric: 'top1',
          rows: 85,
          classes: 3,
          chance: 1 / 3,
          majority: 0.4,
        },
      ],
      verdict: text('Routing by the per-class rule beats dense on 1 of 1 tasks.'),
      by_rule: {
        published: { wins: [], losses: [task], ties: [] },
        'per-class': { wins: [task], losses: [], ties: [] },
      },
      best_single: 'expert-0',
      differences: [
        { ...score('published', -0.08), against: 'dense' },
        { ...score('per-class', 0.08), against: 'dense' },
      ],
      notes: [text('A preview.')],
    },
    scores: [
      score('dense', 0.5),
      score('expert-0', 0.44),
      score('published', 0.42),
      score('per-class', 0.58),
      score('oracle', 0.44),
      score('probe:dense', 0.6),
    ],
    routing: [
      {
        task,
        direction: 'classes',
        rules: [{ rule: 'published', weights: [0.7, 0.3], entropy: 0.88, mean_affinity: 0.05 }],
        classes: [{ name: text('wolf'), fine: 0, expert: 0, distance: 0.5, affinity: 0.05 }],
        warnings: [{ code: 'affinity_low', rule: 'published', message: text('mean affinity 0.05') }],
      },
    ],
  }
}

/** A crawl of URLs that was only cut into training sets. */
export function bareReportModel(): ReportModel {
  const { version, title, pipeline } = reportModel()
  return {
    version,
    title,
    pipeline,
    clusters: null,
    drift: null,
    experts: [],
    holdout: null,
    training: [],
    evaluation: null,
    scores: [],
    routing: [],
  }
}
