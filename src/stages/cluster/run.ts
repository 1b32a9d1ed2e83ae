import { PipelineError } from '../../core/error.js'
import { canonicalJson } from '../../core/json.js'
import { fitKmeans, type FitOptions } from '../../math/kmeans/fit.js'
import { labelPoints } from '../../math/nearest/label.js'
import { extend } from './continue/extend.js'
import { fitInParts } from './parts/fit-in-parts.js'
import { groupExperts } from './group-experts.js'
import { putCentres } from './put-centres.js'
import { measureQuality } from './quality.js'
import { readSample, type Sample } from './sample.js'
import { clustersOf } from './options.js'
import { measureStability } from './stability.js'
import type { Context } from './tasks.js'

export async function run(context: Context): Promise<void> {
  if (context.kind === 'extend') return extend(context)
  if (context.kind !== 'fit') return fitInParts(context)
  const { options, takes } = context
  const sample = await readSample(
    { vectors: takes.vectors ?? [], samples: takes.samples ?? [] },
    options,
    context,
  )
  try {
    await fitSample(sample, context)
  } finally {
    sample.points.close()
  }
}

async function fitSample(sample: Sample, context: Context<'fit'>): Promise<void> {
  const { options, account, log, threads, signal } = context
  const { points } = sample
  account.rowsIn(sample.total)
  account.rowsOut(sample.rows)
  for (const [reason, count] of Object.entries(sample.dropped)) if (count > 0) account.dropped(reason, count)

  if (sample.rows === 0) {
    throw new PipelineError({
      code: 'E_NO_VECTORS',
      message: 'there are no caption vectors to cluster',
      found: `${sample.total} rows, of which ${canonicalJson(sample.dropped)} cannot be used`,
      hint: 'check what `ingest` and `embed` dropped, and the share of the hold-out',
    })
  }
  const fitting: FitOptions = {
    clusters: clustersOf(options),
    seed: options.seed,
    epochs: options.epochs,
    passes: options.passes,
    spherical: options.spherical,
    max_ratio: options.max_cluster_ratio,
    threads,
    signal,
    onProgress: (share) => context.progress(Math.round(share * sample.rows), sample.rows),
  }
  const fit = await fitKmeans(points, fitting)
  const fine = { centres: fit.centres, count: fit.counts.length, width: sample.width }
  const labels = await labelPoints(points, fine, threads, signal)
  const grouping = { ...options, threads }
  const centres = await groupExperts(fine, labels.index, grouping)
  log.info(
    {
      rows: sample.rows,
      fine: fine.count,
      experts: centres.coarse.count,
      passes: fit.inertia.length,
      reassigned: fit.reassigned,
    },
    'fitted',
  )

  const stability = await measureStability(points, labels.index, centres, fitting, grouping)
  const quality = await measureQuality({
    sample,
    points,
    centres,
    labels,
    fit,
    bound: options.max_cluster_ratio,
    stability,
    threads,
  })
  await putCentres(context, centres, quality)
}
