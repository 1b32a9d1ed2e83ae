import { PipelineError } from '../../core/error.js'
import { canonicalJson, canonicalJsonPretty, type Json } from '../../core/json.js'
import { encodeNpy } from '../../io/npy.js'
import { fitKmeans, type FitOptions } from '../../math/kmeans/fit.js'
import { memoryPoints } from '../../math/kmeans/points.js'
import { labelPoints } from '../../math/nearest/label.js'
import type { TaskContext } from '../define.js'
import { groupExperts } from './group-experts.js'
import { measureQuality, rounded } from './quality.js'
import { readSample } from './sample.js'
import type { Options } from './options.js'
import { measureStability } from './stability.js'

export async function run(context: TaskContext<Options>): Promise<void> {
  const { options, takes, account, out, log, threads, signal } = context
  const sample = await readSample({ vectors: takes.vectors ?? [], samples: takes.samples ?? [] }, options, context)
  account.rowsIn(sample.total)
  account.rowsOut(sample.rows)
  for (const [reason, count] of Object.entries(sample.dropped)) if (count > 0) account.dropped(reason, count)

  if (sample.rows === 0) {
    throw new PipelineError({
      code: 'E_NO_VECTORS',
      message: 'there is no caption vector to cluster',
      found: `${sample.total} rows, of which ${canonicalJson(sample.dropped)} cannot be used`,
      hint: 'look at what `ingest` and `embed` dropped, and at the share of the hold-out',
    })
  }
  const points = memoryPoints(sample.vectors, sample.width)
  const fitting: FitOptions = {
    clusters: options.steps === 'one' ? options.experts : options.fine,
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
  log.info({ rows: sample.rows, fine: fine.count, experts: centres.coarse.count, passes: fit.inertia.length, reassigned: fit.reassigned }, 'fitted')

  const stability = await measureStability(points, labels.index, centres, fitting, grouping)
  const quality = await measureQuality({ sample, points, centres, labels, fit, bound: options.max_cluster_ratio, stability, threads })
  const { fine_to_expert, fine_population, expert_population, coarse } = centres
  await out.put('fine.npy', encodeNpy(fine.centres, [fine.count, fine.width]), fine.count)
  await out.put('coarse.npy', encodeNpy(coarse.centres, [coarse.count, coarse.width]), coarse.count)
  await out.put('experts.json', `${canonicalJsonPretty({ fine_to_expert, fine_population, expert_population })}\n`)
  await out.put('quality.json', `${canonicalJsonPretty(rounded(quality as unknown as Json))}\n`)
  context.note('inertia', quality.inertia.mean)
}
